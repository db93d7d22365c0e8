"""Maps, by texts and by integers."""

import godwit as gw


@gw.task
def take(counts: dict[str, int], names: dict[int, list[str]]) -> dict[str, float]:
    return {name: float(count) for name, count in counts.items()}


@gw.workflow(outputs=["result", "one"])
def main(names: dict[int, list[str]]) -> tuple[dict[str, float], float]:
    result = take(counts={"b": 2, "a": 1}, names=names)
    return result, result["a"]
