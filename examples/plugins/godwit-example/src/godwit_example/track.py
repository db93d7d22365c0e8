"""Tracks of birds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Position:
    """Where a bird was.

    Attributes:
        time_s: seconds since the start of the track.
        latitude: degrees, north is positive.
        longitude: degrees, east is positive.
    """

    time_s: float
    latitude: float
    longitude: float


class Track:
    """The way of one bird. Equal when bird and positions are."""

    def __init__(self, bird: str, positions: tuple[Position, ...] = ()) -> None:
        """Take the name of the bird, and its positions in the order of time."""
        self.bird = bird
        self.positions = positions

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Track) and (self.bird, self.positions) == (other.bird, other.positions)

    def __hash__(self) -> int:
        return hash((self.bird, self.positions))

    def __repr__(self) -> str:
        return f"Track({self.bird!r}, {len(self.positions)} positions)"
