"""The engine's end of a connection to a gateway."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from godwit_plugin_api.backend import BackendHost, BackendSettings
from godwitidl.plugins.ray.v1.ray_pb2 import GatewayCommand, GatewayReport
from godwitidl.rules.framing import FrameReader, frame

from godwit_ray.clusters import address_of, environment, token_of
from godwit_ray.journal import GatewayFolder

_RECEIVED_BYTES: Final = 1 << 18
_RETRY_S: Final = 0.001


class GatewayLink:
    """A connection to a gateway.

    Args:
        host: the engine's loop.
        channel: the socket.
        folder: the gateway's.
        reported: takes what the gateway tells.
        ended: called once when the gateway is gone.
    """

    def __init__(
        self,
        host: BackendHost,
        channel: socket.socket,
        folder: GatewayFolder,
        reported: "Callable[[GatewayLink, Sequence[GatewayReport]], None]",
        ended: "Callable[[GatewayLink], None]",
    ) -> None:
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None
        self.is_open = True
        self._host = host
        self._channel = channel
        self._reported = reported
        self._ended = ended
        self._frames = FrameReader()
        self._unsent = bytearray()
        channel.setblocking(False)
        host.watch(channel.fileno(), self._ready)

    def send(self, command: GatewayCommand) -> None:
        """Send a command; what the system does not take at once, later."""
        was_empty = not self._unsent
        self._unsent += frame(command.SerializeToString())
        if was_empty:
            self._flush()

    def close(self) -> None:
        """Close the connection. The gateway goes on with what is under way."""
        if self.is_open:
            self.is_open = False
            self._host.unwatch(self._channel.fileno())
            self._send_rest()
            self._channel.close()
        if self.process is not None:
            # Whoever goes on is no child to wait for any more.
            self.process.poll()
            self.process.returncode = self.process.returncode or 0

    def wait(self) -> None:
        """Wait until a gateway that was told to stop is gone."""
        if self.process is not None:
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def _flush(self) -> None:
        if not self.is_open:
            return
        try:
            while self._unsent:
                del self._unsent[: self._channel.send(self._unsent)]
        except BlockingIOError:
            self._host.call_later(_RETRY_S, self._flush)
        except OSError:
            self._unsent.clear()  # the end of the connection is read

    def _send_rest(self) -> None:
        try:
            self._channel.settimeout(1.0)
            self._channel.sendall(self._unsent)
        except OSError:
            self._unsent.clear()

    def _ready(self) -> None:
        try:
            received = self._channel.recv(_RECEIVED_BYTES)
        except BlockingIOError:
            return
        except OSError:
            received = b""
        if received:
            self._reported(self, [GatewayReport.FromString(payload) for payload in self._frames.feed(received)])
            return
        if self.is_open:
            self.is_open = False
            self._host.unwatch(self._channel.fileno())
            self._channel.close()
            self._ended(self)


Reported = Callable[[GatewayLink, Sequence[GatewayReport]], None]
Ended = Callable[[GatewayLink], None]


def start_gateway(host: BackendHost, reported: Reported, ended: Ended) -> GatewayLink:
    """Start a gateway in a session of its own, and return the connection to it.

    Raises:
        OSError: it cannot be started.
    """
    settings = host.settings
    folder = GatewayFolder(Path(settings.home, "ray", uuid.uuid4().hex[:12]).absolute())
    folder.path.mkdir(parents=True, mode=0o700)
    folder.settings.write_text(json.dumps(_settings(settings)), encoding="utf-8")
    ours, theirs = socket.socketpair()
    listener = socket.socket(socket.AF_UNIX)
    # Paths of sockets are short, so it is not in the home.
    path = str(Path(tempfile.mkdtemp(prefix="godwit-ray-"), "socket"))
    listener.bind(path)
    listener.listen()
    options = settings.options
    address = address_of(options, os.environ)
    variables = {**os.environ, **environment(address, token_of(options), os.environ)}
    command = [sys.executable, "-P", "-m", "godwit_ray.gateway", str(folder.path)]
    descriptors = [theirs.fileno(), listener.fileno()]
    command += [str(descriptor) for descriptor in descriptors]
    with theirs, listener, (folder.path / "gateway.log").open("ab") as log:
        process = subprocess.Popen(
            command,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            pass_fds=descriptors,
            start_new_session=True,
            cwd=os.sep,
        )
    folder.announce(process.pid, path)
    link = GatewayLink(host, ours, folder, reported, ended)
    link.process = process
    return link


def join_gateway(host: BackendHost, folder: GatewayFolder, reported: Reported, ended: Ended) -> GatewayLink | None:
    """Return a connection to the gateway of an engine before this one; None when it is gone."""
    path = folder.socket()
    if not path:
        return None
    channel = socket.socket(socket.AF_UNIX)
    try:
        channel.connect(path)
    except OSError:
        channel.close()
        return None
    return GatewayLink(host, channel, folder, reported, ended)


def _settings(settings: BackendSettings) -> dict[str, Any]:
    options = settings.options
    return {
        "log_folder": str(Path(settings.log_folder).absolute()),
        "workers": settings.workers,
        "grace_s": settings.grace_s,
        "durable": options.get("durability") == "disk",
        "disabled": options.get("disabled_plugins", "").split(),
        "options": {name: value for name, value in options.items() if name in OPTIONS},
    }


OPTIONS: Final = ("address", "runtime_env", "token_file", "version", "dashboard", "autoscaling")
"""Settings of the backend that the gateway reads."""
