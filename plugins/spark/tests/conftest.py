"""A project with tasks, run by a real engine in a process of its own."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest


class Project:
    """A folder of source, and a home."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        (folder / "pyproject.toml").write_text('[project]\nname = "flock"\n')

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(textwrap.dedent(text))

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-P", "-m", "godwit_core", "--home", str(self.home), *arguments]

    def godwit(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    def run(self, *arguments: str, **variables: str) -> dict:
        """Run an entity and return its outputs."""
        done = self.godwit("run", "--json", *arguments, **variables)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def reports(self) -> list[str]:
        found = sorted(self.home.rglob("report.html"), key=lambda path: path.stat().st_mtime)
        return [path.read_text() for path in found]


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)
