"""The version of this distribution, without the cost of asking the installer's records for it."""

from typing import Final

VERSION: Final = "0.1.0"
