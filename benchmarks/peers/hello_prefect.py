"""Hello world for Prefect: `python hello_prefect.py`, with a server that it starts and ends itself."""

import os

os.environ.setdefault("PREFECT_LOGGING_TO_API_ENABLED", "false")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")

from prefect import flow, task


@task
def greet(name: str) -> str:
    """Greet *name*."""
    return f"Hello, {name}!"


@task
def shout(text: str) -> str:
    """Return *text* in capitals."""
    return text.upper()


@flow
def hello(name: str) -> str:
    """Greet *name* loudly."""
    return shout(greet(name))


if __name__ == "__main__":
    print(hello("Ada"))
