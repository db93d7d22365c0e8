"""Every operator of conditions."""

import godwit as gw


@gw.task
def take(a: bool, b: bool, c: bool, d: bool, e: bool, f: bool, g: bool, h: bool) -> None:
    pass


@gw.workflow
def main(x: int, y: float, name: str | None, names: list[str]) -> None:
    take(
        a=x == 1,
        b=x != 1,
        c=x < y,
        d=(x <= 2) & (y > 0.5),
        e=(x >= 2) | (y < 0.5),
        f=~gw.is_none(name),
        g=gw.is_in("a", names),
        h=gw.is_in(x, [1, 2, 3]),
    )
