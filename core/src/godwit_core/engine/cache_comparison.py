"""Why the cache had nothing: which part of a key differs from that of the nearest earlier entry. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KeyParts:
    """What a cache key is made of.

    Attributes:
        interface: digest of the task's interface, in hexadecimal.
        inputs: digest of each input that counts, in hexadecimal, by name.
    """

    project: str
    domain: str
    task: str
    version: str
    interface: str
    inputs: Mapping[str, str]

    def named(self) -> dict[str, str]:
        """Return every part by the name that people know it by."""
        fixed = {
            "project": self.project,
            "domain": self.domain,
            "task": self.task,
            "version": self.version,
            "interface": self.interface,
        }
        return fixed | {f"input {name}": digest for name, digest in self.inputs.items()}


@dataclass(frozen=True, slots=True)
class Difference:
    """A part that differs. A side that lacks it has an empty text."""

    part: str
    ours: str
    theirs: str


def compare(ours: KeyParts, theirs: KeyParts) -> list[Difference]:
    """Return the parts that differ, in the order of the key; inputs that only one has at the end of theirs."""
    left, right = ours.named(), theirs.named()
    return [
        Difference(part, left.get(part, ""), right.get(part, ""))
        for part in dict.fromkeys([*left, *right])
        if left.get(part) != right.get(part)
    ]


def nearest(ours: KeyParts, candidates: Sequence[KeyParts]) -> int | None:
    """Return the position of the candidate with the fewest differences, the first of several; None of none."""
    return min(range(len(candidates)), key=lambda index: len(compare(ours, candidates[index])), default=None)


def parse_inputs(text: str) -> dict[str, str]:
    """Return the digests that a stored entry has as `name:hex` separated by spaces."""
    return dict(_pairs(text))


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for pair in text.split():
        name, _, digest = pair.partition(":")
        yield name, digest
