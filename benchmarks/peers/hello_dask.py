"""Hello world for dask: `python hello_dask.py`, in its threads."""

from dask import delayed


@delayed
def greet(name: str) -> str:
    """Greet *name*."""
    return f"Hello, {name}!"


@delayed
def shout(text: str) -> str:
    """Return *text* in capitals."""
    return text.upper()


if __name__ == "__main__":
    print(shout(greet("Ada")).compute(scheduler="threads"))
