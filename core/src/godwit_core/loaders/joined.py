"""Several source files together: what one refers to and does not declare is taken from the others."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Final, NamedTuple

from godwit_plugin_api.entity_loader import EntitySummary, Source
from godwit_plugin_api.errors import InvalidInput
from godwitidl.core.v1.bundle_pb2 import EntityReference, Registration

_FIELDS: Final = {"task": "tasks", "workflow": "workflows", "launch_plan": "launch_plans"}
_KINDS: Final = tuple(_FIELDS)


class OtherSource(NamedTuple):
    """A source file that is given beside another. *label*: its path, for messages."""

    label: str
    source: Source


class RootedSource:
    """A source with the place of its code, where it does not say one itself: a file of specs knows none."""

    def __init__(self, source: Source, root: str) -> None:
        self._source = source
        self._root = root

    def entities(self) -> Sequence[EntitySummary]:
        """Return the entities of the source. See `Source`."""
        return self._source.entities()

    def registration(self, name: str | None = None) -> Registration:
        """Return what the source gives, with its root. See `Source`."""
        registration = self._source.registration(name)
        registration.source_root = registration.source_root or self._root
        return registration


class JoinedSource:
    """A source whose references are resolved by other ones, the first that declares an entity first."""

    def __init__(self, main: Source, others: Sequence[OtherSource]) -> None:
        self._main = main
        self._others = others

    def entities(self) -> Sequence[EntitySummary]:
        """Return the entities of the main source. See `Source`."""
        return self._main.entities()

    def registration(self, name: str | None = None) -> Registration:
        """Return the specs of an entity with all it refers to, as far as any of the sources declares it.

        Tenant and stage are those of the main source. See `Source`.

        Raises:
            InvalidInput: two sources declare different entities of one name.
        """
        joined = Registration()
        joined.CopyFrom(self._main.registration(name))
        asked: set[tuple[str, str]] = set()
        while wanted := [one for one in _unresolved(joined) if one not in asked]:
            for kind, entity in wanted:
                asked.add((kind, entity))
                self._resolve(joined, kind, entity)
        _finish(joined)
        return joined

    def _resolve(self, joined: Registration, kind: str, entity: str) -> None:
        for other in self._others:
            declared = {(one.kind, one.full_name) for one in other.source.entities()}
            if (kind, entity) in declared:
                _add(joined, other.source.registration(entity), other.label)
                return


def _unresolved(registration: Registration) -> Iterator[tuple[str, str]]:
    """Yield kind and name of what is referred to and not there."""
    bundle = registration.bundle
    there = {(kind, spec.id.name) for kind, field in _FIELDS.items() for spec in getattr(bundle, field)}
    for reference in bundle.references:
        kind = reference.target.WhichOneof("kind")
        if kind is not None and (kind, getattr(reference.target, kind).name) not in there:
            yield kind, getattr(reference.target, kind).name


def _add(joined: Registration, other: Registration, label: str) -> None:
    """Add the specs of *other* that *joined* does not have, with all that is said of them."""
    known = {(kind, spec.id.name): spec for kind, field in _FIELDS.items() for spec in getattr(joined.bundle, field)}
    roots = {source.task: source.source_root for source in other.task_sources}
    new = set[str]()
    for kind, field in _FIELDS.items():
        for spec in getattr(other.bundle, field):
            own = known.get((kind, spec.id.name))
            if own is None:
                getattr(joined.bundle, field).append(spec)
                new |= {spec.id.name} if kind == "task" else set()
            elif own != spec:
                raise InvalidInput(
                    f"The {kind.replace('_', ' ')} {spec.id.name} of {label} is another one than that of the same name"
                    " that was given before.",
                    hint="Rename one of them, or give files that were made together.",
                    code="DUPLICATE_NAME",
                )
    for task in sorted(new):
        root = roots.get(task, other.source_root)
        if root != joined.source_root:
            joined.task_sources.add(task=task, source_root=root)
    _add_versions(joined, other, new)
    joined.bundle.references.extend(one for one in other.bundle.references if one not in joined.bundle.references)


def _add_versions(joined: Registration, other: Registration, tasks: set[str]) -> None:
    first = len(joined.code_parts)
    joined.code_parts.extend(other.code_parts)
    for entry in other.cache_versions:
        if entry.task in tasks:
            added = joined.cache_versions.add(task=entry.task, version=entry.version)
            added.parts.extend(first + part for part in entry.parts)
    joined.code_versions.extend(one for one in other.code_versions if one.task in tasks)
    if other.sdk and other.sdk not in joined.sdk.split(", "):
        joined.sdk = ", ".join(filter(None, (joined.sdk, other.sdk)))


def _finish(joined: Registration) -> None:
    """Sort the specs, and name the version after them."""
    bundle = joined.bundle
    for field in _FIELDS.values():
        specs = sorted(getattr(bundle, field), key=lambda spec: spec.id.name)
        bundle.ClearField(field)  # type: ignore[arg-type]  # one of its fields
        getattr(bundle, field).extend(specs)
    references = sorted(bundle.references, key=_order)
    bundle.ClearField("references")
    bundle.references.extend(references)
    joined.version = sha256(bundle.SerializeToString(deterministic=True)).hexdigest()


def _order(reference: EntityReference) -> tuple[int, str]:
    kind = reference.target.WhichOneof("kind")
    return (len(_KINDS), "") if kind is None else (_KINDS.index(kind), getattr(reference.target, kind).name)
