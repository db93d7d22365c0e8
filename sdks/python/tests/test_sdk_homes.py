"""Homes in Python: executions are left there, served, and asked for what they gave."""

import threading

import godwit as gw
import pytest
from godwit.loader import load_module
from godwit_plugin_api.errors import GodwitError, InvalidInput

FLOW = """
    import dataclasses

    @dataclasses.dataclass
    class Point:
        x: int

    @gw.task
    def move(point: Point, by: int = 1) -> Point:
        return Point(x=point.x + by)

    @gw.task
    def page(text: str) -> gw.File:
        file = gw.File.new("page.html")
        file.path.write_text(text)
        return file

    @gw.task
    def length(file: gw.File) -> int:
        return len(file.path.read_text())

    @gw.task
    def fail() -> int:
        raise ValueError("no")

    @gw.workflow
    def moved(x: int, by: int = 2) -> Point:
        return move(point=move(point=Point(x=1), by=x), by=by)

    plan = gw.LaunchPlan(moved, fixed_inputs={"by": 10}, name="far")
"""


@pytest.fixture
def flow(write_source):
    return load_module(write_source(FLOW))


@pytest.fixture
def home(tmp_path):
    return gw.Home(tmp_path / "home")


def test_what_is_submitted_is_served_and_gives_what_a_call_gives(home, flow, tmp_path):
    file = tmp_path / "given.txt"
    file.write_text("four")
    moved = home.submit(flow.moved, {"x": 3}, name="first")
    assert moved == "first"
    task = home.submit(flow.move, {"point": flow.Point(x=5)})
    page = home.submit(flow.page, {"text": "<p>"})
    length = home.submit(flow.length, {"file": gw.File(file)}, priority=3, max_parallelism=1)
    far = home.submit(flow.plan, {"x": 1})
    with pytest.raises(TimeoutError, match="first has not ended: QUEUED"):
        home.result(flow.moved, moved, timeout_s=0)
    home.serve(workers=2, until_idle=True)
    assert home.result(flow.moved, moved) == flow.Point(x=6)
    assert home.result(flow.move, task) == flow.Point(x=6)
    assert home.result(flow.page, page).path.read_text() == "<p>"
    assert home.result(flow.length, length) == 4
    assert home.result(flow.plan, far) == flow.Point(x=12)


def test_it_may_be_served_by_a_thread(home, flow):
    name = home.submit(flow.moved, {"x": 3})
    thread = threading.Thread(target=lambda: home.serve(workers=1, until_idle=True))
    thread.start()
    assert home.result(flow.moved, name, timeout_s=60) == flow.Point(x=6)
    thread.join()


def test_what_failed_is_raised(home, flow):
    name = home.submit(flow.fail)
    home.serve(workers=1, until_idle=True)
    with pytest.raises(gw.ExecutionFailed, match="ValueError: no"):
        home.result(flow.fail, name)


def test_bad_input_is_refused_and_nothing_stored(home, flow):
    with pytest.raises(InvalidInput, match="there is no input y"):
        home.submit(flow.moved, {"y": 3})
    with pytest.raises(InvalidInput):
        home.submit(flow.moved, {"x": "three"})
    home.submit(flow.moved, {"x": 1}, name="taken")
    with pytest.raises(InvalidInput, match="taken already"):
        home.submit(flow.moved, {"x": 1}, name="taken")


def test_the_result_of_another_entity_is_not_given(home, flow):
    name = home.submit(flow.moved, {"x": 3})
    home.serve(workers=1, until_idle=True)
    with pytest.raises(InvalidInput, match=r"ran flow\.moved, not flow\.fail"):
        home.result(flow.fail, name)
    with pytest.raises(InvalidInput, match="No execution is named 'absent'"):
        home.result(flow.moved, "absent")


def test_a_home_that_nobody_has_used_has_no_results(home, flow):
    with pytest.raises(GodwitError, match="There is no database"):
        home.result(flow.moved, "any")
    assert not home.path.exists()


def test_the_folder_counts_from_the_working_directory(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert gw.Home("runs").path == tmp_path / "runs"
    monkeypatch.setenv("HOME", str(tmp_path))
    assert repr(gw.Home("~/.godwit")) == f"Home({str(tmp_path / '.godwit')!r})"


def test_the_backend_is_that_of_the_execution_else_of_the_home(home, flow):
    settings = home.path / "config.toml"
    home.path.mkdir()
    settings.write_text("[engine]\nbackend = 'heronry'\n")
    name = home.submit(flow.moved, {"x": 3}, backend="local")
    for needs_it in (lambda: home.submit(flow.moved, {"x": 3}), lambda: home.serve(until_idle=True)):
        with pytest.raises(GodwitError, match="heronry"):
            needs_it()
    settings.unlink()
    home.serve(workers=1, until_idle=True)
    assert home.result(flow.moved, name) == flow.Point(x=6)
