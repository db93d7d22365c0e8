"""Enums."""

from enum import Enum

import godwit as gw


class Color(Enum):
    RED = 1
    GREEN = 2
    BLUE = 3


@gw.task
def paint(color: Color = Color.GREEN) -> Color:
    return color


@gw.workflow(outputs=["result", "red"])
def main(color: Color) -> tuple[Color, bool]:
    result = paint(color=color)
    paint(color=Color.BLUE)
    paint()
    return result, color == Color.RED
