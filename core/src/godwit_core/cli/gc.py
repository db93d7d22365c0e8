"""The command `godwit gc`."""

import click
from godwit_plugin_api.errors import InvalidInput
from godwit_plugin_api.manifest import Kind
from godwit_plugin_api.persistence import Persistence
from godwitidl.rules.time_text import read_duration

from godwit_core.cli import output
from godwit_core.cli.session import Session
from godwit_core.cli.shared_options import Command
from godwit_core.cli.store_access import opened_store
from godwit_core.cli.tables import size_text
from godwit_core.runtime.clock import SystemClock
from godwit_core.runtime.collection import Collected, collect
from godwit_core.runtime.configuration import read_configuration
from godwit_core.runtime.locations import Locations


@click.command("gc", cls=Command)
@click.option("--dry-run", is_flag=True, help="Only tell what would be deleted.")
@click.option("--keep", type=click.IntRange(0), metavar="N", help="Delete ended executions but for the N newest.")
@click.option(
    "--older-than",
    metavar="AGE",
    help="Delete executions that ended longer ago: 30d. With --keep: those of both.",
)
@click.pass_obj
def gc(session: Session, dry_run: bool, keep: int | None, older_than: str | None) -> int:
    """Delete blobs and logs that nothing refers to, and cached results whose blobs are gone.

    With --keep or --older-than, old executions are deleted before. Cached results, and the blobs that they need, stay:
    see `godwit cache evict`. May run beside other commands. Of a storage outside the home, that of `config.toml` is
    cleared, in this home's part of it.
    """
    before_us = SystemClock().now_us() - _age_us(older_than) if older_than else None
    collected = Collected()
    if session.database.exists():
        with opened_store(session) as connection:
            storage = read_configuration(session.home.absolute()).storage
            locations = Locations(session.home.absolute(), storage)
            collected = collect(
                connection,
                locations,
                keep=keep,
                ended_before_us=before_us,
                dry_run=dry_run,
                persistence=_persistence(session, storage) if storage else None,
            )
    if session.json:
        output.write_json(
            {
                "executions": collected.executions,
                "files": len(collected.files),
                "objects": len(collected.objects),
                "size_bytes": collected.size_bytes,
                "cache_entries": collected.cache_entries,
                "dry_run": dry_run,
            }
        )
        return 0
    verb = "Would delete" if dry_run else "Deleted"
    output.write(
        f"{verb} {len(collected.executions)} executions, {len(collected.files) + len(collected.objects)} files of "
        f"{size_text(collected.size_bytes)}, {collected.cache_entries} cached results without their data."
    )
    return 0


def _persistence(session: Session, storage: str) -> Persistence:
    found: Persistence = session.registry().create(Kind.PERSISTENCE, storage.partition("://")[0])
    return found


def _age_us(text: str) -> int:
    """Return a length of time in microseconds; raises InvalidInput when it is none."""
    duration = read_duration(text)
    if duration is None or duration.seconds < 0:
        raise InvalidInput(f"--older-than expects an age such as 30d, 12h or 1d 6h, came {text!r}.")
    return duration.seconds * 1_000_000
