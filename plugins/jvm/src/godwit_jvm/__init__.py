"""Tasks and workflows of Godwit in Java, Kotlin and Scala.

`godwit_jvm.task("dev.example.greet", jar="greetings.jar")` is a task of a jar as a node of a Python workflow.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from godwit_jvm.tasks import task

__all__ = ["task"]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name != "task":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from godwit_jvm.tasks import task  # noqa: PLC0415 - the manifest is imported by every program, this is not

        globals()[name] = task
        return task

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
