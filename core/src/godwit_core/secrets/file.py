"""Secrets from files, as Docker and Kubernetes mount them: provider `file`."""

import os
from pathlib import Path

from godwit_plugin_api.errors import DataError, InvalidInput

FOLDER_VARIABLE = "GODWIT_SECRETS_FOLDER"
"""Environment variable that names the folder of the secrets."""

DEFAULT_FOLDER = "/run/secrets"
"""Folder of the secrets where `FOLDER_VARIABLE` is not set."""


class FileSecrets:
    """Reads the secret *name* of *group* from `<folder>/<group>/<name>`, without a group from `<folder>/<name>`.

    One line end at the end of the file is no part of the value. Files are UTF-8.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """Read below *folder*; None: what the environment names."""
        self._folder = Path(os.environ.get(FOLDER_VARIABLE) or DEFAULT_FOLDER) if folder is None else folder

    def get(self, name: str, group: str | None) -> str | None:
        """Return the file's text, or None where there is none.

        Raises:
            InvalidInput: *name* or *group* is no plain file name.
            DataError: with code SECRET_UNREADABLE, the file cannot be read or is no text.
        """
        path = self._folder.joinpath(*(_checked(part) for part in (group, name) if part is not None))
        try:
            text = path.read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            message = f"The secret {name!r} cannot be read from {path}: {reason}."
            hint = "Check the file's permissions and content."
            raise DataError(message, hint=hint, code="SECRET_UNREADABLE") from None
        return text.removesuffix("\n").removesuffix("\r")


def _checked(part: str) -> str:
    if not part or part in {".", ".."} or "/" in part or "\\" in part or "\0" in part:
        raise InvalidInput(f"Name and group of a secret are plain file names, not {part!r}.")
    return part
