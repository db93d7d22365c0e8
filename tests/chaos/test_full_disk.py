"""The disk of the home fills up while the workflow of the storms is under way, again and again."""

import os
import subprocess
import time

import pytest
from faults import FAILED, Site, storm_registration, wait
from promises import Witness

ITEMS = 60
DEADLINE_S = 60


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 4 MB. Needs root and the right to mount: `sudo`, or `unshare --mount --map-root-user`."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("needs root, to mount a small tmpfs: run as root")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("may not mount a small tmpfs: run with CAP_SYS_ADMIN")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill(folder):
    """Take all the space that is left, and return what took it."""
    filler = folder / "filler"
    with filler.open("ab", buffering=0) as file:
        for size in (65_536, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    return filler


@pytest.mark.parametrize("lines", [(1, 8, 30), (3, 40, 61), (5, 62, 67)])
def test_a_disk_that_fills_at_any_point_costs_nothing_but_time(tmp_path, small_disk, lines):
    registration, site = storm_registration(), Site(tmp_path, ITEMS)
    site.home = small_disk / "home"
    witness = Witness(site.home, site.ledger, ITEMS, runners_die=False)
    for count in lines:
        child = site.start(registration)
        end = time.monotonic() + DEADLINE_S
        while sum(witness.lines().values()) < count:
            assert time.monotonic() < end, f"line {count} has not run"
            time.sleep(0.002)
        filler = fill(small_disk)
        try:
            assert wait(child) == FAILED
        finally:
            filler.unlink()
        assert site.error.read_text().startswith("DISK_FULL: ")
        witness.look()
    assert site.drive(registration) == 0
    witness.check_end(4 * len(lines))
