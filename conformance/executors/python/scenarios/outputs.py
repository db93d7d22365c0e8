"""Several outputs."""

import godwit as gw


@gw.task(outputs=["mean", "count"])
def named() -> tuple[float, int]:
    return 0.5, 1


@gw.task
def unnamed() -> tuple[str, str]:
    return "a", "b"


@gw.workflow(outputs=["count", "second", "constant", "same"])
def main() -> tuple[int, str, int, int]:
    _, count = named()
    _, second = unnamed()
    return count, second, 5, count
