"""Mistakes that a type checker must see. See `calls` for the comments."""

import godwit as gw


@gw.task
def increase(x: int, by: int = 1) -> int:
    """Take and give integers."""
    return x + by


@gw.task(retries=2)
def shout(text: str) -> str:
    """Take and give text."""
    return text.upper()


@gw.task
def publish(path: str) -> None:
    """Give nothing."""


@gw.workflow
def flow(x: int) -> int:
    """Make mistakes."""
    increase(x="1")  # error: mypy, pyright
    increase()  # error: mypy, pyright
    increase(x=1, bye=2)  # error: mypy, pyright
    increase.with_overrides(retries=2)(x="1")  # error: mypy, pyright
    increase.with_overrides(retry=2)  # error: mypy, pyright
    increase.after(x)(y=1)  # error: mypy, pyright
    increase.node(x=None)  # error: mypy, pyright
    shout(text=increase(x=1))  # error: mypy, pyright
    increase(x=1).upper()  # error: mypy, pyright
    return shout(text="a")  # error: mypy, pyright


@gw.workflow
def wrong() -> str:
    """Return the wrong type."""
    return flow(x=1)  # error: mypy, pyright


@gw.task(retires=2)  # error: mypy, pyright
def misspelt(x: int) -> int:
    """Misspell a setting."""
    return x


@gw.task(retries="two")  # error: mypy, pyright
def mistyped(x: int) -> int:
    """Mistype a setting."""
    return x


@gw.workflow(failure_policy="FAIL_FAST")  # error: mypy, pyright
def policy() -> None:
    """Mistype a policy."""


@gw.workflow(on_failure="increase")  # error: mypy, pyright
def handled() -> None:
    """Mistype a handler."""


gw.map_task(shout, concurrent=2)  # error: mypy, pyright
gw.map_task(len)  # error: mypy, pyright
gw.conditional(True, then=1)  # error: mypy, pyright
gw.approve(timeout="1h")  # error: mypy, pyright
gw.sleep("1h")  # error: mypy, pyright
gw.LaunchPlan(shout)  # error: mypy, pyright
gw.Workflow(title="x")  # error: mypy, pyright
gw.task(3)  # error: mypy, pyright
gw.Cache(1)  # error: mypy, pyright
gw.Resources(memory="1Gi")  # error: mypy, pyright
unknown = gw.tsak  # error: mypy, pyright
gw.task(task_config="spark")  # error: mypy, pyright
gw.declare_task("rows", inputs={"day": int})  # error: mypy, pyright
gw.declare_task("rows", task_config=gw.TaskConfig(), retires=2)  # error: mypy, pyright
gw.declare_task("rows", task_config=gw.TaskConfig(), outputs=int)(day=1).upper()  # error: mypy, pyright
