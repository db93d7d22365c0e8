"""Links and reports of attempts, from the task to the command line."""

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

FLOW = """
    @gw.task
    def train(rate: float) -> float:
        context = gw.current_context()
        context.report.write_text(f"<h1>Rate</h1>{rate}", encoding="utf-8")
        context.link("Dashboard", "http://old")
        context.link("Console", f"http://console/{context.attempt}")
        context.link("Dashboard", "http://new")
        context.link("Dashboard", "http://new")
        if rate < 0:
            raise ValueError("negative")
        return rate

    @gw.task
    async def train_softly(rate: float) -> float:
        context = gw.current_context()
        context.report.write_text("soft")
        context.link("Dashboard", "http://soft")
        return rate

    @gw.task
    def crowd() -> None:
        for number in range(50):
            gw.current_context().link(f"link {number}", "http://x")

    @gw.workflow
    def one(rate: float = 0.5) -> float:
        return train(rate=rate)

    @gw.workflow
    def many(rates: list[float]) -> list[float]:
        return gw.map_task(train)(rate=rates)
"""


@pytest.fixture
def godwit(write_source, tmp_path):
    """Run `godwit …` in a folder with the source file and a home of its own; return status and output."""
    write_source(FLOW)
    environment = {**os.environ, "GODWIT_HOME": str(tmp_path / "home")}

    def run(*arguments: str) -> tuple[int, str]:
        command = [str(Path(sys.executable).parent / "godwit"), *arguments]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120
        )
        return done.returncode, done.stdout

    return run


def ran(godwit, *arguments):
    """Run something, and return what is shown of the execution."""
    _, output = godwit("--json", "run", "flow.py", *arguments)
    name = json.loads(output)["execution"]
    status, shown = godwit("--json", "executions", "show", name)
    assert status == 0
    return name, json.loads(shown)


def page_of(attempt):
    return Path(unquote(urlsplit(attempt["report"]).path))


@pytest.mark.parametrize("way", [(), ("--inline",)])
@pytest.mark.parametrize("rate", ["0.5", "-1.0"])
def test_links_and_report_are_shown_with_the_attempt(godwit, way, rate):
    name, shown = ran(godwit, *way, "one", f"--rate={rate}")
    ((attempt,),) = [node["history"] for node in shown["nodes"]]
    assert attempt["links"] == [
        {"name": "Dashboard", "url": "http://new"},
        {"name": "Console", "url": "http://console/1"},
    ]
    assert page_of(attempt).read_text() == f"<h1>Rate</h1>{rate}"
    _, text = godwit("executions", "show", name)
    assert "n0  Dashboard: http://new\n" in text
    assert f"n0  report: {attempt['report']}\n" in text
    assert godwit("gc")[0] == 0
    assert page_of(attempt).is_file()


def test_async_tasks_have_them_too(godwit):
    _, shown = ran(godwit, "train_softly", "--rate=2.0")
    ((attempt,),) = [node["history"] for node in shown["nodes"]]
    assert attempt["links"] == [{"name": "Dashboard", "url": "http://soft"}]
    assert page_of(attempt).read_text() == "soft"


def test_items_of_maps_have_them_too(godwit):
    name, _ = ran(godwit, "many", "--rates=[0.5, 0.25]")
    _, text = godwit("executions", "show", name)
    for item in (0, 1):
        assert f"n0/[{item}]  Console: http://console/1\n" in text
        assert f"n0/[{item}]  report: file:" in text


def test_of_very_many_links_the_first_are_kept(godwit):
    _, shown = ran(godwit, "crowd")
    ((attempt,),) = [node["history"] for node in shown["nodes"]]
    assert [link["name"] for link in attempt["links"]] == [f"link {number}" for number in range(20)]


def test_without_any_nothing_is_shown(godwit):
    name, shown = ran(godwit, "crowd")
    ((attempt,),) = [node["history"] for node in shown["nodes"]]
    assert attempt["report"] is None
    assert "report:" not in godwit("executions", "show", name)[1]
