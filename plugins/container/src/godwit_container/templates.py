"""What stands in braces in the command of a container: `{inputs.NAME}` and `{outputs.NAME}`."""

import re
from collections.abc import Callable, Iterable, Iterator

_PLACEHOLDER = re.compile(r"\{(inputs|outputs)\.([A-Za-z_][A-Za-z0-9_]*)\}")


def references_in(words: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield side and name of each variable that *words* refer to. Other braces mean nothing."""
    for word in words:
        for found in _PLACEHOLDER.finditer(word):
            yield found[1], found[2]


def filled(words: Iterable[str], value_of: Callable[[str, str], str]) -> list[str]:
    """Return *words* with the text of each variable, given by side and name, in its place."""
    return [_PLACEHOLDER.sub(lambda found: value_of(found[1], found[2]), word) for word in words]
