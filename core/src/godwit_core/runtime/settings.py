"""What an engine and an execution are set up with, and what comes of an execution."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal, NamedTuple

from godwitidl.core.v1.errors_pb2 import ExecutionError
from godwitidl.core.v1.interface_pb2 import Interface

from godwit_core.engine.phases import CacheStatus, ExecutionPhase, NodePhase
from godwit_core.engine.state import Values


class EngineSettings(NamedTuple):
    """How an engine is set up.

    Attributes:
        home: folder of its state; None: in memory, with blobs in a temporary folder that goes with the engine.
        durability: what a commit survives: `process` its end, `disk` a loss of power.
        workers: attempts at a time on this host; None: one for each processor.
        default_backend: key of the backend of tasks that name none.
        grace_s: seconds between the polite and the hard end of a process.
        queues: how many attempts of each named queue may run at a time; a queue that is not named has no limit.
        prestarted_runner: a runner that was started beforehand, as it was handed over; empty: there is none.
        lease_s: seconds for which the engine's lease holds that is not renewed: stopped for longer, it loses what it
            holds to an engine that takes it over.
        storage: uri under which values above the inline limit, files and checkpoints are kept; empty: in the home.
        serves: whether it takes executions of the home that nobody holds, see `serving.py`.
        runs: whether it runs anything; False of one that only checks and stores executions for others.
        backend_options: settings of backends, as text, by the backend's key and their names.
    """

    home: Path | None
    durability: Literal["process", "disk"] = "process"
    workers: int | None = None
    default_backend: str = "local"
    grace_s: float = 5.0
    prestarted_runner: str = ""
    queues: Mapping[str, int] = MappingProxyType({})
    lease_s: float = 30.0
    storage: str = ""
    serves: bool = False
    runs: bool = True
    backend_options: Mapping[str, Mapping[str, str]] = MappingProxyType({})


class ExecutionOptions(NamedTuple):
    """How an execution is set up.

    Attributes:
        name: its name; None: one is made up.
        overwrite_cache: compute although the cache has it.
        run_what_can_run: replaces the workflow's failure policy; None: as the workflow says.
        max_parallelism: how many of its attempts may run at a time; None: as many as there is room for.
        priority: executions with a higher one come first where both wait; 0 is usual, below is allowed.
        backend: key of the backend of tasks that name none; empty: that of the engine that first holds it.
        recovers: name of an execution that has ended, whose results are reused; None: none.
    """

    name: str | None = None
    overwrite_cache: bool = False
    run_what_can_run: bool | None = None
    recovers: str | None = None
    max_parallelism: int | None = None
    priority: int = 0
    backend: str = ""


class NodeReport(NamedTuple):
    """One node, as people see it. *duration_s* is from readiness to the end, or until now.

    *items* is, of a map node: how many there are, how many have succeeded, how many have failed.
    """

    id: str
    name: str
    phase: NodePhase
    cache: CacheStatus
    attempts: int
    duration_s: float
    error: ExecutionError | None = None
    items: tuple[int, int, int] | None = None


class Outcome(NamedTuple):
    """How an execution ended. *duration_s* is from acceptance to the end.

    *edited*: paths of nodes that an earlier execution has results of, which ran again because their code was edited.
    """

    name: str
    phase: ExecutionPhase
    interface: Interface
    outputs: Values
    error: ExecutionError | None
    duration_s: float
    nodes: list[NodeReport]
    edited: tuple[str, ...] = ()
