"""The command `godwit engine run`."""

import os
import signal
from types import FrameType, TracebackType
from typing import Self

import click
from godwit_plugin_api.errors import GodwitError

from godwit_core.cli.engine_options import configuration, engine_settings, host_options
from godwit_core.cli.serving_reports import JsonWatcher, LineWatcher
from godwit_core.cli.session import Session
from godwit_core.cli.shared_options import Command
from godwit_core.runtime.configuration import LONGEST_LEASE_S, SHORTEST_LEASE_S
from godwit_core.runtime.engine import Engine
from godwit_core.runtime.serving import MAX_EXECUTIONS, Service

_LEAVING = "Giving back what is held. Press Ctrl-C again to leave at once.\n"


class Termination:
    """Ctrl-C and SIGTERM while an engine serves: the first has it give back what it holds, the second leaves at once.

    A context manager.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._came = False

    def __enter__(self) -> Self:
        self._before = [(number, signal.signal(number, self._handle)) for number in (signal.SIGINT, signal.SIGTERM)]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for number, handler in self._before:
            signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        if self._came:
            raise KeyboardInterrupt
        self._came = True
        os.write(2, _LEAVING.encode())  # not `print`: a signal may come in the middle of one
        self._service.stop()


@click.command("run", cls=Command)
@host_options
@click.option(
    "--max-executions",
    type=click.IntRange(1),
    metavar="N",
    help=f"Executions held at a time, those that wait for a time or an answer included. [{MAX_EXECUTIONS}]",
)
@click.option("--until-idle", is_flag=True, help="End when every execution that engines share has ended.")
@click.option(
    "--lease",
    "lease_s",
    type=click.FloatRange(SHORTEST_LEASE_S, LONGEST_LEASE_S),
    metavar="SECONDS",
    help="Stopped for longer, the engine loses what it holds. [30]",
)
@click.pass_obj
def run_engine(
    session: Session,
    workers: int | None,
    durability: str,
    max_executions: int | None,
    until_idle: bool,
    lease_s: float | None,
) -> int:
    """Take executions that nobody holds, and those of dead engines, and run them.

    Several engines share the executions of a home: each takes as many as it has idle workers for, the highest
    priority first, then the oldest. `godwit run --detach` leaves executions for them.

    Ctrl-C or SIGTERM ends the engine: what it holds goes on in another one at once.
    """
    settings = engine_settings(session, inline=False, workers=workers, durability=durability)
    settings = settings._replace(serves=True, lease_s=lease_s or settings.lease_s)
    most = max_executions or configuration(session).max_executions or MAX_EXECUTIONS
    watcher = JsonWatcher() if session.json else LineWatcher(plain=session.plain)
    with Engine(settings, session.registry()) as engine:
        watcher.began(engine.id, settings)
        service = Service(engine, watcher, max_executions=most, until_idle=until_idle)
        try:
            with Termination(service):
                service.run()
        except GodwitError as error:
            watcher.failed(error)
            return 1
    watcher.done()
    return 0
