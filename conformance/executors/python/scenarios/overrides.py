"""What calls change of the settings of their task."""

import godwit as gw


@gw.task(retries=1, cache=gw.Cache(version="1"), resources=gw.Resources(cpu=1))
def work(n: int) -> int:
    return n


@gw.workflow
def main(numbers: list[int]) -> None:
    work.with_overrides(name="the first", retries=4, timeout=5)(n=1)
    work.with_overrides(
        cache=False, resources=gw.Resources(cpu=2, mem="1Gi"), environment={"A": "1"}, interruptible=True
    )(n=2)
    work.with_overrides(cache=gw.Cache(version="2"))(n=3)
    gw.map_task(work.with_overrides(retries=0))(n=numbers)
