"""Secrets from environment variables: provider `env`."""

import os
import re
from collections.abc import Mapping


class EnvSecrets:
    """Reads the secret *name* of *group* from `GODWIT_SECRET_<GROUP>_<NAME>`.

    Without a group, that is `GODWIT_SECRET_<NAME>`.
    Letters are put into upper case, and whatever is neither letter nor digit becomes an underscore.
    """

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        """Read from *environment*; None: that of the process."""
        self._environment = os.environ if environment is None else environment

    def get(self, name: str, group: str | None) -> str | None:
        """Return the variable's value, or None where it is not set."""
        return self._environment.get(variable_name(name, group))


def variable_name(name: str, group: str | None) -> str:
    """Return the name of the variable that holds a secret."""
    parts = ["GODWIT_SECRET", group, name] if group else ["GODWIT_SECRET", name]
    return re.sub(r"[^A-Z0-9]", "_", "_".join(part or "" for part in parts).upper())
