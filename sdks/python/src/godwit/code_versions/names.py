"""What a name means where it is used: found through imports, re-exports and `import *`, without running any."""

import builtins
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from godwit.code_versions.places import Origin, Place, Places
from godwit.code_versions.references import Chain
from godwit.code_versions.source import Binding, ImportedName, SourceModule, Unit

_DUNDERS = frozenset(
    {
        "__name__",
        "__file__",
        "__doc__",
        "__package__",
        "__spec__",
        "__loader__",
        "__debug__",
        "__class__",
        "__qualname__",
    }
    | {"__module__", "__builtins__", "__annotations__"}
)
_HARMLESS_ATTRIBUTES = frozenset({"__name__", "__file__", "__doc__", "__package__", "__version__"})


class Sort(StrEnum):
    """What kind of thing a name means."""

    UNIT = "unit"
    MODULE = "module"
    STANDARD = "standard"
    GODWIT = "godwit"
    OTHER = "other"
    BUILTIN = "builtin"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Meaning:
    """One thing that a name may mean.

    Attributes:
        path: of a name of the standard library or of Godwit, its full name; of others' code, the module's.
        module, unit: of one's own code.
        name: the name that *unit* binds.
        rest: attributes asked of it.
        place: of others' code.
    """

    sort: Sort
    path: str = ""
    module: SourceModule | None = None
    unit: Unit | None = None
    name: str = ""
    rest: Chain = ()
    place: Place | None = None


_SORTS = {Origin.STANDARD: Sort.STANDARD, Origin.GODWIT: Sort.GODWIT}
_NONE: Mapping[str, Sequence[ImportedName]] = {}


class Names:
    """Resolves names."""

    def __init__(self, places: Places) -> None:
        self.places = places

    def meanings(
        self, module: SourceModule, chain: Chain, local: Mapping[str, Sequence[ImportedName]] = _NONE
    ) -> list[Meaning]:
        """Return all that *chain* may mean in *module*; *local*: what imports in functions bind there."""
        found = self._bound(module, chain, [*local.get(chain[0], ()), *module.bindings.get(chain[0], ())], set())
        if found:
            return found
        if not hasattr(builtins, chain[0]) and chain[0] not in _DUNDERS:
            return [Meaning(Sort.UNKNOWN, chain[0])]
        return [Meaning(Sort.BUILTIN, chain[0], rest=chain[1:])]

    def _bound(
        self, module: SourceModule, chain: Chain, bindings: Sequence[Binding], seen: set[tuple[str, str]]
    ) -> list[Meaning]:
        if (module.key, chain[0]) in seen:
            return []
        seen.add((module.key, chain[0]))
        found: list[Meaning] = []
        for binding in bindings:
            if isinstance(binding, Unit):
                found.append(Meaning(Sort.UNIT, module=module, unit=binding, name=chain[0], rest=chain[1:]))
            elif binding.name:
                found += self._in(binding.module, (binding.name, *chain[1:]), seen)
            else:
                found += self._in(binding.module, chain[1:], seen)
        if not bindings:
            found += self._by_star(module, chain, seen)
        return found

    def _by_star(self, module: SourceModule, chain: Chain, seen: set[tuple[str, str]]) -> list[Meaning]:
        found: list[Meaning] = []
        for star in module.stars:
            source = self.places.find(star).source
            if source is None:
                continue
            given = self._bound(source, chain, source.bindings.get(chain[0], ()), seen)
            if given and "__all__" in source.bindings:
                given += self._bound(source, ("__all__",), source.bindings["__all__"], seen)
            found += given
        return found

    def _in(self, dotted: str, chain: Chain, seen: set[tuple[str, str]]) -> list[Meaning]:
        """Return all that *chain* may mean, asked of the module *dotted*."""
        place = self.places.find(dotted)
        module = place.source
        if module is None:
            sort = _SORTS.get(place.origin, Sort.OTHER)
            if sort is not Sort.OTHER:
                return [Meaning(sort, ".".join([dotted, *chain]))]
            return [Meaning(sort, dotted, place=self._deepest(dotted, chain, place))]
        if not chain:
            return [Meaning(Sort.MODULE, module.key, module=module)]
        found = self._bound(module, chain, module.bindings.get(chain[0], ()), seen)
        inner = self.places.find(f"{dotted}.{chain[0]}") if module.is_package else None
        if inner is not None and inner.origin is not Origin.MISSING:
            found += self._in(f"{dotted}.{chain[0]}", chain[1:], seen)
        if found or chain[0] in _HARMLESS_ATTRIBUTES:
            return found or [Meaning(Sort.BUILTIN, chain[0])]
        return [Meaning(Sort.MODULE, module.key, module=module)]

    def _deepest(self, dotted: str, chain: Chain, place: Place) -> Place:
        """Return where the innermost module comes from, of one that several distributions share."""
        if len(place.distributions) < 2 or not chain:
            return place
        inner = self.places.find(f"{dotted}.{chain[0]}")
        return inner if inner.distributions else place
