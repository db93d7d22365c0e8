"""What people write beside their tasks."""

from godwit_container.config import Container, container_task

__all__ = ["Container", "container_task"]
