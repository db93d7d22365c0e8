"""Values that may be none."""

import godwit as gw


@gw.task
def find(name: str | None) -> int | None:
    return None if name is None else len(name)


@gw.task
def use(count: int, known: bool) -> None:
    pass


@gw.workflow
def main(name: str | None = None) -> int:
    first = find(name=name)
    second = find(name=None)
    use(count=gw.coalesce(second, 7), known=~gw.is_none(name))
    return gw.coalesce(first, 0)
