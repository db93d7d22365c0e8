"""The smallest workflow that says something.

Run it: `godwit run examples/hello/hello.py hello --name Ada`
"""

import godwit as gw


@gw.task
def greet(name: str) -> str:
    """Greet *name*."""
    return f"Hello, {name}!"


@gw.task
def shout(text: str, times: int) -> str:
    """Return *text* in capitals, *times* times."""
    return " ".join([text.upper()] * times)


@gw.workflow
def hello(name: str = "world", times: int = 1) -> str:
    """Greet *name* loudly."""
    return shout(text=greet(name=name), times=times)
