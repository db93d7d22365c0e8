"""Hello world for Flyte 2: `flyte run --local hello_flyte.py hello --name Ada`."""

import flyte

env = flyte.TaskEnvironment(name="hello")


@env.task
async def greet(name: str) -> str:
    """Greet *name*."""
    return f"Hello, {name}!"


@env.task
async def shout(text: str) -> str:
    """Return *text* in capitals."""
    return text.upper()


@env.task
async def hello(name: str = "world") -> str:
    """Greet *name* loudly."""
    return await shout(text=await greet(name=name))
