"""Packages: how many distributions of others come with `pip install godwit`, counted in an environment of its own."""

import sys
from typing import Any

from comparison import PEERS, Peer, without_places
from environments import Environment, InstallationFailedError, of_wheels
from measurement import Measure, Result, options, parsed

BUDGET = 15


def main() -> int:
    """Count and print."""
    arguments = parsed(options(__doc__, runs=1))
    environment = of_wheels()
    result = Result("packages", {"packages": list(environment.third_party)})
    result.measures.append(_count("packages of others", environment, BUDGET))
    if arguments.peers:
        result.peers = [{"peer": peer.distribution, **_count_peer(peer)} for peer in PEERS]
    result.deliver(arguments.out)
    return 0


def _count(name: str, environment: Environment, budget: float | None = None) -> Measure:
    return Measure(name, "packages", [len(environment.third_party)], budget)


def _count_peer(peer: Peer) -> dict[str, Any]:
    """Return the same of a peer, or why it cannot be had."""
    try:
        environment = peer.environment()
    except InstallationFailedError as error:
        return {"error": without_places(str(error))}
    return {"version": environment.version, "measures": [_count("packages of others", environment).as_json()]}


if __name__ == "__main__":
    sys.exit(main())
