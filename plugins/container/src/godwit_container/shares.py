"""Which folders and files of the host a container sees, and where."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from godwit_plugin_api.backend import AttemptRequest
from godwit_plugin_api.supervision.jobs import JobFolder

INPUTS = "/godwit/inputs"
OUTPUTS = "/godwit/outputs"
SOURCE = "/godwit/source"
STAGED = "/godwit/staged"
DATA = "/godwit/data"
CHECKPOINT = "/godwit/checkpoint"
SECRETS = "/run/secrets"


class Share(NamedTuple):
    """A folder or file of the host that a container sees as *place*.

    *copied*: it is not mounted, but copied into the container, and, if *writable*, out of it at the end.
    """

    host: Path
    place: str
    writable: bool = False
    copied: bool = False


def local_path(uri: str) -> Path | None:
    """Return the path that *uri* names, where it is one of this host."""
    if uri.startswith("file://"):
        return Path(unquote(urlsplit(uri).path))
    return Path(uri) if uri.startswith("/") else None


def writable_folder(path: Path) -> Path:
    """Return *path*, made a folder that whoever runs in a container may write to."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o777)
    return path


def transported(shares: Iterable[Share], *, mounting: bool, owning: bool) -> list[Share]:
    """Return *shares* with the way that each goes into its container.

    *mounting*: the Docker engine sees the folders of this host. *owning*: whatever the container's user writes, this
    user may remove. If not, folders in which others make folders would stay for ever, so they are copied. Outputs of
    the file contract are single files in a folder of ours, which is enough.
    """
    return [
        share._replace(copied=not mounting or (share.writable and not owning and share.place != OUTPUTS))
        for share in shares
    ]


def contract_shares(request: AttemptRequest, job: JobFolder, prefix: Path | None, checkpoint: Path) -> list[Share]:
    """Return what a program that keeps the file contract sees.

    *prefix*: the folder of `request.output_prefix` where that is local: values refer to files below it, and those
    around it, by their paths on the host, so the container sees them under the same. *checkpoint*: folder of the
    task's checkpoint.
    """
    shares = [
        Share(job.inputs, INPUTS),
        Share(writable_folder(job.outputs), OUTPUTS, writable=True),
        Share(writable_folder(checkpoint), CHECKPOINT, writable=True),
    ]
    if request.task.source_root:
        shares.append(Share(Path(request.task.source_root), SOURCE))
    if prefix is None:
        shares.append(Share(writable_folder(job.path / "data"), DATA, writable=True))
    else:
        store = _store_of(request, prefix)
        if store != prefix and store.is_dir():
            shares.append(Share(store, str(store)))
        shares.append(Share(writable_folder(prefix), str(prefix), writable=True))
    return shares


def further_shares(paths: list[Path], shares: list[Share]) -> list[Share]:
    """Return shares of *paths*, under the same paths, that *shares* do not have."""
    seen = [Path(share.place) for share in shares]
    found: list[Share] = []
    for path in sorted(set(paths)):
        if not any(path.is_relative_to(place) for place in seen) and path.exists():
            found.append(Share(path, str(path)))
            seen.append(path)
    return found


def _store_of(request: AttemptRequest, prefix: Path) -> Path:
    """Return the folder below which the values of all executions are."""
    text, inside = str(prefix), f"/{request.execution}/"
    start = f"{text}/".find(inside)
    return Path(text[:start]) if start > 0 else prefix.parent
