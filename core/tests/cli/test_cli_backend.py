"""The default backend of an engine: `--backend`, and `[engine] backend` of a home."""

import pytest
from godwit_core.cli.engine_options import engine_settings
from godwit_core.cli.entry import runner_options
from godwit_core.cli.session import Session


def settings_of(home, *, inline=False, **options):
    return engine_settings(Session(home=home, **options), inline=inline, workers=None, durability="process")


def test_tasks_run_in_processes_of_this_host_unless_something_else_is_said(tmp_path):
    assert settings_of(tmp_path).default_backend == "local"
    assert settings_of(tmp_path, inline=True).default_backend == "inline"


def test_the_home_says_it_and_the_command_line_wins(tmp_path):
    (tmp_path / "config.toml").write_text("[engine]\nbackend = 'heron'\n[backends.heron]\nnest = 'reeds'\n")
    settings = settings_of(tmp_path)
    assert settings.default_backend == "heron"
    assert settings.backend_options == {"heron": {"nest": "reeds"}}
    assert settings_of(tmp_path, backend="egret").default_backend == "egret"
    assert settings_of(tmp_path, inline=True).default_backend == "inline"


def test_no_runner_of_this_host_is_started_beforehand(tmp_path):
    path = tmp_path / "flow.py"
    path.write_text("")
    assert runner_options(["run", str(path), "entity"]) == []
    assert runner_options(["run", str(path), "entity", "--backend", "ray"]) is None
    assert runner_options(["run", str(path), "entity", "--backend=ray"]) is None


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--backend", "a b"], "expected the name of a backend, came 'a b'"),
        (["--backend="], "expected the name of a backend"),
        (["--backend", "ray", "--inline"], "leave one out"),
        (["--backend", "heronry"], "heronry"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_created(godwit, options, said):
    told = godwit("run", "flows.py", "summing", "--a", "4", *options)
    assert told.returncode == 2, told
    assert said in " ".join(told.stderr.split())
    assert "Traceback" not in told.stderr
    assert godwit.json("executions", "list")["executions"] == []


def test_an_execution_keeps_its_backend(godwit):
    name = godwit.json("run", "flows.py", "summing", "--a", "4", "--detach", "--backend", "local")["execution"]
    (godwit.home / "config.toml").write_text("[engine]\nbackend = 'heronry'\n")
    refused = godwit("executions", "resume", name, "--backend", "ray")
    assert refused.returncode == 2, refused
    assert f"Execution {name} runs on the backend local, and goes on there." in refused.stderr
    assert "recover" in refused.stderr
    assert godwit.json("executions", "resume", name)["phase"] == "SUCCEEDED"
    assert godwit.json("executions", "show", name)["backend"] == "local"
    again = godwit.json("executions", "relaunch", name)
    assert again["phase"] == "SUCCEEDED"
    assert godwit.json("executions", "recover", again["execution"], "--even-if-succeeded")["phase"] == "SUCCEEDED"
    assert "heronry" in godwit("executions", "relaunch", name, "--backend", "heronry").stderr


def test_what_was_begun_in_processes_may_go_on_in_the_one_that_is_looked_at(godwit):
    name = godwit.json("run", "flows.py", "summing", "--a", "4", "--detach", "--backend", "local")["execution"]
    assert godwit.json("executions", "resume", name, "--inline")["phase"] == "SUCCEEDED"


def test_the_process_of_an_engine_is_kept_by_no_execution(godwit):
    name = godwit.json("run", "flows.py", "summing", "--a", "4", "--inline")["execution"]
    assert godwit.json("executions", "show", name)["backend"] is None
