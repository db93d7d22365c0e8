"""Cases whose subjects are drawn at random, shrunk when they fail, and then repeated by a name that holds them.

The name of such a case ends with its subject: `wire/drawn/literal=eJwD…`, an encoded message, compressed, in base64.
"""

import base64
import binascii
import zlib
from collections.abc import Callable
from typing import Generic, TypeVar

from google.protobuf.message import DecodeError, Message
from hypothesis import HealthCheck, Phase, Verbosity, given, reject, seed, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy

from godwit_conformance.cases import Bench, Case, CaseFailedError, CaseUnsupportedError, Level
from godwit_conformance.executor import ExecutorError

M = TypeVar("M", bound=Message)


class DrawnFailedError(CaseFailedError):
    """What was drawn and shrunk fails.

    Args:
        case: the case of the shrunk subject alone, which repeats it.
        message: what is wrong.
    """

    def __init__(self, case: Case, message: str) -> None:
        super().__init__(message)
        self.case = case


class Drawn(Generic[M]):
    """Cases of one kind of subject.

    Args:
        name: path of the cases: `wire/drawn/literal`.
        level: their level.
        purpose: what they show.
        empty: makes a subject without content.
        subjects: draws subjects.
        check: asks the SDK about one; raises CaseFailedError.
    """

    def __init__(
        self,
        name: str,
        level: Level,
        purpose: str,
        *,
        empty: Callable[[], M],
        subjects: SearchStrategy[M],
        check: Callable[[M, Bench], None],
    ) -> None:
        self.name = name
        self._level = level
        self._purpose = purpose
        self._empty = empty
        self._subjects = subjects
        self._check = check

    def case(self) -> Case:
        """Return the case that draws."""
        return Case(self.name, self._level, self._purpose, self._draw)

    def of(self, subject: M) -> Case:
        """Return the case of one subject."""
        packed = zlib.compress(subject.SerializeToString(deterministic=True), 9)
        text = base64.urlsafe_b64encode(packed).decode().rstrip("=")
        return Case(f"{self.name}={text}", self._level, self._purpose, lambda bench: self._check(subject, bench))

    def named(self, name: str) -> Case | None:
        """Return the case of the subject that *name* holds; None where it is no name of such a case."""
        prefix, equals, text = name.partition("=")
        if prefix != self.name or not equals:
            return None
        subject = self._empty()
        try:
            subject.ParseFromString(zlib.decompress(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))
        except (binascii.Error, zlib.error, DecodeError, ValueError):
            return None
        return self.of(subject)

    def _draw(self, bench: Bench) -> None:
        failing: list[tuple[M, str]] = []
        answered: list[M] = []

        def check(subject: M) -> None:
            try:
                self._check(subject, bench)
            except CaseUnsupportedError:
                reject()
            except (CaseFailedError, ExecutorError) as error:
                failing.append((subject, str(error)))
                raise CaseFailedError from None
            answered.append(subject)

        limits = settings(
            max_examples=bench.examples,
            database=None,
            deadline=None,
            verbosity=Verbosity.quiet,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
        )
        try:
            seed(bench.seed)(limits(given(self._subjects)(check)))()
        except CaseFailedError:
            subject, message = failing[-1]  # the last one that is tried is the smallest
            raise DrawnFailedError(self.of(subject), message) from None
        except Unsatisfiable:
            pass
        if not answered:
            raise CaseUnsupportedError(f"none of what was drawn for {self.name} is supported")
