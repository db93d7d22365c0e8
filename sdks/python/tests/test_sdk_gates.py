"""Gates: approvals, inputs on the way, and sleeps."""

import io
from datetime import timedelta

import godwit as gw
import pytest
from godwit.errors import DeclarationError
from godwit.expression import Constant, InputReference, OutputReference
from godwit.loader import load_module
from godwit_plugin_api.errors import InvalidInput


@gw.task
def add(x: int, y: int = 1) -> int:
    return x + y


@gw.task
def pair(x: int) -> tuple[int, str]:
    return x, str(x)


def test_gates_are_nodes_that_others_wait_for():
    @gw.workflow
    def flow(x: int, pause: timedelta) -> int:
        first = pair(x=x)
        agreed = gw.approve("Go on?", timeout=60, name="the boss", after=first)
        rate = gw.wait_for_input(int, name="rate", prompt="Which?", timeout=timedelta(hours=1), after=agreed)
        slept = gw.sleep(pause, after=(first[0], agreed))
        gw.sleep(0.5)
        return add.after(slept)(x=rate)

    _, approve, signal, sleep, half, last = flow.trace.nodes
    assert (approve.after, approve.prompt, approve.name) == (("n0",), "Go on?", "the boss")
    assert approve.timeout == timedelta(minutes=1)
    assert (signal.after, signal.signal, signal.prompt) == (("n1",), "rate", "Which?")
    assert (signal.annotation, signal.timeout) == (int, timedelta(hours=1))
    assert (sleep.after, sleep.duration) == (("n0", "n1"), InputReference("pause"))
    assert half.duration == Constant(timedelta(seconds=0.5), timedelta)
    assert last.inputs == (("x", OutputReference("n2", "value")),)


def test_gates_stand_in_branches():
    @gw.workflow
    def flow(x: int) -> int:
        return gw.conditional(x > 3, then=lambda: gw.wait_for_input(int), otherwise=lambda: x)

    (branch,) = flow.trace.nodes
    assert branch.signature.outputs[0].annotation is int


@pytest.mark.parametrize("gate", [gw.approve, lambda: gw.wait_for_input(int), lambda: gw.sleep(1)])
def test_gates_stand_in_workflows_alone(gate):
    with pytest.raises(DeclarationError) as caught:
        gate()
    assert caught.value.code == "NOT_IN_A_WORKFLOW"


@pytest.mark.parametrize(
    ("gate", "words"),
    [
        (lambda _: gw.approve(timeout=0), "longer than zero"),
        (lambda _: gw.approve(3), "prompt"),
        (lambda _: gw.wait_for_input(int, timeout="1h"), "a timedelta or a number of seconds"),
        (lambda _: gw.wait_for_input(int, name=3), "name"),
        (gw.sleep, "takes a timedelta; got a promise of int"),
        (lambda _: gw.sleep(-1), "longer than zero"),
        (lambda _: gw.approve(after=3), "`after` takes results of calls"),
    ],
)
def test_settings_that_are_none(gate, words):
    @gw.workflow
    def flow(x: int) -> None:
        gate(x)

    with pytest.raises(InvalidInput, match=words):
        _ = flow.trace


FLOW = """
    from datetime import timedelta

    @gw.task
    def add(x: int, y: int = 1) -> int:
        return x + y

    @gw.workflow
    def asking(x: int) -> int:
        gate = gw.approve("Add?", timeout=3600, name="boss")
        y = gw.wait_for_input(int, name="y", prompt="How much?", after=gate)
        return add(x=x, y=y)

    @gw.workflow
    def resting(pause: timedelta) -> int:
        return add.after(gw.sleep(pause), gw.sleep(0.001))(x=1)

    @gw.workflow
    def impatient() -> int:
        return gw.wait_for_input(int, timeout=0.01)

    @gw.workflow
    def twice(x: int) -> tuple[int, int]:
        return asking(x=x), asking(x=x)
"""


def test_the_specs_of_gates(load_source):
    bundle = load_source(FLOW).registration().bundle
    specs = {spec.id.name: spec for spec in bundle.workflows}
    approve, signal, _ = specs["flow.asking"].body.nodes
    assert (approve.display_name, approve.approve.prompt, approve.approve.timeout.seconds) == ("boss", "Add?", 3600)
    assert (signal.signal.name, signal.signal.prompt, list(signal.after)) == ("y", "How much?", ["n0"])
    assert not signal.signal.HasField("timeout")
    assert signal.display_name == "y"
    first, second, _ = specs["flow.resting"].body.nodes
    assert first.display_name == "sleep"
    assert first.sleep.duration.workflow_input == "pause"
    assert second.sleep.duration.literal.duration.nanos == 1_000_000


@pytest.fixture
def flows(write_source):
    return load_module(write_source(FLOW, "gated_flows.py"))


def test_answers_are_given_beforehand(flows):
    with gw.answers(boss=True, y=40):
        assert flows.asking(x=2) == 42
        with gw.answers({"n1/n1": 5}):
            assert flows.twice(x=2) == (42, 7)
    with gw.answers(boss=False, y=1), pytest.raises(gw.ExecutionFailed) as caught:
        flows.asking(x=2)
    assert caught.value.code == "REJECTED"


def test_sleeps_pass_and_limits_end_the_wait(flows):
    assert flows.resting(pause=timedelta(milliseconds=2)) == 2
    with pytest.raises(gw.ExecutionFailed) as caught:
        flows.impatient()
    assert caught.value.code == "TIMEOUT_GATE"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"boss": "yes"}, "waits for a yes or no, True or False; got 'yes'"),
        ({"boss": True, "y": "many"}, "expected int, got str 'many'"),
    ],
)
def test_answers_that_do_not_fit_are_refused(flows, given, words):
    with gw.answers(given), pytest.raises(InvalidInput, match=words):
        flows.asking(x=1)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_gates_ask_on_the_terminal(flows, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", Terminal("maybe\nyes\nmany\n7\n"))
    assert flows.asking(x=2) == 9
    asked = capsys.readouterr().err
    assert "n0: Add? (yes or no) " in asked
    assert "Expected yes or no; got 'maybe'." in asked
    assert 'Expected int; got the text "many".' in asked
    assert "n1: How much? (int) " in asked


def test_values_of_all_types_are_read_from_the_terminal(write_source, monkeypatch):
    text = """
    from dataclasses import dataclass
    from datetime import timedelta

    @dataclass
    class Point:
        x: int

    @gw.workflow
    def flow() -> tuple[Point, list[float], timedelta, str]:
        return tuple(gw.wait_for_input(of) for of in (Point, list[float], timedelta, str))
    """
    flows = load_module(write_source(text, "typed_gates.py"))
    monkeypatch.setattr("sys.stdin", Terminal('{"x": 1}\n[1, 2.5]\n90s\n12\n'))
    assert flows.flow() == (flows.Point(1), [1.0, 2.5], timedelta(seconds=90), "12")


def test_nobody_to_ask_is_an_error(write_source, monkeypatch):
    flows = load_module(write_source(FLOW.replace(", timeout=3600", ""), "lonely_flows.py"))
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(InvalidInput, match="nobody to ask") as caught:
        flows.asking(x=1)
    assert caught.value.code == "NOBODY_TO_ASK"
