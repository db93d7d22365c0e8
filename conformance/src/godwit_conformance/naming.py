"""Names of cases: paths that a shell takes unquoted but for spaces, each once."""

import re
from collections.abc import Iterable

_OTHER = re.compile(r"[^A-Za-z0-9_.+=<>, -]+")


def distinct(texts: Iterable[str]) -> list[str]:
    """Return a name for each text, made of it; texts that give one name are numbered from the second on."""
    seen: dict[str, int] = {}
    names = []
    for text in texts:
        name = _OTHER.sub("-", text).strip("- ")[:100].strip("- ")
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names
