"""The file of expected failures: cases that an SDK is known not to pass, each with its reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from godwit_conformance.cases import Outcome, Result
from godwit_conformance.harness import matches


class ExpectationsError(ValueError):
    """The file cannot be read, or a line of it has no reason."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """A failure that is expected.

    Attributes:
        pattern: names of cases; see `matches`.
        reason: why.
    """

    pattern: str
    reason: str


class Expectations:
    """What is expected to fail.

    Args:
        items: expectations; the first that matches counts.
    """

    def __init__(self, items: Sequence[Expectation] = ()) -> None:
        self._items = tuple(items)

    @classmethod
    def read(cls, path: Path) -> "Expectations":
        """Return those of a file: a line `PATTERN  # REASON` for each; empty lines and comments are skipped.

        Raises:
            ExpectationsError: it cannot be read, or a line has no reason.
        """
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise ExpectationsError(f"{path} cannot be read: {error}") from None
        items = []
        for number, line in enumerate(lines, 1):
            pattern, _, reason = (part.strip() for part in line.partition("#"))
            if pattern and not reason:
                raise ExpectationsError(f"{path}:{number}: a reason was expected after the pattern: {pattern}  # why")
            if pattern:
                items.append(Expectation(pattern, reason))
        return cls(items)

    def reason(self, name: str) -> str:
        """Return why the case *name* is expected to fail; empty where it is not."""
        return next((item.reason for item in self._items if matches(name, item.pattern)), "")

    def unused(self, names: Sequence[str]) -> list[str]:
        """Return the patterns that match none of *names*."""
        return [item.pattern for item in self._items if not any(matches(name, item.pattern) for name in names)]


@dataclass(frozen=True, slots=True)
class Judged:
    """A result with what was expected of it.

    Attributes:
        result: the result.
        reason: why it was expected to fail; empty where it was not.
    """

    result: Result
    reason: str

    @property
    def verdict(self) -> str:
        """One of `passed`, `failed`, `expected failure`, `unexpected pass`, `unsupported`, `skipped`."""
        if self.reason and self.result.outcome is Outcome.FAILED:
            return "expected failure"
        if self.reason and self.result.outcome is Outcome.PASSED:
            return "unexpected pass"
        return self.result.outcome.value

    @property
    def is_unexpected(self) -> bool:
        """Whether somebody has to do something."""
        return self.verdict in {"failed", "unexpected pass"}
