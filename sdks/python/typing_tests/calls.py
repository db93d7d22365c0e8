"""What a type checker infers of calls, in a workflow's body and outside of it.

A line on which errors are expected ends with a comment: `# error: mypy, pyright` names the checkers that must see one.
"""

import dataclasses
from datetime import timedelta
from typing import NamedTuple, assert_type

import godwit as gw


@dataclasses.dataclass
class Settings:
    """Hyper-parameters."""

    rate: float
    tags: list[str]


class Scores(NamedTuple):
    """Outputs with names."""

    accuracy: float
    names: dict[str, Settings]


@gw.task
def train(settings: Settings, rounds: int = 3) -> Scores:
    """Declared without settings."""
    return Scores(settings.rate * rounds, {})


@gw.task(retries=gw.Retry(2, backoff=gw.Backoff(base=1)), cache=gw.Cache(version="1"), timeout=timedelta(minutes=1))
def split(rows: list[int]) -> tuple[list[int], list[int]]:
    """Declared with settings."""
    return rows, rows


@gw.task
def publish(path: str) -> None:
    """Give nothing."""


@gw.task
async def fetch(url: str) -> bytes:
    """Fetch without blocking."""
    return url.encode()


@gw.task(secrets=["token", gw.Secret("other")], environment={"A": "1"})
async def fetch_more(url: str) -> bytes:
    """Fetch without blocking, with settings."""
    return url.encode()


@gw.workflow
def flow(rate: float, rows: list[int]) -> float:
    """Use everything."""
    left, right = split(rows=rows)
    assert_type(left, list[int])
    scores = train(settings=Settings(rate=rate, tags=["a"]))
    assert_type(scores, Scores)
    assert_type(scores.accuracy, float)
    assert_type(scores.names["a"].tags[0], str)
    stubborn = train.with_overrides(retries=5, resources=gw.Resources(cpu=2, mem="1Gi"), name="try hard")
    assert_type(stubborn(settings=Settings(rate=0.5, tags=[]), rounds=2).accuracy, float)
    first = publish.node(path="a")
    assert_type(first.result, None)
    publish.after(first, right)(path="b")
    assert_type(train.node(settings=Settings(rate=1, tags=[])).result, Scores)
    assert_type(fetch(url="x"), bytes)
    assert_type(gw.is_none(scores), bool)
    assert_type(scores.accuracy > rate, bool)
    assert_type(gw.drop_none([1, None]), list[int])
    return scores.accuracy


@gw.workflow
def maps(rows: list[list[int]], settings: list[Settings]) -> None:
    """Map over lists."""
    mapped = gw.map_task(split, concurrency=2)(rows=rows)
    assert_type(mapped, tuple[list[list[int]], list[list[int]]])
    assert_type(gw.map_task(fetch)(url=["a", "b"]), list[bytes])
    assert_type(gw.map_task(fetch, min_success_ratio=0.5)(url=["a"]), list[bytes | None])
    assert_type(gw.map_task(publish, min_successes=1)(path=["a"]), None)
    assert_type(gw.each(settings), list[Settings])
    gw.map_task(train.with_overrides(retries=2))(settings=settings, rounds=gw.bound(3))
    gw.map_task(train)(settings=settings, rounds=gw.from_item(lambda item: item.settings.rounds))
    assert_type(gw.map_task(nests)(), list[float])
    assert_type(gw.map_task(gw.LaunchPlan(nests), min_successes=1)(), list[float | None])


@gw.workflow
def branches(rate: float) -> float:
    """Choose between calls."""
    chosen = gw.conditional(rate > 1, then=lambda: fetch(url="a"), otherwise=lambda: gw.fail("no"))
    assert_type(chosen, bytes)
    scores = gw.conditional(
        cases=[(rate > 1, lambda: train(settings=Settings(rate=rate, tags=[])))],
        otherwise=lambda: Scores(rate, {}),
    )
    assert_type(scores, Scores)
    return scores.accuracy


@gw.workflow(failure_policy=gw.FailurePolicy.RUN_WHAT_CAN_RUN, outputs=["best"])
def outer(rate: float = 0.5) -> float:
    """Call another workflow."""
    inner = flow.after(fetch(url="x")).with_overrides(name="inner")(rate=rate, rows=[1])
    assert_type(inner, float)
    return inner


@gw.task
def tell(error: gw.ErrorInfo, rate: float = 0.0) -> None:
    """Tell of a failure."""
    assert_type(error.code, str)
    publish(path=f"{error.node} {rate}")


@gw.workflow(on_failure=tell, run_on_abort=True)
def handled(rate: float) -> float:
    """Have failures handled."""
    return outer(rate=rate)


@gw.workflow
def gates() -> int:
    """Wait for answers."""
    agreed = gw.approve("Go on?", timeout=60, after=fetch(url="a"))
    rounds = gw.wait_for_input(int, name="rounds", after=agreed)
    assert_type(rounds, int)
    assert_type(gw.wait_for_input(list[str]), list[str])
    pause = gw.sleep(timedelta(seconds=1), after=(agreed, rounds))
    publish.after(pause)(path="a")
    return rounds


plan = gw.LaunchPlan(outer, name="acme.plan", default_inputs={"rate": 0.25})
built = gw.Workflow(description="Built by calls.")
built.add_output("rate", built.add(outer, rate=built.add_input("rate", float)))


@gw.workflow
def around() -> float:
    """Call a launch plan, and native tasks."""
    pause = gw.native.sleep.node(duration=timedelta(seconds=1))
    assert_type(gw.native.echo(int).after(pause)(value=3), int)
    gw.native.noop()
    return plan.after(pause)(rate=1.0)


async def outside() -> None:
    """Call outside of a workflow."""
    assert_type(train(settings=Settings(rate=1, tags=[])), Scores)
    assert_type(fetch(url="x"), bytes)
    assert_type(await fetch.aio(url="x"), bytes)
    assert_type(await fetch_more.aio(url="x"), bytes)
    assert_type(await split.aio(rows=[1]), tuple[list[int], list[int]])
    assert_type(outer(), float)
    assert_type(plan(), float)


def choose(value: int | None) -> int:
    """Choose a default."""
    assert_type(gw.coalesce(value, 3), int)
    assert_type(gw.is_in(value, [1, None]), bool)
    return gw.coalesce(value, 3)


@dataclasses.dataclass(frozen=True)
class Nest(gw.TaskConfig):
    """A plugin's config."""

    place: str = "dune"
    backend = "nest"
    other_backends = ("local",)

    def default_resources(self) -> gw.Resources:
        """Return what is needed."""
        return gw.Resources(cpu=1)


@gw.task(task_config=Nest("reed"), retries=1)
def brood(eggs: int) -> Settings:
    """Declared with a config."""
    return Settings(float(eggs), [])


counted = gw.declare_task("counted", inputs={"day": timedelta}, outputs=Scores, task_config=Nest(), cache=True)
swept = gw.declare_task("swept", task_config=Nest())
pairs = gw.declare_task("pairs", outputs={"rows": int, "page": str}, task_config=Nest(), retries=gw.Retry(2))


@gw.workflow
def nests() -> float:
    """Use configs."""
    assert_type(brood(eggs=2), Settings)
    assert_type(brood.with_overrides(task_config=Nest("sand"))(eggs=2).rate, float)
    assert_type(counted(day=timedelta(1)), Scores)
    assert_type(swept.node().result, None)
    assert_type(gw.map_task(brood)(eggs=[1]), list[Settings])
    rows, page = pairs.after(swept())()
    fetch(url=page)
    return counted(day=rows).accuracy


def kept(home: gw.Home) -> None:
    """Ask for results of what was left in a home."""
    assert_type(home.submit(nests, {}, priority=1), str)
    assert_type(home.result(nests, "name"), float)
    assert_type(home.result(brood, "name", timeout_s=3), Settings)
