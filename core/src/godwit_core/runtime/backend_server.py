"""A process that offers a backend to engines elsewhere: the service `godwitidl.plugin.v1`, over any Python backend.

The backend lives on one thread, the one that calls `run`, as it does in an engine: calls come from gRPC's threads, and
are handed over. The engines of each home have a backend object and a folder of their own, so that nothing of one home
meets anything of another.
"""

import hmac
import os
import re
import socket
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

import grpc
from godwit_plugin_api.backend import BackendSettings, Handle, Refusal
from godwit_plugin_api.errors import GodwitError, InvalidInput
from godwit_plugin_api.manifest import Kind
from godwit_plugin_api.registry import PluginRegistry
from godwit_plugin_api.remote.addresses import Address, parse_address
from godwit_plugin_api.remote.messages import attempt_request, task_reference
from godwit_plugin_api.remote.service import (
    CHANNEL_OPTIONS,
    HEALTH_SERVICE,
    METHODS,
    NEWEST_VERSION,
    OLDEST_VERSION,
    SERVICE,
    SERVING,
    TOKEN_METADATA,
)
from godwitidl.core.v1.errors_pb2 import ExecutionError
from godwitidl.plugin.v1 import backend_pb2 as messages

from godwit_core.runtime.clock import SystemClock
from godwit_core.runtime.loop import Loop
from godwit_core.runtime.served_backend import ServedBackend

MOST_CALLS: Final = 64
"""Calls at a time. Each engine has one under way for as long as it lives."""
LONGEST_S: Final = 60.0
"""Seconds for which a call waits for the backend at most; engines say less, but for the call that never ends."""
_SCOPE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_Result = TypeVar("_Result")


class Offer(NamedTuple):
    """What a server offers, and to whom.

    Attributes:
        backend: key of the backend.
        software: what it is made of, for people.
        folder: where what belongs to it is kept, in a folder for each home.
        settings: what each backend object is opened with; `home` and `log_folder` are filled in.
        outlives_server: whether attempts go on when the server is gone.
        token: what engines have to bring; empty: nothing.
        certificate, key: PEM, for TLS; empty: there is none.
    """

    backend: str
    software: str
    folder: Path
    settings: BackendSettings
    outlives_server: bool
    token: str = ""
    certificate: bytes = b""
    key: bytes = b""


class BackendServer:
    """Offers one backend at one address, from `start` to `close`."""

    def __init__(self, offer: Offer, registry: PluginRegistry, listen: str) -> None:
        """Listen at *listen* once it is started; on the thread that is to call `run`.

        Raises:
            InvalidInput: that is no address, or one that others could come to without a token.
            PluginError: there is no such backend.
        """
        self.offer = offer
        self._registry = registry
        self._make = registry.load(Kind.BACKEND, offer.backend)
        self._address = parse_address(listen)
        if self._address.is_open and not offer.token:
            raise InvalidInput(
                f"At {listen} anyone who reaches this host could run programs on it.",
                hint="Give engines a token: --token-file FILE; or listen at unix:PATH or 127.0.0.1:PORT.",
                code="BACKEND_UNGUARDED",
            )
        self.address = listen
        self._loop = Loop(SystemClock())
        self._calls: deque[Callable[[], None]] = deque()
        self._served: dict[str, ServedBackend] = {}
        self._stopping = False
        self.instance = uuid.uuid4().hex
        options = (*CHANNEL_OPTIONS, ("grpc.so_reuseport", 0))
        self._pool = ThreadPoolExecutor(MOST_CALLS, thread_name_prefix="calls")
        self._server = grpc.server(self._pool, options=options)
        self._server.add_generic_rpc_handlers((_Handlers(self),))

    def start(self) -> None:
        """Begin to listen; `address` is where, from then on.

        Raises:
            InvalidInput: with code ADDRESS_TAKEN, that is not possible.
        """
        _make_room(self._address, self.address)
        mask = os.umask(0o177)  # a socket is for this user alone
        try:
            port = self._bind()
        except RuntimeError as error:
            raise _taken(self.address, str(error)) from error
        finally:
            os.umask(mask)
        if self._address.path is None and self._address.port == 0:
            self.address = f"{self.address.rpartition(':')[0]}:{port}"
        self._server.start()

    def run(self) -> None:
        """Do what engines ask for, until `stop`."""
        while not self._stopping:
            self._loop.wait(1.0)
            while self._calls:
                self._calls.popleft()()
            for served in self._served.values():
                served.update_capacity()

    def stop(self) -> None:
        """Have `run` return; from any thread, and from signal handlers."""
        self._stopping = True
        self._loop.wake()

    @property
    def is_stopping(self) -> bool:
        """Whether `stop` was called."""
        return self._stopping

    def under_way(self) -> int:
        """Return how many attempts have not ended."""
        return sum(served.under_way for served in self._served.values())

    def close(self) -> None:
        """Listen no more, and close the backend: attempts that outlive it go on."""
        stopped = self._server.stop(None)
        for served in self._served.values():
            served.close()
        self._server_calls_fail()
        stopped.wait()
        self._pool.shutdown()
        self._loop.close()
        if self._address.path is not None:
            self._address.path.unlink(missing_ok=True)

    def _server_calls_fail(self) -> None:
        self._stopping = True
        while self._calls:
            self._calls.popleft()()

    def _bind(self) -> int:
        offer = self.offer
        if offer.certificate:
            credentials = grpc.ssl_server_credentials([(offer.key, offer.certificate)])
            return int(self._server.add_secure_port(self._address.target, credentials))
        return int(self._server.add_insecure_port(self._address.target))

    # ----- Calls, on gRPC's threads -----

    def on_loop(self, call: Callable[[], _Result], context: Any) -> _Result:
        """Return what *call* returns on the backend's thread.

        Raises:
            TimeoutError: the caller does not wait so long.
        """
        future: Future[_Result] = Future()

        def perform() -> None:
            try:
                future.set_result(call())
            except Exception as error:  # noqa: BLE001 - it is the call's answer
                future.set_exception(error)

        self._calls.append(perform)
        self._loop.wake()
        left_s = context.time_remaining()
        return future.result(LONGEST_S if left_s is None else min(left_s, LONGEST_S))

    def served(self, scope: str) -> ServedBackend:
        """Return the backend of a home; made when it is first asked for. On the backend's thread.

        Raises:
            ValueError: that is no scope.
        """
        if _SCOPE.fullmatch(scope) is None:
            raise ValueError("the scope is missing, or is not made of 1 to 64 letters, digits, _ and -")
        served = self._served.get(scope)
        if served is None:
            home = self.offer.folder / scope
            logs = home / "logs" / "served"
            logs.mkdir(parents=True, exist_ok=True)
            settings = self.offer.settings._replace(home=str(home), log_folder=str(logs))
            served = self._served[scope] = ServedBackend(self._make(), self._loop, settings, self.instance)
        return served


class _Handlers(grpc.GenericRpcHandler):  # type: ignore[misc]  # grpc has no types
    """Finds who answers a call."""

    def __init__(self, server: BackendServer) -> None:
        self._server = server
        calls: dict[str, Callable[[ServedBackend, Any], Any]] = {
            "Check": _check, "Submit": _submit, "Attach": _attach, "Cancel": _cancel,
        }  # fmt: skip
        self._handlers = {f"/{HEALTH_SERVICE}/Check": grpc.unary_unary_rpc_method_handler(self._health)}
        for name, call in calls.items():
            self._add(name, grpc.unary_unary_rpc_method_handler, self._unary(call))
        self._add("Handshake", grpc.unary_unary_rpc_method_handler, self._handshake)
        self._add("ReadLog", grpc.unary_unary_rpc_method_handler, self._read_log)
        self._add("WatchEvents", grpc.unary_stream_rpc_method_handler, self._watch)

    def service(self, handler_call_details: Any) -> Any:
        """Return the handler of a call; None where there is none."""
        return self._handlers.get(handler_call_details.method)

    def _add(self, name: str, make: Callable[..., Any], call: Callable[..., Any]) -> None:
        method = METHODS[name]
        self._handlers[f"/{SERVICE}/{name}"] = make(
            call,
            request_deserializer=method.request.FromString,
            response_serializer=method.response.SerializeToString,
        )

    def _unary(self, call: Callable[[ServedBackend, Any], Any]) -> Callable[[Any, Any], Any]:
        def answer(request: Any, context: Any) -> Any:
            self._let_in(context)
            return self._on_loop(lambda: call(self._server.served(request.scope), request), context)

        return answer

    def _handshake(self, request: messages.HandshakeRequest, context: Any) -> messages.HandshakeResponse:
        self._let_in(context)
        server, offer, capacity = self._server, self._server.offer, None
        if request.scope:
            capacity = self._on_loop(lambda: server.served(request.scope).capacity, context)
        return messages.HandshakeResponse(
            oldest_version=OLDEST_VERSION,
            newest_version=NEWEST_VERSION,
            backend=offer.backend,
            software=offer.software,
            instance=server.instance,
            runs_programs=True,
            outlives_engine=True,
            outlives_server=offer.outlives_server,
            capacity=capacity,
        )

    def _watch(self, request: messages.WatchEventsRequest, context: Any) -> Iterator[messages.WatchEventsResponse]:
        self._let_in(context)
        served = self._on_loop(lambda: self._server.served(request.scope), context)
        yield from served.watch(request, context.is_active)

    def _read_log(self, request: messages.ReadLogRequest, context: Any) -> messages.ReadLogResponse:
        self._let_in(context)
        served = self._on_loop(lambda: self._server.served(request.scope), context)
        limit = min(max(request.limit, 1), 1 << 20)
        return messages.ReadLogResponse(data=served.read_log(request.id, max(request.offset, 0), limit))

    def _on_loop(self, call: Callable[[], _Result], context: Any) -> _Result:
        try:
            return self._server.on_loop(call, context)
        except TimeoutError:
            context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, "the backend is busy")
        except GodwitError as error:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        except (ValueError, IndexError) as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        except Exception as error:  # noqa: BLE001 - a defect of the backend is the caller's to hear of
            context.abort(grpc.StatusCode.INTERNAL, f"{type(error).__name__}: {error}")
        raise AssertionError("abort raises")

    def _let_in(self, context: Any) -> None:
        token = self._server.offer.token
        if not token:
            return
        given = dict(context.invocation_metadata()).get(TOKEN_METADATA, "")
        if not hmac.compare_digest(str(given).encode(), f"Bearer {token}".encode()):
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "the token is missing, or is another one")

    @staticmethod
    def _health(request: bytes, context: Any) -> bytes:
        del request, context
        return SERVING


def _check(served: ServedBackend, request: messages.CheckRequest) -> messages.CheckResponse:
    return messages.CheckResponse(problems=served.check(task_reference(request.task, 0)))


def _submit(served: ServedBackend, request: messages.SubmitRequest) -> messages.SubmitResponse:
    tasks = [task_reference(task, served.task_key(task)) for task in request.tasks]
    answers = served.submit([attempt_request(one, tasks[one.task]) for one in request.attempts])
    return messages.SubmitResponse(answers=[_answer(answer) for answer in answers])


def _answer(answer: Handle | Refusal) -> messages.Answer:
    if isinstance(answer, Refusal):
        return messages.Answer(id=answer.id, refusal=ExecutionError.FromString(answer.error))
    return messages.Answer(id=answer.id, handle=answer.data)


def _attach(served: ServedBackend, request: messages.AttachRequest) -> messages.AttachResponse:
    tasks = [task_reference(task, served.task_key(task)) for task in request.tasks]
    served.attach(
        [
            (attempt_request(one.attempt, tasks[one.attempt.task]), Handle(one.attempt.id, one.handle))
            for one in request.attempts
        ]
    )
    return messages.AttachResponse()


def _cancel(served: ServedBackend, request: messages.CancelRequest) -> messages.CancelResponse:
    served.cancel(request.ids)
    return messages.CancelResponse()


def _make_room(address: Address, listen: str) -> None:
    """Make the folder of a socket, and see that no other server listens there: gRPC would take it away from it.

    Raises:
        InvalidInput: one does.
    """
    if address.path is None:
        return
    address.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not address.path.exists():
        return
    if not address.path.is_socket():
        raise _taken(listen, "there is a file of that name")
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(address.path))
        except OSError:
            address.path.unlink(missing_ok=True)
            return
    raise _taken(listen, "another server listens there")


def _taken(listen: str, why: str) -> InvalidInput:
    return InvalidInput(
        f"Nothing can listen at {listen}: {why}.",
        hint="End what listens there, or take another address: --listen",
        code="ADDRESS_TAKEN",
    )
