"""The data access of a place that stores nothing: where types are read and small constants are written."""

from pathlib import Path
from typing import BinaryIO, Final, NoReturn

from godwit_plugin_api.errors import DataError
from godwit_plugin_api.transformer import DataAccess


class AbsentData:
    """Refuses every verb with a clear error."""

    def create(self, name: str) -> Path:  # noqa: D102 - see DataAccess
        _refuse(name)

    def publish(self, path: Path) -> tuple[str, int, str]:  # noqa: D102 - see DataAccess
        _refuse(str(path))

    def publish_with_digest(self, path: Path, digest: str, size: int) -> str:  # noqa: D102, ARG002 - see DataAccess
        _refuse(str(path))

    def local(self, uri: str) -> Path:  # noqa: D102 - see DataAccess
        _refuse(uri)

    def open(self, uri: str) -> BinaryIO:  # noqa: D102 - see DataAccess
        _refuse(uri)


ABSENT_DATA: Final[DataAccess] = AbsentData()


def _refuse(what: str) -> NoReturn:
    raise DataError(
        f"{what}: files and large values cannot be kept here.", hint="Pass them between tasks.", code="DATA_UNAVAILABLE"
    )
