"""Hello world for flytekit: `pyflyte run hello_flytekit.py hello --name Ada`."""

from flytekit import task, workflow


@task
def greet(name: str) -> str:
    """Greet *name*."""
    return f"Hello, {name}!"


@task
def shout(text: str) -> str:
    """Return *text* in capitals."""
    return text.upper()


@workflow
def hello(name: str = "world") -> str:
    """Greet *name* loudly."""
    return shout(text=greet(name=name))
