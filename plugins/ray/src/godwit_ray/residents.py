"""Ordinary tasks on a Ray cluster: attempts are given to a gateway, which has residents run them.

The gateway of an engine is a process of its own. Engines that come later find it in the home, and learn from it, or
from what it has written down, what became of attempts.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from godwit_plugin_api import attempt_errors
from godwit_plugin_api.backend import (
    AttemptRequest,
    BackendEvent,
    BackendHost,
    Cancelling,
    Capacity,
    Finished,
    Handle,
    Link,
    LogStarted,
    Lost,
    OutputValue,
    Progress,
    Refusal,
    Started,
)
from godwit_plugin_api.handles import unreadable
from godwitidl.core.v1.event_pb2 import LogSlice
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.plugins.ray.v1.ray_pb2 import GatewayCommand, GatewayReport
from godwitidl.runner.v1.runner_pb2 import Result

from godwit_ray.gateway_link import GatewayLink, join_gateway, start_gateway
from godwit_ray.journal import end_id, gateway_folders

HANDLE: Final = b"resident 1"
"""What handles say: how an attempt's end is to be found in the folders of gateways, for those who come later."""
_AHEAD: Final = 64
"""Attempts that are held for each place, so that none is idle."""
_SHARING: Final = 4_000
"""Attempts of `async` tasks under way at a time, see `sharing`."""
_DASHBOARD: Final = "Ray dashboard"


class Residents:
    """The part of the backend that runs ordinary tasks; the verbs are those of `Backend`."""

    def __init__(self) -> None:
        self._own: GatewayLink | None = None
        self._joined: dict[str, GatewayLink] = {}
        self._places = 0
        self._links: tuple[Link, ...] = ()
        self._where: dict[str, GatewayLink] = {}
        self._asked: dict[str, int] = {}
        self._earlier: dict[str, GatewayReport] | None = None
        self._numbers: dict[tuple[int, int], int] = {}
        self._again: dict[str, AttemptRequest] = {}
        self._sharing: set[str] = set()

    def open(self, host: BackendHost) -> None:
        """Keep the engine; the gateway is started when there is work."""
        self._host = host
        self._earlier_folders = {one.path.name for one in gateway_folders(host.settings.home)}

    def capacity(self) -> Capacity:
        """Return the places of the cluster that are free, and how much is held ready for them."""
        self._sharing &= self._where.keys()
        held = len(self._where) - len(self._sharing)
        immediate = max(0, self._places - held)
        ahead = max(0, max(1, self._places) * _AHEAD - held - immediate)
        return Capacity(immediate, ahead, sharing=_SHARING)

    def submit(self, requests: Sequence[AttemptRequest]) -> Sequence[Handle | Refusal]:
        """Give attempts to the gateway. Those that an earlier engine gave away already are found."""
        new = []
        for request in requests:
            if request.id in self._where or request.id in self._asked:
                continue
            if self._earlier_folders:
                self._find(request.id, or_else=request)
            else:
                new.append(request)
        if new:
            try:
                self._run(new)
            except OSError as error:
                refused = attempt_errors.encoded_error("RAY_GATEWAY", f"Ray's driver could not be started: {error}")
                return [Refusal(request.id, refused) for request in requests]
        return [Handle(request.id, HANDLE) for request in requests]

    def attach(self, known: Sequence[tuple[AttemptRequest, Handle]]) -> None:
        """Find attempts of an engine before this one."""
        for request, handle in known:
            if handle.data not in {b"", HANDLE}:
                self._host.push([unreadable(handle)])
            elif request.id not in self._where and request.id not in self._asked:
                self._find(request.id)

    def cancel(self, ids: Sequence[str]) -> None:
        """Ask for the end of attempts."""
        commands: dict[int, tuple[GatewayLink, GatewayCommand]] = {}
        for identifier in ids:
            link = self._where.get(identifier)
            if link is not None:
                commands.setdefault(id(link), (link, GatewayCommand()))[1].cancel.ids.append(identifier)
        for link, command in commands.values():
            link.send(command)

    def logs(self, handle: Handle) -> Iterator[bytes]:
        """Yield nothing: the engine's log slices say it all."""
        del handle
        return iter(())

    def close(self) -> None:
        """Let go of gateways. Ours ends with what it has under way, at once if it has nothing."""
        own, self._own = self._own, None
        joined, self._joined = list(self._joined.values()), {}
        for link in joined:
            link.close()
        if own is not None:
            is_temporary = bool(self._host.settings.options.get("temporary_home"))
            if is_temporary or own not in self._where.values():
                command = GatewayCommand()
                command.stop.SetInParent()
                own.send(command)
            if is_temporary:
                own.wait()
            own.close()
        self._where.clear()

    # Giving.

    def _run(self, requests: Sequence[AttemptRequest]) -> None:
        link = self._own
        if link is None:
            link = self._own = start_gateway(self._host, self._take, self._lose)
            self._numbers.clear()
        command, together = GatewayCommand(), GatewayCommand()
        for request in requests:
            self._where[request.id] = link
            if is_sharing(request):
                self._sharing.add(request.id)
                attempt = together.run_together.attempts.add()
            else:
                attempt = command.run.attempts.add()
            attempt.id = request.id
            attempt.task = self._prepared(link, request)
            attempt.inputs = request.inputs
            attempt.output_prefix = request.output_prefix
            attempt.attempt = request.number
            attempt.execution = request.execution
            attempt.node_path = request.node_path
            attempt.checkpoint_prefix = request.checkpoint_prefix
        for one in (command, together):
            if one.WhichOneof("kind"):
                link.send(one)

    def _prepared(self, link: GatewayLink, request: AttemptRequest) -> int:
        """Return the number by which the gateway knows a task with so much memory; tell it, the first time."""
        key = (request.task.key, request.memory_bytes)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self._numbers) + 1
            command = GatewayCommand()
            prepare = command.prepare
            prepare.task, prepare.source_root = number, request.task.source_root
            prepare.spec.CopyFrom(TaskSpec.FromString(request.task.spec))
            if request.memory_bytes:
                prepare.spec.resources.memory_bytes = request.memory_bytes
            link.send(command)
        return number

    # Finding what earlier engines gave away.

    def _find(self, identifier: str, or_else: AttemptRequest | None = None) -> None:
        """Look in what is written down, then ask the gateways that live; give it away anew, or tell that it is lost."""
        if (report := self._written(identifier)) is not None:
            self._host.push([_end(report)])
            return
        asked = 0
        for folder in gateway_folders(self._host.settings.home):
            if self._own is not None and folder.path == self._own.folder.path:
                continue
            link = self._joined.get(folder.path.name)
            if link is None:
                link = join_gateway(self._host, folder, self._take, self._lose)
                if link is None:
                    continue
                self._joined[folder.path.name] = link
            command = GatewayCommand()
            command.attach.ids.append(identifier)
            link.send(command)
            self._where[identifier] = link
            asked += 1
        if asked:
            self._asked[identifier] = asked
            if or_else is not None:
                self._again[identifier] = or_else
        else:
            self._not_found(identifier, or_else)

    def _written(self, identifier: str) -> GatewayReport | None:
        """Return the end of an attempt as gateways have written it down."""
        if self._earlier is None:
            folders = gateway_folders(self._host.settings.home)
            self._earlier = {end_id(report): report for folder in folders for report in folder.ends()}
        return self._earlier.get(identifier)

    def _not_found(self, identifier: str, or_else: AttemptRequest | None) -> None:
        self._where.pop(identifier, None)
        if or_else is not None:
            self._run([or_else])
        else:
            message = "The engine ended while the attempt ran, and Ray's driver for it is gone, too."
            self._host.push([Lost(identifier, attempt_errors.lost(message, code="ENGINE_LOST"))])
            self._host.wake()

    def _take_unknown(self, identifier: str) -> None:
        left = self._asked.get(identifier, 0) - 1
        if left > 0:
            self._asked[identifier] = left
            return
        if self._asked.pop(identifier, None) is None:
            return
        self._earlier = None  # it may have ended while it was asked for
        or_else = self._again.pop(identifier, None)
        if (report := self._written(identifier)) is not None:
            self._where.pop(identifier, None)
            self._host.push([_end(report)])
        else:
            self._not_found(identifier, or_else)

    # Hearing.

    def _take(self, link: GatewayLink, reports: Sequence[GatewayReport]) -> None:
        events: list[BackendEvent] = []
        for report in reports:
            kind = report.WhichOneof("kind")
            if kind == "ready" and link is self._own:
                self._places = report.ready.places
                self._links = (Link(_DASHBOARD, report.ready.dashboard),) if report.ready.dashboard else ()
            elif kind == "unknown":
                self._take_unknown(report.unknown.id)
            elif kind == "unavailable":
                error = report.unavailable.SerializeToString()
                gone = [key for key, where in self._where.items() if where is link]
                events += [Finished(key, error=error) for key in gone]
                for key in gone:
                    del self._where[key]
            else:
                self._take_event(link, report, events)
        if events:
            self._host.push(events)
        self._host.wake()

    def _take_event(self, link: GatewayLink, report: GatewayReport, events: list[BackendEvent]) -> None:
        event = _event(report, self._links)
        if event is None or event.id not in self._where:
            return
        if self._asked.pop(event.id, None) is not None:
            self._again.pop(event.id, None)
        self._where[event.id] = link
        if isinstance(event, Finished | Lost):
            del self._where[event.id]
        events.append(event)

    def _lose(self, link: GatewayLink) -> None:
        """Tell what was given to a gateway that is gone; what it wrote down, it had told."""
        if link is self._own:
            self._own = None
            self._places = 0
        self._joined.pop(link.folder.path.name, None)
        gone = [key for key, where in self._where.items() if where is link]
        self._earlier = None
        error = attempt_errors.lost("The process that is Ray's driver for the task is gone.", code="RAY_GATEWAY_LOST")
        events: list[BackendEvent] = []
        for key in gone:
            del self._where[key]
            self._asked.pop(key, None)
            self._again.pop(key, None)
            report = self._written(key)
            events.append(_end(report) if report is not None else Lost(key, error))
        self._earlier = None
        if events:
            self._host.push(events)
        self._host.wake()


def is_sharing(request: AttemptRequest) -> bool:
    """Return whether an attempt runs beside others in a process: those that need a GPU have one of their own."""
    return request.shares_process and not TaskSpec.FromString(request.task.spec).resources.gpu_count


def _end(report: GatewayReport) -> Finished | Lost:
    """Return the end that a report tells."""
    if report.WhichOneof("kind") == "gone":
        gone = report.gone
        log = gone.log.SerializeToString() if gone.HasField("log") else b""
        return Lost(gone.id, gone.error.SerializeToString(), log)
    return _finished(report.result)


def _finished(result: Result) -> Finished:
    outputs = tuple(OutputValue(one.name, one.value, one.digest) for one in result.outputs)
    error = result.error.SerializeToString() if result.HasField("error") else b""
    log = result.log.SerializeToString() if result.HasField("log") else b""
    return Finished(result.id, outputs, error, result.usage.SerializeToString(), log, result.report)


def _event(report: GatewayReport, links: tuple[Link, ...]) -> BackendEvent | None:
    """Return the event that a report is; None when it is none."""
    match report.WhichOneof("kind"):
        case "result" | "gone":
            return _end(report)
        case "began":
            return Started(report.began.id, report.began.worker, links)
        case "linked":
            return Progress(report.linked.id, links=(Link(report.linked.link.name, report.linked.link.url),))
        case "writing":
            log: LogSlice = report.writing.log
            return LogStarted(report.writing.id, log.SerializeToString())
        case "waiting":
            return Cancelling(report.waiting.id, report.waiting.waiting_on)
        case _:
            return None
