"""A union of records."""

from dataclasses import dataclass

import godwit as gw


@dataclass
class Circle:
    size: float


@dataclass
class Square:
    size: float


@dataclass
class Label:
    text: str


@gw.task
def draw(shape: Circle | Square | Label) -> list[Circle | Square | Label]:
    return [shape]


@gw.workflow
def main(shape: Circle | Square | Label) -> list[Circle | Square | Label]:
    draw(shape=Square(2.0))
    draw(shape=Label("a"))
    return draw(shape=shape)
