"""The end of a resident: its process, what that has started, and the certainty that they are gone."""

import asyncio
from typing import Any, Final

import ray

from godwit_ray.remains import descendants, is_there, kill

_LOOK_AGAIN_S: Final = 0.05


async def end_resident(actor: Any, process: int, *, is_here: bool) -> BaseException:
    """Kill a resident, and what it has started where that is seen from here; wait until it is gone.

    Args:
        actor: its handle.
        process: its number.
        is_here: whether it is on this machine.

    Returns:
        what Ray says of it.
    """
    started = descendants(process) if is_here else []
    ray.kill(actor, no_restart=True)
    kill(started)
    gone: BaseException | None = None
    while gone is None:
        try:
            await actor.place.remote()
            await asyncio.sleep(_LOOK_AGAIN_S)
        except Exception as error:  # noqa: BLE001 - whatever Ray raises, it is gone
            gone = error
    while is_here and is_there(process):
        kill([process])
        await asyncio.sleep(_LOOK_AGAIN_S)
    return gone
