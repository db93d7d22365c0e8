"""Caches of tasks."""

from datetime import timedelta

import godwit as gw


@gw.task(cache=gw.Cache(version="1"))
def plain(n: int) -> int:
    return n


@gw.task(
    name="caching.all",
    cache=gw.Cache(
        version="2024.1", salt="s", serialize=True, ttl=timedelta(hours=1), ignored_inputs=("verbose", "name")
    ),
)
def everything(n: int, verbose: bool, name: str) -> int:
    return n


@gw.workflow
def main(n: int) -> int:
    first = plain(n=n)
    return everything.with_overrides(name="all")(n=first, verbose=False, name="x")
