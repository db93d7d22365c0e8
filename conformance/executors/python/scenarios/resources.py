"""What tasks need, and are given."""

import godwit as gw


@gw.task(
    resources=gw.Resources(cpu=0.5, mem="512Mi", disk="2G", shared_memory="64Mi", gpu=2, gpu_type="a100"),
    on_oom=gw.grow(2, max="4Gi"),
)
def large() -> None:
    pass


@gw.task(
    secrets=[gw.Secret("token", group="web", environment_variable="TOKEN"), "key"],
    environment={"B": "", "A": "1"},
    interruptible=True,
    max_concurrency=3,
    queue="gpu",
    labels={"team": "ml", "cost": ""},
)
def given() -> None:
    pass


@gw.workflow
def main() -> None:
    large()
    given()
