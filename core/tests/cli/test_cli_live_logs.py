"""Logs of attempts under way: read from another process, followed line by line."""

import os

import pytest

SOURCE = """
    import asyncio

    import godwit as gw

    def wait(folder: str, name: str) -> None:
        with open(f"{folder}/{name}") as gate:
            gate.read()

    @gw.task
    def talk(folder: str, name: str) -> str:
        print(name, "one")
        wait(folder, name)
        print(name, "two")
        print(name, "no end of line", end="")
        return name

    @gw.task
    async def talk_together(folder: str, name: str) -> str:
        print(name, "one")
        await asyncio.to_thread(wait, folder, name)
        print(name, "two")
        print(name, "no end of line", end="")
        return name

    @gw.task
    def join(texts: list[str]) -> str:
        return " ".join(texts)

    @gw.workflow
    def alone(folder: str) -> str:
        return talk(folder=folder, name="a")

    @gw.workflow
    def together(folder: str) -> str:
        return join(texts=[talk_together(folder=folder, name=name) for name in ("a", "b")])

    @gw.workflow
    def items(folder: str) -> str:
        return join(texts=gw.map_task(talk)(folder=folder, name=gw.each(["a", "b"])))

    @gw.workflow
    def items_together(folder: str) -> str:
        return join(texts=gw.map_task(talk_together)(folder=folder, name=gw.each(["a", "b"])))
"""


class Talk:
    """An execution whose attempts each wait at a gate, with what follows their logs."""

    def __init__(self, godwit, entity, names):
        self.godwit = godwit
        godwit.write("talks.py", SOURCE)
        for name in names:
            os.mkfifo(godwit.folder / name)
        arguments = ("--folder", godwit.folder, "--workers", "2", "--execution-name", entity)
        self.name = entity
        self.run = godwit.start("run", "talks.py", entity, *arguments)
        godwit.wait(lambda: godwit("executions", "show", entity).returncode == 0 or self.run.poll() is not None)

    def follow(self, *more):
        return self.godwit.start("executions", "logs", self.name, *more, "--follow")

    def release(self, name):
        with (self.godwit.folder / name).open("w"):
            pass

    def end(self):
        out, err = self.run.communicate(timeout=60)
        assert self.run.returncode == 0, out + err


def lines(process, count):
    return [process.stdout.readline().rstrip("\n") for _ in range(count)]


def test_lines_are_shown_as_they_come_and_it_ends_with_the_attempt(godwit):
    talk = Talk(godwit, "alone", ["a"])
    following = talk.follow("n0")
    assert lines(following, 2) == ["--- n0", "a one"]
    only = talk.follow("n0", "--attempt", "1")
    assert lines(only, 1) == ["a one"]
    assert godwit("executions", "logs", "alone").stdout == "--- n0\na one\n"
    (told,) = godwit.json("executions", "logs", "alone")["logs"]
    assert told == {"node": "n0", "attempt": 1, "text": "a one\n", "ended": False}
    talk.release("a")
    assert following.communicate(timeout=60)[0] == "a two\na no end of line\n"
    assert only.communicate(timeout=60)[0] == "a two\na no end of line\n"
    talk.end()
    (told,) = godwit.json("executions", "logs", "alone")["logs"]
    assert told == {"node": "n0", "attempt": 1, "text": "a one\na two\na no end of line", "ended": True}


@pytest.mark.parametrize(
    ("entity", "a", "b"),
    [("together", "n0", "n1"), ("items", "n0/[0]", "n0/[1]"), ("items_together", "n0/[0]", "n0/[1]")],
)
def test_each_of_several_under_way_has_its_own(godwit, entity, a, b):
    talk = Talk(godwit, entity, ["a", "b"])
    of_a, of_b = talk.follow(a), talk.follow(b)
    assert lines(of_a, 2) == [f"--- {a}", "a one"]
    assert lines(of_b, 2) == [f"--- {b}", "b one"]
    talk.release("a")
    assert of_a.communicate(timeout=60)[0] == "a two\na no end of line\n"
    assert of_b.poll() is None
    everything = {one["node"]: (one["text"], one["ended"]) for one in godwit.json("executions", "logs", entity)["logs"]}
    assert everything == {a: ("a one\na two\na no end of line", True), b: ("b one\n", False)}
    of_all = talk.follow()
    expected = [f"--- {a}", "a one", "a two", "a no end of line", f"--- {b}", "b one"]
    assert sorted(lines(of_all, len(expected))) == sorted(expected)
    talk.release("b")
    assert of_b.communicate(timeout=60)[0] == "b two\nb no end of line\n"
    assert of_all.communicate(timeout=60)[0] == "b two\nb no end of line\n"
    talk.end()


def test_what_an_attempt_wrote_is_there_when_its_engine_was_killed(godwit):
    talk = Talk(godwit, "alone", ["a"])
    following = talk.follow("n0")
    assert lines(following, 2) == ["--- n0", "a one"]
    talk.run.kill()
    talk.run.communicate(timeout=60)
    assert following.communicate(timeout=60)[0] == ""
    assert godwit("executions", "logs", "alone").stdout == "--- n0\na one\n"
