"""Reports: a page for people that an attempt leaves."""

import sys
from pathlib import Path
from typing import Final

from godwit.types.stored_data import StoredData

FILE_NAME: Final = "report.html"


class AttemptReport:
    """The report of one attempt, whose place is made when somebody asks for it.

    Args:
        data: where the attempt keeps files.
        place: path at which whoever started the process looks for the report; None: it is kept as the outputs are.
    """

    __slots__ = ("_data", "_path", "_place")

    def __init__(self, data: StoredData, place: Path | None = None) -> None:
        self._data = data
        self._place = place
        self._path: Path | None = None

    def path(self) -> Path:
        """Return where to write it; nothing is there yet, unless the attempt has written it."""
        if self._path is None:
            self._path = self._place or self._data.create(FILE_NAME)
        return self._path

    def keep(self) -> str:
        """Keep what was written, and return its uri; empty when nothing was, or when it is in its place already.

        A report that cannot be kept is no failure of the attempt: why is printed.
        """
        if self._path is None or self._place is not None or not self._path.is_file():
            return ""
        try:
            return self._data.publish(self._path)[0]
        except Exception as error:  # noqa: BLE001 - of any persistence
            print(f"The report could not be kept: {error}", file=sys.stderr)  # noqa: T201 - the attempt's log
            return ""
