"""The libraries of frames, each behind a door that is opened on first use."""

import importlib
from collections.abc import Sequence
from typing import Any, Final

from godwit_plugin_api.errors import InvalidInput, PluginError

_DOORS: Final = {
    "pandas": "godwit.transformers.pandas_frames",
    "polars": "godwit.transformers.polars_frames",
    "pyarrow": "godwit.transformers.arrow_tables",
}


def open_library(library: str) -> Any:
    """Return the module that writes, reads, converts and selects frames of *library*.

    Raises:
        PluginError: the library, or pyarrow beside it, is not installed.
    """
    try:
        return importlib.import_module(_DOORS[library])
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "godwit":
            raise
        raise PluginError(
            f"{error.name} is not installed, which tables need that are read or written by {library}.",
            hint=f"pip install 'godwit[{library}]'",
            code="PLUGIN_TARGET_FAILED",
        ) from error


def library_of(frame: object) -> str | None:
    """Return the name of the library whose frame or table *frame* is; None where it is no such thing."""
    for cls in type(frame).__mro__:
        library = cls.__module__.partition(".")[0]
        if library in _DOORS and cls.__name__ in {"DataFrame", "Table"}:
            return library
    return None


def read_as(library: str, frame: object, columns: Sequence[str] | None) -> Any:
    """Return *frame*, or some columns of it, as a frame of *library*; itself where it is one already.

    Raises:
        InvalidInput: it is no frame, or has no such column.
        PluginError: the library is not installed.
    """
    own = library_of(frame)
    if own is None:
        raise InvalidInput(
            f"Expected a pandas.DataFrame, polars.DataFrame or pyarrow.Table, got {type(frame).__qualname__}.",
            code="VALUE_MISMATCH",
        )
    door = open_library(library)
    converted = frame if own == library else door.convert(frame)
    return converted if columns is None else door.select(converted, columns)
