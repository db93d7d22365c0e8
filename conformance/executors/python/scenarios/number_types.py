"""Constants of the number types."""

from decimal import Decimal

import godwit as gw


@gw.task
def take(flag: bool, count: int, ratio: float, price: Decimal) -> float:
    return ratio


@gw.workflow(outputs=["low", "high"])
def main() -> tuple[float, float]:
    low = take(flag=False, count=-(2**63), ratio=-0.0, price=Decimal(0))
    high = take(flag=True, count=2**63 - 1, ratio=1.5, price=Decimal("1.50"))
    return low, high
