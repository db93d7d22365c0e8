"""Elastic jobs: a host is lost, and the others go on from the last common step."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from machines import Machines

FLOW = Path(__file__).with_name("flows") / "elastic.py"
GODWIT = str(Path(sys.executable).with_name("godwit"))


def wait_for_step(path, step, program):
    deadline = time.monotonic() + 120
    while not (path.exists() and (path.read_text() or "0").isdecimal() and int(path.read_text() or 0) >= step):
        assert program.poll() is None, program.communicate()[0]
        assert time.monotonic() < deadline, f"no step {step}"
        time.sleep(0.1)


@pytest.mark.parametrize("lost", [0, 1])  # one of them has rank 0
@pytest.mark.usefixtures("horovod", "machines")
def test_the_loss_of_a_host_is_overcome(tmp_path, monkeypatch, lost):
    folder, home = tmp_path / "marks", tmp_path / "home"
    for made in (folder, tmp_path / "machines"):
        made.mkdir()
    with Machines(tmp_path / "machines", tag="e") as own:
        where = {"hosts": own.names, "ssh_command": own.ssh_command, "network_interface": own.interface}
        monkeypatch.setenv("GODWIT_TEST_MACHINES", json.dumps(where))
        words = ["--home", str(home), "--json", "run", str(FLOW), "trains", "--folder", str(folder), "--steps", "60"]
        program = subprocess.Popen([GODWIT, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        wait_for_step(folder / "step", 5, program)
        own.take_down(lost)
        try:
            told, _ = program.communicate(timeout=180)
        finally:
            program.kill()
    logs = "\n".join(path.read_text() for path in home.glob("logs/jobs/*.log"))
    assert program.returncode == 0, told + logs
    outputs = json.loads([line for line in told.splitlines() if line.startswith("{")][-1])["outputs"]
    assert outputs == {"result": {"steps": 60, "most": 2, "size": 1}}
