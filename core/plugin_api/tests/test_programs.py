"""Names in braces in the commands of runners stand for what this host has."""

import sys
from pathlib import Path

import pytest
from godwit_plugin_api import Kind, Manifest, Record
from godwit_plugin_api.errors import GodwitError
from godwit_plugin_api.loading import load_plugins
from godwit_plugin_api.programs import Programs


class Machine:
    """A program of several arguments."""

    def arguments(self):
        return [sys.executable, "-I", "-c"]


class Interpreter:
    """A program of one."""

    def arguments(self):
        return [sys.executable]


class Absent:
    """One that is not installed here."""

    def arguments(self):
        raise GodwitError("There is no machine here.", hint="Install one.", code="NO_MACHINE")


@pytest.fixture
def programs():
    records = tuple(
        Record(Kind.PROGRAM, name.lower(), f"{__name__}:{name}") for name in ("Machine", "Interpreter", "Absent")
    )
    return Programs(lambda: load_plugins(entry_points=False, extra=[Manifest("machines", 1, records)]))


def test_python_needs_no_plugin():
    def plugins():
        raise AssertionError("nobody asks")

    assert Programs(plugins).fill(["{python}", "-c", "x"]) == [sys.executable, "-c", "x"]


def test_a_name_alone_becomes_all_of_its_arguments(programs):
    assert programs.fill(["{machine}", "print(1)"]) == [sys.executable, "-I", "-c", "print(1)"]


def test_within_text_it_is_one_argument(programs):
    assert programs.fill(["env", "P={interpreter}"]) == ["env", f"P={sys.executable}"]
    with pytest.raises(GodwitError) as caught:
        programs.fill(["env", "P={machine}"])
    assert caught.value.code == "PROGRAM_NOT_ALONE"


def test_other_braces_are_text(programs):
    command = ["sh", "-c", "echo ${HOME} {nobody} '{\"a\": 1}'"]
    assert programs.fill(command) == command


def test_a_name_that_nobody_offers_says_what_is_installed(programs):
    (problem,) = programs.problems(["{nobody}"])
    assert "'nobody'" in problem
    assert "absent, interpreter, machine" in problem


def test_the_jvm_says_what_to_install(programs):
    (problem,) = programs.problems(["{jvm}"])
    assert "pip install godwit-jvm" in problem


def test_what_is_not_to_be_had_is_a_problem(programs):
    assert programs.problems(["{absent}"]) == ["There is no machine here. Install one."]
    (problem,) = programs.problems(["no-such-program-anywhere"])
    assert "no-such-program-anywhere" in problem
    assert programs.problems([str(Path(sys.executable))]) == []
