"""Tables."""

from typing import Annotated, TypeAlias

import godwit as gw

Wide: TypeAlias = Annotated[gw.Table, gw.Columns({"name": str, "age": int, "weight": float | None})]
WithAge: TypeAlias = Annotated[gw.Table, gw.Columns(age=int)]


@gw.task(outputs=["wide", "plain"])
def load() -> tuple[Wide, gw.Table]:
    raise NotImplementedError


@gw.task
def use(some: WithAge, any: list[gw.Table]) -> None:  # noqa: A002
    pass


@gw.workflow
def main(given: gw.Table) -> Wide:
    wide, plain = load()
    use(some=wide, any=[plain, given])
    return wide
