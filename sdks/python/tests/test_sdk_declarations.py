"""What can be declared, and what is refused at the declaration."""

import functools
import inspect
from datetime import timedelta
from typing import NamedTuple

import godwit as gw
import pytest
from godwit.docstring import parse_docstring
from godwit.errors import DeclarationError, OutputMismatch
from godwit.settings_spec import retry_message
from godwit.signature import MISSING, Shape
from hypothesis import given
from hypothesis import strategies as st


class Scores(NamedTuple):
    accuracy: float
    loss: float


def test_a_task_keeps_what_its_function_says_of_itself():
    @gw.task
    def train(c: float = 0.1) -> float:
        """Train a model."""
        return c

    assert train.__name__ == "train"
    assert train.__doc__ == "Train a model."
    assert inspect.signature(train).parameters["c"].default == 0.1


def test_signature_in_order_with_defaults_and_descriptions():
    @gw.task
    def train(rows: list[int], c: float = 0.1) -> Scores:
        """Train a model.

        Args:
            rows: what to learn from,
                in any order.
            c (float): inverse of the regularization.
        """
        return Scores(c, len(rows))

    signature = train.signature
    assert [(p.name, p.annotation) for p in signature.parameters] == [("rows", list[int]), ("c", float)]
    assert signature.parameters[0].default is MISSING
    assert signature.parameters[1].default == 0.1
    assert signature.parameters[0].description == "what to learn from, in any order."
    assert signature.parameters[1].description == "inverse of the regularization."
    assert [output.name for output in signature.outputs] == ["accuracy", "loss"]
    assert signature.shape is Shape.NAMED_TUPLE


def test_docstring_without_its_section_on_parameters():
    text = "Do it.\n\nAt length.\n\nArgs:\n    x: the x.\n\nReturns:\n    The y."
    parsed = parse_docstring(text)
    assert (parsed.summary, parsed.parameters) == ("Do it.", {"x": "the x."})
    assert parsed.description == "At length.\n\nReturns:\n    The y."


@pytest.mark.parametrize(
    ("value", "expected"), [((1, "x"), (1, "x")), ((1,), None), ([1, "x"], None), (1, None), (None, None)]
)
def test_what_a_function_returned_is_taken_apart(value, expected):
    @gw.task
    def two() -> tuple[int, str]:
        return 1, "x"

    if expected is not None:
        assert two.signature.unpack(value) == expected
        return
    with pytest.raises(OutputMismatch, match="tuple of 2 values"):
        two.signature.unpack(value)


def test_nothing_annotated_nothing_returned():
    @gw.task
    def nothing() -> None:
        """Do nothing."""

    assert nothing.signature.unpack(None) == ()
    with pytest.raises(OutputMismatch, match="got one of type int"):
        nothing.signature.unpack(3)


def bare(x):
    return x


def variadic(*xs: int) -> int:
    return sum(xs)


def keywords(**xs: int) -> int:
    return sum(xs.values())


def positional(x: int, /) -> int:
    return x


def generator(x: int) -> list[int]:
    yield x


@pytest.mark.parametrize(
    ("function", "code", "message"),
    [
        (bare, "UNANNOTATED_PARAMETER", r"Parameter x of task bare \(test_sdk_declarations.py:\d+\)"),
        (variadic, "VARIADIC_PARAMETER", r"\*xs"),
        (keywords, "VARIADIC_PARAMETER", r"\*\*xs"),
        (positional, "POSITIONAL_ONLY_PARAMETER", "positional-only"),
        (generator, "NOT_A_FUNCTION", "yields"),
        (3, "NOT_A_FUNCTION", "got 3"),
        (int, "NOT_A_FUNCTION", "int"),
        (functools.partial(int, base=2), "NOT_A_FUNCTION", "partial"),
    ],
)
def test_functions_that_cannot_be_tasks(function, code, message):
    with pytest.raises(DeclarationError, match=message) as caught:
        gw.task(function)
    assert caught.value.code == code


def test_an_async_workflow_is_refused():
    async def flow(x: int) -> int:
        return x

    with pytest.raises(DeclarationError) as caught:
        gw.workflow(flow)
    assert caught.value.code == "ASYNC_WORKFLOW"


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["a"], "OUTPUT_NAMES"),
        (["a", "a"], "DUPLICATE_OUTPUT"),
        (["a", "b", "c"], "OUTPUT_NAMES"),
        (["a", "1"], "OUTPUT_NAMES"),
    ],
)
def test_names_of_outputs_fit_the_annotation(names, code):
    @gw.task(outputs=names)
    def scores() -> Scores:
        return Scores(1, 2)

    with pytest.raises(DeclarationError) as caught:
        _ = scores.signature
    assert caught.value.code == code


def test_a_returned_value_needs_an_annotation():
    @gw.task
    def forgotten(x: int):
        if x:
            return x
        return None

    @gw.task
    def inner_only(x: int):
        def inner():
            return x

        inner()

    with pytest.raises(DeclarationError) as caught:
        _ = forgotten.signature
    assert caught.value.code == "UNANNOTATED_RETURN"
    assert inner_only.signature.outputs == ()


def test_an_annotation_that_cannot_be_resolved_is_named():
    @gw.task
    def lost(x: "Nowhere") -> int:  # noqa: F821 - the point of the test
        return x

    with pytest.raises(DeclarationError, match="Nowhere") as caught:
        _ = lost.signature
    assert caught.value.code == "UNRESOLVED_ANNOTATION"


@pytest.mark.parametrize(
    "declare",
    [
        lambda: gw.task(retries=-1),
        lambda: gw.task(retries=1001),
        lambda: gw.task(retries=True),
        lambda: gw.task(timeout=0),
        lambda: gw.task(timeout=float("nan")),
        lambda: gw.task(timeout="5s"),
        lambda: gw.task(cache="1"),
        lambda: gw.task(resources={"cpu": 1}),
        lambda: gw.task(secrets="token"),
        lambda: gw.task(secrets=[3]),
        lambda: gw.task(environment={"A": 1}),
        lambda: gw.workflow(failure_policy="FAIL_FAST"),
        lambda: gw.Cache(version=""),
        lambda: gw.Cache(version="1", ignored_inputs="x"),
        lambda: gw.Cache(version="1", ttl=-1),
        lambda: gw.Backoff(base=0),
        lambda: gw.Backoff(base=1, factor=0.5),
        lambda: gw.Backoff(base=1, jitter=2),
        lambda: gw.Retry(1, on=(3,)),
        lambda: gw.Retry(1, on=ValueError),
        lambda: gw.Resources(cpu=-1),
        lambda: gw.Resources(cpu="two"),
        lambda: gw.Resources(mem="1Zi"),
        lambda: gw.Resources(mem=-5),
        lambda: gw.Resources(gpu=-1),
        lambda: gw.Secret(""),
        lambda: gw.Timeouts(queue=timedelta(0)),
    ],
)
def test_settings_that_cannot_be(declare):
    with pytest.raises(DeclarationError) as caught:
        declare()
    assert caught.value.code == "INVALID_SETTING"


@pytest.mark.parametrize(
    ("text", "size"),
    [("1Gi", 2**30), ("512Mi", 2**29), ("1.5Gi", 3 * 2**29), ("2G", 2 * 10**9), ("100", 100), ("1k", 1000), (7, 7)],
)
def test_sizes(text, size):
    assert gw.Resources(mem=text, disk=text, shared_memory=text).memory_bytes == size


@pytest.mark.parametrize(("cores", "millis"), [(2, 2000), (0.5, 500), ("500m", 500), ("2", 2000), ("1.5", 1500)])
def test_cores(cores, millis):
    assert gw.Resources(cpu=cores).cpu_millis == millis


@given(st.integers(0, 2**62))
def test_a_number_of_bytes_is_itself(size):
    assert gw.Resources(mem=size).memory_bytes == size


def test_settings_are_data():
    cache = gw.Cache(version="1", ignored_inputs=["seed"])
    assert cache == gw.Cache(version="1", ignored_inputs=("seed",))
    with pytest.raises(AttributeError, match="immutable"):
        cache.version = "2"


def test_an_ignored_input_must_be_there():
    @gw.task(cache=gw.Cache(version="1", ignored_inputs=("sed",)))
    def train(seed: int) -> int:
        return seed

    with pytest.raises(DeclarationError, match="ignores input sed"):
        _ = train.signature


def test_retries_name_exception_classes():
    class FlakyError(Exception): ...

    retry = gw.Retry(3, backoff=gw.Backoff(base=2, cap=60, jitter=0.1), on=(ValueError, FlakyError, "TIMEOUT_ATTEMPT"))
    message = retry_message(retry)
    assert list(message.retry_on) == ["ValueError", f"{__name__}.{FlakyError.__qualname__}", "TIMEOUT_ATTEMPT"]
    assert (message.backoff_base.seconds, message.backoff_cap.seconds, message.backoff_factor) == (2, 60, 2.0)
    assert not message.HasField("max_infrastructure_retries")
