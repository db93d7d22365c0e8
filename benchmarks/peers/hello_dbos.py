"""Hello world for DBOS: `python hello_dbos.py`, in the folder where its database is to lie."""

import contextlib
import sqlite3
import sys

with contextlib.suppress(ImportError):
    if sqlite3.sqlite_version_info < (3, 42):  # the least that DBOS starts with
        import pysqlite3

        sys.modules["sqlite3"] = pysqlite3

from dbos import DBOS


@DBOS.step()
def greet(name: str) -> str:
    """Greet *name*."""
    return f"Hello, {name}!"


@DBOS.step()
def shout(text: str) -> str:
    """Return *text* in capitals."""
    return text.upper()


@DBOS.workflow()
def hello(name: str) -> str:
    """Greet *name* loudly."""
    return shout(greet(name))


if __name__ == "__main__":
    DBOS(config={"name": "hello", "system_database_url": "sqlite:///hello.sqlite", "log_level": "ERROR"})
    DBOS.launch()
    print(hello("Ada"))
    DBOS.destroy()
