"""Settings whose values are secrets: named in the payload, known only to the driver, while it runs."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from godwitidl.plugins.spark.v1.spark_pb2 import SparkApplication, SparkSecret

from godwit_spark.errors import SecretUnknown

Find = Callable[[str, str | None], str | None]
"""Returns the value of a secret by name and group; None: nobody has it."""

_REDACTION: Final = "spark.redaction.regex"
_HADOOP: Final = "spark.hadoop."
_USUAL: Final = "(?i)secret|password|token|access[.]?key"
"""What Spark itself blackens in event logs and on its pages."""


def secret_settings(application: SparkApplication, find: Find) -> dict[str, str]:
    """Return the settings of *application* that are secrets, with their values.

    Raises:
        SecretUnknown: nobody has one of them.
    """
    return {
        setting.name: value_of(setting.secret, find, setting.name)
        for setting in application.conf
        if setting.HasField("secret")
    }


def value_of(secret: SparkSecret, find: Find, what: str) -> str:
    """Return the value of a secret, for *what*.

    Raises:
        SecretUnknown: nobody has it.
    """
    value = find(secret.name, secret.group or None)
    if value is not None:
        return value
    where = f"{secret.group}/{secret.name}" if secret.group else secret.name
    variable = "_".join(["GODWIT_SECRET", *([secret.group] if secret.group else []), secret.name]).upper()
    raise SecretUnknown(
        f"No provider has the secret {where!r}, which {what} is to be.",
        hint=f"Set it where the task runs, by {variable} or as your provider keeps secrets.",
    )


def redaction(application: SparkApplication) -> dict[str, str]:
    """Return the setting by which Spark blackens the secrets of *application*; empty where it has none."""
    names = [setting.name for setting in application.conf if setting.HasField("secret")]
    if not names:
        return {}
    said = {setting.name: setting.value for setting in application.conf}
    # Hadoop's own settings are listed without what they are known by in Spark's.
    own = "|".join(rf"\Q{name.removeprefix(_HADOOP)}\E$" for name in names)
    return {_REDACTION: f"{said.get(_REDACTION) or _USUAL}|{own}"}


def write_properties(path: Path, settings: dict[str, str], defaults: Path | None) -> None:
    """Write a file of settings that spark-submit reads, which nobody else can.

    Args:
        path: the file; it must not be there.
        settings: the settings.
        defaults: a file of settings that spark-submit would have read without this one; None: there is none.
    """
    path.touch(mode=0o600, exist_ok=False)
    lines = [f"{_escaped(name)} {_escaped(value)}\n" for name, value in settings.items()]
    before = defaults.read_text(encoding="utf-8") + "\n" if defaults is not None and defaults.is_file() else ""
    path.write_text(before + "".join(lines), encoding="utf-8")


def _escaped(text: str) -> str:
    units = text.encode("utf-16-be")
    pairs = (units[place : place + 2] for place in range(0, len(units), 2))
    return "".join(chr(pair[1]) if _is_plain(pair) else f"\\u{pair.hex()}" for pair in pairs)


def _is_plain(pair: bytes) -> bool:
    return pair[0] == 0 and re.fullmatch(rb"[\w.]", pair[1:]) is not None
