"""What this distribution offers."""

from godwit_plugin_api import Kind, Manifest, Record, hookimpl


@hookimpl
def godwit_manifest() -> Manifest:
    """Return the records."""
    return Manifest(
        name="ray",
        api_version=1,
        records=(
            Record(
                Kind.BACKEND,
                "ray",
                "godwit_ray.backend:RayBackend",
                "Python tasks on a Ray cluster, and tasks that have a cluster of their own",
                extra="ray",
            ),
            Record(
                Kind.TASK_RUNTIME,
                "godwitidl.plugins.ray.v1.RayJob",
                "godwit_ray.runtime:RayRuntime",
                "Gives tasks a Ray cluster",
                extra="ray",
            ),
        ),
    )
