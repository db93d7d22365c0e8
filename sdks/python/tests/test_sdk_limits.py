"""What a task says of its memory, its queue, and how many of it may run."""

import godwit as gw
import pytest
from godwit.errors import DeclarationError
from godwit.settings_spec import retry_message

GIB = 2**30


def test_memory_grows_as_declared():
    @gw.task(retries=2, resources=gw.Resources(mem="1Gi"), on_oom=gw.grow(2, max="16Gi"))
    def train() -> int:
        return 1

    message = retry_message(train.settings.retries)
    assert (message.max_retries, message.memory_growth, message.max_memory_bytes) == (2, 2.0, 16 * GIB)


def test_growth_may_stand_in_the_retries():
    retry = gw.Retry(1, on_oom=gw.grow(max="4Gi"))
    assert retry_message(retry).memory_growth == 2
    assert retry_message(gw.Retry(1)).memory_growth == 0


def test_a_call_that_says_how_often_it_is_tried_leaves_the_growth():
    @gw.task(resources=gw.Resources(mem="1Gi"), on_oom=gw.grow(2, max="16Gi"))
    def train() -> int:
        return 1

    assert train.with_overrides(retries=5)._overrides.retries == gw.Retry(5, on_oom=gw.grow(2, max="16Gi"))
    own = gw.Retry(5, on_oom=gw.grow(3, max="9Gi"))
    assert train.with_overrides(retries=own)._overrides.retries == own


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"on_oom": lambda: gw.grow(2, max="16Gi")}, "Resources"),
        ({"on_oom": lambda: gw.grow(2, max="1Mi"), "resources": gw.Resources(mem="2Mi")}, "at least Resources.mem"),
        ({"on_oom": lambda: 2, "resources": gw.Resources(mem="2Mi")}, "gw.grow"),
        ({"on_oom": lambda: gw.grow(1, max="1Mi")}, "from 1.1"),
        ({"on_oom": lambda: gw.grow(float("inf"), max="1Mi")}, "from 1.1"),
        ({"on_oom": lambda: gw.grow(True, max="1Mi")}, "from 1.1"),
        ({"on_oom": lambda: gw.grow(2, max="much")}, "bytes"),
        ({"on_oom": lambda: gw.grow(2, max=0)}, "above zero"),
    ],
)
def test_what_makes_no_sense_is_refused(settings, expected):
    def declare():
        return gw.task(on_oom=settings["on_oom"](), resources=settings.get("resources"))(lambda: None)

    with pytest.raises(DeclarationError, match=expected) as caught:
        declare()
    assert caught.value.code == "INVALID_SETTING"


def test_queue_and_concurrency_are_kept():
    @gw.task(max_concurrency=3, queue="gpu")
    def train() -> int:
        return 1

    assert (train.settings.max_concurrency, train.settings.queue) == (3, "gpu")


@pytest.mark.parametrize(
    "settings",
    [{"max_concurrency": 0}, {"max_concurrency": True}, {"max_concurrency": "3"}, {"queue": "a=b"}, {"queue": " a"}],
)
def test_limits_that_make_no_sense_are_refused(settings):
    with pytest.raises(DeclarationError) as caught:
        gw.task(**settings)(lambda: None)
    assert caught.value.code == "INVALID_SETTING"
