"""Tasks that the engine does by itself."""

from datetime import timedelta

import godwit as gw
import pytest
from godwit.loader import load_module
from godwitidl.core.v1.task_pb2 import NATIVE_KIND_ECHO, NATIVE_KIND_NOOP, NATIVE_KIND_SLEEP, NativeTask

FLOW = """
    from datetime import timedelta

    @gw.workflow
    def flow(value: int, values: list[int]) -> tuple[int, list[int], list[str]]:
        pause = gw.native.sleep.node(duration=timedelta(milliseconds=1))
        gw.native.noop.after(pause)()
        number = gw.native.echo(int)(value=value)
        return number, gw.native.echo(list[int])(value=values), gw.map_task(gw.native.echo(str))(value=["a", "b"])
"""


def test_native_tasks_have_a_payload_and_no_program(load_source):
    tasks = load_source(FLOW).registration("flow").bundle.tasks
    kinds = {}
    for task in tasks:
        payload = NativeTask()
        assert task.payload.Unpack(payload)
        kinds[task.id.name] = payload.kind
        assert task.backend == "engine"
        assert not task.HasField("program")
        assert not task.HasField("source")
    assert kinds == {
        "godwit.native.echo.int": NATIVE_KIND_ECHO,
        "godwit.native.echo.list[int]": NATIVE_KIND_ECHO,
        "godwit.native.echo.str": NATIVE_KIND_ECHO,
        "godwit.native.noop": NATIVE_KIND_NOOP,
        "godwit.native.sleep": NATIVE_KIND_SLEEP,
    }


def test_they_run_embedded(write_source):
    flows = load_module(write_source(FLOW, "native_flows.py"))
    assert flows.flow(value=3, values=[1, 2]) == (3, [1, 2], ["a", "b"])


@pytest.mark.parametrize("value", [3, "a"])
def test_outside_of_a_workflow_they_are_python(value):
    assert gw.native.echo(type(value))(value=value) == value
    assert gw.native.noop() is None
    assert gw.native.sleep(duration=timedelta(microseconds=1)) is None
