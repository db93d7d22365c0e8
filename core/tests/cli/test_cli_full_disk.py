"""A disk without space: at the start nothing is created; half-way the execution is kept, and goes on with space."""

import os
import subprocess
from pathlib import Path

import pytest


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 1.5 MB. Needs root and the right to mount: `sudo`, or `unshare --mount --map-root-user`."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("needs root, to mount a small tmpfs: run as root")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1500k", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("may not mount a small tmpfs: run with CAP_SYS_ADMIN")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill(folder: Path) -> Path:
    """Take all the space that is left."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (65_536, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    return filler


def test_a_disk_full_at_the_start(godwit, small_disk):
    filler = fill(small_disk)
    done = godwit("run", "flows.py", "summing", "--home", small_disk / "home")
    assert done.returncode == 2, done
    assert "No space is left" in done.stderr
    filler.unlink()
    assert godwit.json("executions", "list", "--home", small_disk / "home")["executions"] == []


def test_a_disk_that_fills_half_way(godwit, small_disk):
    home = small_disk / "home"
    godwit.write(
        "filling.py",
        """
        import os
        import godwit as gw

        @gw.task
        def fill(folder: str, marker: str) -> str:
            if os.path.exists(marker):
                return "y" * 30_000
            open(marker, "w").close()
            with open(f"{folder}/filler", "wb", buffering=0) as file:
                for size in (65_536, 4096, 1):
                    try:
                        while True:
                            file.write(b"x" * size)
                    except OSError:
                        continue
            return "y" * 30_000

        @gw.task
        def longer(text: str) -> str:
            return text + "z" * 10_000

        @gw.workflow
        def wf(folder: str, marker: str) -> str:
            text = fill(folder=folder, marker=marker)
            for _ in range(2):
                text = longer(text=text)
            return text
        """,
    )
    done = godwit(
        "run", "filling.py", "wf", "--folder", small_disk, "--marker", godwit.folder / "filled", "--home", home
    )
    assert done.returncode == 1, done
    assert "No space is left" in done.stderr
    assert "executions resume" in done.stderr
    (small_disk / "filler").unlink()
    (execution,) = godwit.json("executions", "list", "--home", home)["executions"]
    assert execution["phase"] == "RUNNING"
    told = godwit.json("executions", "resume", execution["execution"], "--home", home)
    assert told["phase"] == "SUCCEEDED"
