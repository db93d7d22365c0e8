"""How attempts ended that a gateway ran: kept in files, so that an engine after the one that asked learns of it."""

import json
import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from godwit_plugin_api.supervision import supervisor
from godwitidl.plugins.ray.v1.ray_pb2 import GatewayReport
from godwitidl.rules.framing import FrameReader, FramingError, frame
from google.protobuf.message import DecodeError

_PART_BYTES: Final = 32 * 2**20
_KEPT_S: Final = 7 * 86_400
_NAMES: Final = ("ends.before.pb", "ends.pb")


class GatewayFolder:
    """The folder of one gateway, below the home of engines.

    Args:
        path: the folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def settings(self) -> Path:
        """File of what the gateway is set up with."""
        return self.path / "settings.json"

    @property
    def marker(self) -> Path:
        """File by which residents see whether they are on the same machine."""
        return self.path / "marker"

    def announce(self, process: int, socket: str) -> None:
        """Say which process the gateway is, and where it listens."""
        supervisor.write(self.path / "gateway.json", {**supervisor.identity(process), "socket": socket})

    def socket(self) -> str:
        """Return where the gateway listens; empty when it is gone."""
        try:
            told: dict[str, Any] = json.loads((self.path / "gateway.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return ""
        return str(told["socket"]) if supervisor.is_alive(told) else ""

    def append(self, ends: Iterable[bytes]) -> None:
        """Keep ends of attempts, encoded `GatewayReport`s; the oldest go when there are very many."""
        path = self.path / _NAMES[1]
        with path.open("ab") as file:
            file.write(b"".join(frame(end) for end in ends))
            size = file.tell()
        if size > _PART_BYTES:
            path.replace(self.path / _NAMES[0])

    def ends(self) -> Iterator[GatewayReport]:
        """Yield the ends that were kept, in order; of what was cut off while it was written, nothing."""
        for name in _NAMES:
            try:
                content = (self.path / name).read_bytes()
                frames = FrameReader().feed(content)
            except (OSError, FramingError):
                continue
            for payload in frames:
                try:
                    yield GatewayReport.FromString(payload)
                except DecodeError:
                    break

    def remove(self) -> None:
        """Remove it."""
        shutil.rmtree(self.path, ignore_errors=True)


def gateway_folders(home: str) -> list[GatewayFolder]:
    """Return the folders of the gateways of a home; those that nobody needs any more are removed."""
    found = []
    for path in sorted(Path(home, "ray").glob("*/")):
        folder = GatewayFolder(path)
        if not folder.socket() and time.time() - path.stat().st_mtime > _KEPT_S:
            folder.remove()
        else:
            found.append(folder)
    return found


def end_id(report: GatewayReport) -> str:
    """Return the id of the attempt whose end *report* is; empty when it is none."""
    kind = report.WhichOneof("kind")
    if kind == "result":
        return report.result.id
    return report.gone.id if kind == "gone" else ""
