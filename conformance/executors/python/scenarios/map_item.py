"""Inputs of a map that are made of the item."""

from dataclasses import dataclass

import godwit as gw


@dataclass
class Region:
    name: str
    weight: float | None


@gw.task
def total(region: Region, label: str, weight: float) -> float:
    return weight


@gw.workflow
def main(regions: list[Region], usual: float) -> list[float]:
    labels = gw.from_item(lambda item: item.region.name)
    weights = gw.from_item(lambda item: gw.coalesce(item.region.weight, usual))
    return gw.map_task(total)(region=regions, label=labels, weight=weights)
