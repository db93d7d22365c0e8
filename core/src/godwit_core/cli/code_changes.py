"""What of a task's code differs between two registrations that resolve the cache version `auto`."""

from dataclasses import dataclass

from godwitidl.core.v1.bundle_pb2 import Registration

_DIGEST_DIGITS = 12
_SECONDARY = frozenset({"meaning of names", "order of imports", "order of statements"})
"""Kinds of parts that change with others, and are told only where nothing else has changed."""


@dataclass(frozen=True, slots=True)
class CodeChange:
    """A part that differs: a function, a constant, a distribution… *ours* and *theirs*: its state; empty: absent."""

    kind: str
    name: str
    ours: str
    theirs: str


def code_changes(ours: Registration, theirs: Registration, task: str) -> list[CodeChange] | None:
    """Return the parts in which the versions of *task* differ, sorted by kind and name; None where one has not told."""
    left, right = _parts(ours, task), _parts(theirs, task)
    if not left or not right:
        return None
    changes = [
        CodeChange(kind, name, left.get((kind, name), ""), right.get((kind, name), ""))
        for kind, name in sorted({*left, *right})
        if left.get((kind, name)) != right.get((kind, name))
    ]
    return [one for one in changes if one.kind not in _SECONDARY] or changes


def change_text(change: CodeChange) -> str:
    """Return a change in one line for people."""
    what = f"{change.kind} {change.name}".rstrip()
    if change.theirs and not change.ours:
        return f"{what}: no longer"
    if change.ours and not change.theirs:
        return f"{what}: new"
    if _is_digest(change.ours):
        return f"{what}: changed"
    return f"{what}: {change.theirs} then, {change.ours} now"


def _is_digest(state: str) -> bool:
    return len(state) == _DIGEST_DIGITS and all(one in "0123456789abcdef" for one in state)


def _parts(registration: Registration, task: str) -> dict[tuple[str, str], str]:
    """Return the parts of the version of *task*, by kind and name."""
    for entry in registration.cache_versions:
        if entry.task == task:
            known = registration.code_parts
            return {
                (known[at].kind, known[at].name): known[at].state or "there" for at in entry.parts if at < len(known)
            }
    return {}
