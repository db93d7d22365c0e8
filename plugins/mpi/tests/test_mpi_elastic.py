"""Jobs whose processes come and go: hosts are lost, and the others go on from the last common step; hosts join."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from machines import Machines

FLOWS = Path(__file__).with_name("flows")
GODWIT = str(Path(sys.executable).with_name("godwit"))


@pytest.fixture
def own(tmp_path, machines, monkeypatch):
    """Machines that may be lost."""
    assert machines
    (tmp_path / "machines").mkdir()
    with Machines(tmp_path / "machines", tag="e") as own:
        where = {"hosts": own.names, "ssh_command": own.ssh_command, "network_interface": own.interface}
        monkeypatch.setenv("GODWIT_TEST_MACHINES", json.dumps(where))
        yield own


@pytest.fixture
def marks(tmp_path):
    """A folder in which a job tells how far it is."""
    folder = tmp_path / "marks"
    folder.mkdir()
    return folder


@pytest.fixture
def run(tmp_path, marks):
    """Starts a workflow that counts its steps."""
    programs = []

    def start(flow, workflow, steps, *more):
        words = ["--home", str(tmp_path / "home"), "--json", "run", str(FLOWS / flow), workflow]
        words += ["--folder", str(marks), "--steps", str(steps), *more]
        programs.append(subprocess.Popen([GODWIT, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True))
        return programs[-1]

    yield start
    for program in programs:
        program.kill()
        program.communicate()


def wait_for_step(path, step, program):
    deadline = time.monotonic() + 120
    while not (path.exists() and (path.read_text() or "0").isdecimal() and int(path.read_text() or 0) >= step):
        assert program.poll() is None, program.communicate()[0]
        assert time.monotonic() < deadline, f"no step {step}"
        time.sleep(0.1)


def result_of(program, home):
    told, _ = program.communicate(timeout=180)
    logs = "\n".join(path.read_text() for path in home.glob("logs/jobs/*.log"))
    assert program.returncode == 0, told + logs
    return json.loads([line for line in told.splitlines() if line.startswith("{")][-1])["outputs"]["result"]


@pytest.mark.slow
@pytest.mark.parametrize("lost", [0, 1])  # one of them has rank 0
@pytest.mark.usefixtures("horovod")
def test_the_loss_of_a_host_is_overcome(tmp_path, own, marks, run, lost):
    program = run("elastic.py", "trains", 60)
    wait_for_step(marks / "step", 5, program)
    own.take_down(lost)
    told = result_of(program, tmp_path / "home")
    assert told == {"steps": "60", "most": "2", "size": "1", "told": "of rank 0"}


@pytest.mark.slow
@pytest.mark.usefixtures("horovod")
def test_a_host_that_is_found_later_takes_part(tmp_path, own, marks, run, monkeypatch):
    hosts = tmp_path / "hosts"
    hosts.write_text(f"{own.names[0]}:1\n")
    monkeypatch.setenv("GODWIT_TEST_DISCOVERY", json.dumps(["cat", str(hosts)]))
    program = run("elastic.py", "trains", 600, "--enough", "2")
    wait_for_step(marks / "step", 3, program)
    hosts.write_text("".join(f"{name}:1\n" for name in own.names))
    told = result_of(program, tmp_path / "home")
    assert (told["most"], told["size"], told["told"]) == ("2", "2", "of rank 0")


@pytest.mark.slow
@pytest.mark.usefixtures("torch")
def test_torchrun_goes_on_without_a_node_that_is_lost(tmp_path, own, marks, run):
    program = run("torch_ranks.py", "counts", 60)
    wait_for_step(marks / "step", 5, program)
    own.take_down(1)  # the other one keeps the rendezvous
    assert result_of(program, tmp_path / "home") == {"restarted": 1, "size": 1}
