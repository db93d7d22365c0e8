"""Ray for Godwit: `godwit run --backend ray`, and `@gw.task(task_config=RayJob(…))`. Importing it imports no Ray."""

from godwit_ray.job import RayJob, RayNode

__all__ = ["RayJob", "RayNode"]
