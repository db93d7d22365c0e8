"""What stands in braces in the arguments of a jar: `{inputs.NAME}` and `{outputs.NAME}`."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

_PLACE: Final = re.compile(r"\{(inputs|outputs)\.([A-Za-z_][A-Za-z0-9_]*)\}")


def references(arguments: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield side and name of each variable that *arguments* refer to. Other braces mean nothing."""
    for argument in arguments:
        for found in _PLACE.finditer(argument):
            yield found[1], found[2]


def filled(arguments: Iterable[str], text_of: Callable[[str, str], str]) -> list[str]:
    """Return *arguments* with the text of each variable, given by side and name, in its place."""
    return [_PLACE.sub(lambda found: text_of(found[1], found[2]), argument) for argument in arguments]
