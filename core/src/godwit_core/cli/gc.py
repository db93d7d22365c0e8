"""The command `godwit gc`."""

import click
from godwit_plugin_api.errors import InvalidInput
from godwitidl.rules.time_text import read_duration

from godwit_core.cli import output
from godwit_core.cli.session import Session
from godwit_core.cli.shared_options import Command
from godwit_core.cli.store_access import opened_store
from godwit_core.cli.tables import size_text
from godwit_core.runtime.clock import SystemClock
from godwit_core.runtime.collection import Collected, collect
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
    see `godwit cache evict`. May run beside other commands.
    """
    before_us = SystemClock().now_us() - _age_us(older_than) if older_than else None
    collected = Collected()
    if session.database.exists():
        with opened_store(session) as connection:
            locations = Locations(session.home.absolute())
            collected = collect(connection, locations, keep=keep, ended_before_us=before_us, dry_run=dry_run)
    if session.json:
        output.write_json(
            {
                "executions": collected.executions,
                "files": len(collected.files),
                "size_bytes": collected.size_bytes,
                "cache_entries": collected.cache_entries,
                "dry_run": dry_run,
            }
        )
        return 0
    verb = "Would delete" if dry_run else "Deleted"
    output.write(
        f"{verb} {len(collected.executions)} executions, {len(collected.files)} files of "
        f"{size_text(collected.size_bytes)}, {collected.cache_entries} cached results without their data."
    )
    return 0


def _age_us(text: str) -> int:
    """Return a length of time in microseconds; raises InvalidInput when it is none."""
    duration = read_duration(text)
    if duration is None or duration.seconds < 0:
        raise InvalidInput(f"--older-than expects an age such as 30d, 12h or 1d 6h, came {text!r}.")
    return duration.seconds * 1_000_000
