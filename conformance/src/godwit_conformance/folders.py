"""Where the files of the suite lie: golden vectors, scenarios, tasks."""

from pathlib import Path


def folder(name: str) -> Path:
    """Return the folder *name*, `vectors`, `scenarios` or `runtime`: inside the package, or beside its source.

    Raises:
        FileNotFoundError: the installation lacks it.
    """
    here = Path(__file__).parent
    for place in (here / name, here.parents[1] / name):
        if place.is_dir():
            return place
    raise FileNotFoundError(f"the installation of godwit-conformance lacks its folder {name}")
