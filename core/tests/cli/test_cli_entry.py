"""The runner that is started before anything else: when, whose it becomes, and that it is gone with the program."""

import json
import os
import signal

import click
import pytest
from godwit_core.backends.prestart import PrestartedRunner, adopted
from godwit_core.backends.spawning import end
from godwit_core.cli import entry
from godwit_core.cli.run import run
from godwit_core.cli.shared_options import shared_options
from godwitidl.rules.framing import FrameReader
from godwitidl.runner.v1.runner_pb2 import Report


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "flows.py"
    path.write_text("")
    return str(path)


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "FILE", "go"],
        ["--home", "here", "run", "FILE", "go", "--x", "1"],
        ["run", "--json", "--workers=2", "FILE", "-i", "x=1", "go", "--x", "--y"],
        ["run", "FILE", "go", "--durability-of-x", "1"],
    ],
)
def test_a_run_of_a_python_file_starts_a_runner_beforehand(file, arguments):
    assert entry.runner_options([file if one == "FILE" else one for one in arguments]) == []


def test_it_is_set_up_for_the_durability_that_is_asked_for(file):
    assert entry.runner_options(["run", file, "go", "--durability=disk"]) == ["--durable"]
    assert entry.runner_options(["run", "--durability", "process", file, "go"]) == []


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--help"],
        ["run", "FILE"],
        ["run", "FILE", "go", "--help"],
        ["run", "FILE", "go", "-h"],
        ["run", "FILE", "go", "--inline"],
        ["run", "FILE", "go", "--detach"],
        ["--disable-plugin", "some", "run", "FILE", "go"],
        ["run", "FILE", "go", "--disable-plugin=some"],
        ["run", "absent.py", "go"],
        ["run", "other.pb", "go"],
        ["run", "--unknown", "FILE", "go"],
        ["run", "FILE", "--home"],
        ["serialize", "FILE", "go"],
        ["--home", "run", "FILE", "go"],
    ],
)
def test_anything_else_does_not(file, arguments):
    assert entry.runner_options([file if one == "FILE" else one for one in arguments]) is None


def test_every_option_that_may_precede_the_entity_is_known_with_its_kind():
    options = [one for one in [*run.params, *shared_options(hidden=True)] if isinstance(one, click.Option)]
    flags = {name for one in options if one.is_flag for name in (*one.opts, *one.secondary_opts)}
    others = {name for one in options if not one.is_flag for name in one.opts}
    assert flags == entry.FLAGS | {"-h", "--help", "--inline", "--detach"}
    assert others == entry.OPTIONS_WITH_VALUES | {"--disable-plugin", "--backend"}


def test_a_runner_belongs_to_who_takes_it_first_and_can_be_ended():
    runner = PrestartedRunner()
    process, channel, options = adopted(runner.hand_over())
    runner.discard()  # of no effect: it was handed over
    assert options == []
    channel.setblocking(True)
    (hello,) = FrameReader().feed(channel.recv(4096))
    assert Report.FromString(hello).hello.process_id == process
    channel.close()
    end(process)
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    other = PrestartedRunner()
    other.discard()
    assert other.hand_over() == ""


@pytest.mark.parametrize("more", [["--nonsense", "1"], ["--n", "many"]])
def test_wrong_input_leaves_neither_runner_nor_files(godwit, more):
    godwit.write("greeting.py", "import godwit as gw\n\n@gw.task\ndef greet(n: int) -> int:\n    return n\n")
    done = godwit("run", "greeting.py", "greet", *more)
    assert done.returncode == 2
    assert not list(godwit.home.rglob("*.log"))


def test_its_output_is_found_as_that_of_any_runner(godwit):
    godwit.write(
        "loud.py",
        "import os, sys\nimport godwit as gw\n\n@gw.task\ndef speak() -> int:\n    print('to out', flush=True)\n"
        "    print('to err', file=sys.stderr)\n    return os.getpid()\n",
    )
    told = json.loads(godwit("run", "loud.py", "speak", "--json", "--workers", "1").stdout)
    shown = godwit("executions", "logs", told["execution"])
    assert "to out\nto err\n" in shown.stdout
    with pytest.raises(ProcessLookupError):
        os.kill(told["outputs"]["result"], signal.SIGCONT)
