"""A small project whose code hangs together in every way that Python knows, and edits of it."""

FILES = {
    "pyproject.toml": '[project]\nname = "mutated"\n',
    "tasks.py": """
from __future__ import annotations

import functools
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import fakelib
import godwit as gw
import helpers
import pkg.deep.leaf
import pkg.deep.leaf as leaf
from constants import LIMIT, NESTED, TABLE
from constants import OTHER as RENAMED
from decorators import plain, registered, tuned
from pkg import exported
from shapes import Child, Config, Point
from stars import *

if TYPE_CHECKING:
    from typed_only import Never

log = logging.getLogger(__name__)
AUTO = gw.Cache(version="auto")
OFFSET = 1
PAIR = (OFFSET, 2)
COUNTER = 0


def lonely(x):
    return x


def local_helper(x, step=10):
    return x + step


def with_inner(x):
    def inner(y):
        return y + 100

    return (lambda z: z + 1000)(inner(x))


@dataclass
class Settings:
    rate: float = 0.5
    names: list[str] = field(default_factory=list)


def count():
    global COUNTER
    COUNTER += 1
    return COUNTER


@gw.task(cache=AUTO, retries=1)
def alone(x: int) -> int:
    "Return it."
    return x  # nothing else


@gw.task(cache=AUTO)
def uses_helper(x: int) -> int:
    return helpers.double(x)


@gw.task(cache=AUTO)
def uses_constants(x: int) -> int:
    return x + LIMIT + PAIR[0]


@gw.task(cache=AUTO)
def uses_table(x: int) -> int:
    return TABLE["a"] + RENAMED


@gw.task(cache=AUTO)
def uses_nested(x: int) -> int:
    return NESTED["a"][0]


@gw.task(cache=AUTO)
def uses_local(x: int) -> int:
    return local_helper(x)


@gw.task(cache=AUTO)
def uses_inner(x: int) -> int:
    return with_inner(x)


@gw.task(cache=AUTO)
@tuned
def uses_decorator(x: int) -> int:
    return x


@gw.task(cache=AUTO)
def uses_default(x: int, y: int = OFFSET) -> int:
    return x + y


@gw.task(cache=AUTO)
def uses_class(x: int) -> int:
    return Point(x).length()


@gw.task(cache=AUTO)
def uses_inheritance(x: int) -> int:
    return Child().base(x)


@gw.task(cache=AUTO)
def takes_config(config: Config) -> int:
    return config.size()


@gw.task(cache=AUTO)
def uses_settings(x: int) -> float:
    return Settings().rate


@gw.task(cache=AUTO)
def uses_reexport(x: int) -> int:
    return exported(x)


@gw.task(cache=AUTO)
def uses_star(x: int) -> int:
    return starred(x)


@gw.task(cache=AUTO)
def uses_chain(x: int) -> int:
    return pkg.deep.leaf.bottom(x) + leaf.other_bottom(x)


@gw.task(cache=AUTO)
def uses_dependency(x: int) -> int:
    return fakelib.compute(x)


@gw.task(cache=AUTO)
def imports_inside(x: int) -> int:
    from inside import hidden

    import fakelib_two.part

    return hidden(x) + fakelib_two.part.compute(x)


@gw.task(cache=AUTO)
def shadows(x: int) -> int:
    local_helper = x
    return local_helper


@gw.task(cache=AUTO)
def calls_task(x: int) -> int:
    log.info("x")
    return uses_local(x)


@gw.task(cache=AUTO, environment={"MODE": "fast"})
def has_environment(x: int) -> int:
    return x


class Namespace:
    @staticmethod
    @gw.task(cache=AUTO)
    def in_class(x: int) -> int:
        return x + OFFSET


@gw.workflow
def flow(x: int) -> int:
    return uses_helper(x)


if __name__ == "__main__":
    print(flow(x=1))
""",
    "helpers.py": """
import math

from constants import FACTOR


def double(x):
    return scale(x, 2)


def scale(x, by):
    return x * by * FACTOR


def unused(x):
    return math.sqrt(x)


def parity(x):
    return x % 2
""",
    "constants.py": """
LIMIT = 10
FACTOR = 1
OTHER = 3
UNUSED = 4
TABLE = {"a": 1, "b": 2}
NESTED = {"a": [1]}
""",
    "decorators.py": """
import functools

STRENGTH = 2
REGISTRY = {}


def tuned(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs) * STRENGTH

    return wrapper


def plain(function):
    return function


def registered(function):
    REGISTRY[function.__name__] = function
    return function
""",
    "shapes.py": """
from abc import ABC, abstractmethod
from dataclasses import dataclass


class Root(ABC):
    @abstractmethod
    def base(self, x): ...


class Base(Root):
    def base(self, x):
        return x + 1


class Child(Base):
    pass


class Point:
    unit = 1
    doubled = unit * 2

    def __init__(self, x):
        self.x = x

    def length(self):
        return abs(self.x) * self.unit

    @property
    def half(self):
        return self.x / 2

    @half.setter
    def half(self, value):
        self.x = value * 2


@dataclass
class Config:
    width: int = 3

    def size(self):
        return self.width
""",
    "stars.py": """
from star_source import *
""",
    "star_source.py": """
__all__ = ["starred"]


def starred(x):
    return x + 7


def _private(x):
    return x
""",
    "typed_only.py": "class Never: ...\n",
    "inside.py": "def hidden(x):\n    return x\n\n\ndef beside(x):\n    return x\n",
    "pkg/__init__.py": "from .impl import exported\nfrom .impl import spare\n",
    "pkg/impl.py": "def exported(x):\n    return x + 5\n\n\ndef spare(x):\n    return x\n",
    "pkg/deep/__init__.py": "",
    "pkg/deep/leaf.py": "def bottom(x):\n    return x\n\n\ndef other_bottom(x):\n    return -x\n",
    "asking.py": """
import godwit as gw
import reached

AUTO = gw.Cache(version="auto")


def spare(x):
    return x


@gw.task(cache=AUTO)
def asks(x: int, name: str) -> int:
    return getattr(reached.Thing(), name)(x)
""",
    "importing_one.py": """
import importlib

import godwit as gw


@gw.task(cache=gw.Cache(version="auto"))
def imports_one(x: int) -> int:
    return importlib.import_module("plugins.first").run(x)
""",
    "importing_some.py": """
from importlib import import_module as load

import godwit as gw


@gw.task(cache=gw.Cache(version="auto"))
def imports_some(x: int, name: str) -> int:
    return load(f"plugins.{name}").run(x)
""",
    "importing_any.py": """
import importlib

import godwit as gw


@gw.task(cache=gw.Cache(version="auto"))
def imports_any(x: int, name: str) -> int:
    return importlib.import_module(name).run(x)
""",
    "evaluating.py": """
import godwit as gw
import reached


@gw.task(cache=gw.Cache(version="auto"))
def evaluates(x: int, text: str) -> int:
    return eval(text)
""",
    "passing.py": """
import godwit as gw
import reached


@gw.task(cache=gw.Cache(version="auto"))
def passes_module(x: int) -> int:
    return len(dir(reached))
""",
    "reached.py": """
import below


class Thing:
    def run(self, x):
        return x


def beside(x):
    return x
""",
    "below.py": "DEPTH = 1\n",
    "unrelated.py": "VALUE = 1\n",
    "plugins/__init__.py": "",
    "plugins/first.py": "def run(x):\n    return x\n",
    "plugins/second.py": "def run(x):\n    return -x\n",
    "effects.py": """
import godwit as gw
import patches
from decorators import plain, registered
from handlers import lookup

AUTO = gw.Cache(version="auto")


@plain
def harmless(x):
    return x


@registered
def remembered(x):
    return x


@gw.task(cache=AUTO)
def simple(x: int) -> int:
    return x


@gw.task(cache=AUTO)
def looks_up(x: int) -> int:
    return lookup("remembered")(x)
""",
    "handlers.py": """
from decorators import REGISTRY


def lookup(name):
    return REGISTRY[name]
""",
    "patches.py": """
import patched

patched.VALUE = 2


def beside():
    return 1
""",
    "held.py": """
ITEMS = []


class Base:
    known = []

    def __init_subclass__(cls):
        Base.known.append(cls)
""",
    "extending.py": """
from held import ITEMS, Base

ITEMS += [1]


class Derived(Base):
    size = 1
""",
    "reading.py": """
import extending
import godwit as gw
from held import ITEMS, Base


@gw.task(cache=gw.Cache(version="auto"))
def reads_items(x: int) -> int:
    return ITEMS[0]


@gw.task(cache=gw.Cache(version="auto"))
def reads_known(x: int) -> int:
    return Base.known[0].size
""",
    "patched.py": "VALUE = 1\nOTHER = 1\n",
    "mutable.py": """
import godwit as gw

AUTO = gw.Cache(version="auto")
SEEN = []
COUNT = 0


def add(x):
    SEEN.append(x)


def step():
    global COUNT
    COUNT += 1


@gw.task(cache=AUTO)
def reads_seen(x: int) -> int:
    return len(SEEN)


@gw.task(cache=AUTO)
def reads_count(x: int) -> int:
    return COUNT


@gw.task(cache=AUTO)
def reads_nothing(x: int) -> int:
    return x
""",
}
"""The project, by path."""

TASKS = {
    "tasks": [
        "alone", "uses_helper", "uses_constants", "uses_table", "uses_nested", "uses_local", "uses_inner",
        "uses_decorator", "uses_default", "uses_class", "uses_inheritance", "takes_config", "uses_settings",
        "uses_reexport", "uses_star", "uses_chain", "uses_dependency", "imports_inside", "shadows", "calls_task",
        "has_environment", "Namespace",
    ],
    "asking": ["asks"],
    "importing_one": ["imports_one"],
    "importing_some": ["imports_some"],
    "importing_any": ["imports_any"],
    "evaluating": ["evaluates"],
    "passing": ["passes_module"],
    "effects": ["simple", "looks_up"],
    "reading": ["reads_items", "reads_known"],
    "mutable": ["reads_seen", "reads_count", "reads_nothing"],
}  # fmt: skip
"""Tasks by module."""

ANY = "imports_any"
"""The task that imports whatever it is told: everything in the project counts."""

EDITS = [
    # (what, file, before, after, tasks that run again beside ANY)
    ("a comment", "tasks.py", "# nothing else", "# something", ""),
    ("a blank line", "tasks.py", "\n\ndef lonely", "\n\n\n\ndef lonely", ""),
    ("the task itself", "tasks.py", "return x  # nothing else", "return +x", "alone"),
    ("settings of the task", "tasks.py", "retries=1", "retries=2", ""),
    ("the task's environment", "tasks.py", '"fast"', '"slow"', "has_environment"),
    ("a function that nobody calls", "tasks.py", "def lonely(x):\n    return x", "def lonely(x):\n    return -x", ""),
    ("a helper", "helpers.py", "return scale(x, 2)", "return scale(x, 3)", "uses_helper"),
    ("a helper's helper", "helpers.py", "x * by * FACTOR", "x + by * FACTOR", "uses_helper"),
    ("a helper's constant", "constants.py", "FACTOR = 1", "FACTOR = 2", "uses_helper uses_nested"),
    ("a helper that nobody calls", "helpers.py", "math.sqrt(x)", "math.sqrt(-x)", ""),
    ("a constant", "constants.py", "LIMIT = 10", "LIMIT = 11", "uses_constants uses_nested"),
    ("a constant under another name", "constants.py", "OTHER = 3", "OTHER = 4", "uses_table uses_nested"),
    ("a constant in a table", "constants.py", '"b": 2', '"b": 3', "uses_table uses_nested"),
    ("a constant that nobody reads", "constants.py", "UNUSED = 4", "UNUSED = 5", "uses_nested"),
    ("a table in a table", "constants.py", '{"a": [1]}', '{"a": [2]}', "uses_nested"),
    ("which constant it is", "tasks.py", "import OTHER as", "import FACTOR as", "uses_table"),
    ("a constant in a tuple, in a default, in a class", "tasks.py", "OFFSET = 1", "OFFSET = 2",
     "uses_constants uses_default Namespace"),
    ("a tuple", "tasks.py", "(OFFSET, 2)", "(OFFSET, 3)", "uses_constants"),
    ("a default argument", "tasks.py", "step=10", "step=11", "uses_local calls_task"),
    ("an inner function", "tasks.py", "y + 100", "y + 101", "uses_inner"),
    ("a lambda", "tasks.py", "z + 1000", "z + 1001", "uses_inner"),
    ("a decorator", "decorators.py", "* STRENGTH", "/ STRENGTH", "uses_decorator simple looks_up"),
    ("a decorator's constant", "decorators.py", "STRENGTH = 2", "STRENGTH = 3", "uses_decorator simple looks_up"),
    ("which decorators there are", "tasks.py", "@tuned\n", "@tuned\n@plain\n", "uses_decorator"),
    ("a method", "shapes.py", "abs(self.x)", "-abs(self.x)", "uses_class"),
    ("a class attribute", "shapes.py", "unit = 1", "unit = 2", "uses_class"),
    ("an inherited method", "shapes.py", "return x + 1", "return x + 2", "uses_inheritance"),
    ("a base class", "shapes.py", "class Child(Base)", "class Child(Base, Point)", "uses_inheritance"),
    ("a dataclass that comes as input", "shapes.py", "width: int = 3", "width: int = 4", "takes_config"),
    ("a method of an input", "shapes.py", "return self.width", "return -self.width", "takes_config"),
    ("a dataclass's default", "tasks.py", "rate: float = 0.5", "rate: float = 0.6", "uses_settings"),
    ("a function behind a re-export", "pkg/impl.py", "x + 5", "x + 6", "uses_reexport"),
    ("a re-export", "pkg/__init__.py", "import exported\n", "import spare as exported\n", "uses_reexport"),
    ("another re-export", "pkg/__init__.py", "import spare\n", "import spare as more\n", ""),
    ("a function behind import *", "star_source.py", "x + 7", "x + 8", "uses_star"),
    ("what import * gives", "star_source.py", '["starred"]', '["starred", "_private"]', "uses_star"),
    ("a star that hides another", "stars.py", "import *\n", "import *\n\n\ndef starred(x):\n    return 1\n",
     "uses_star"),
    ("the end of a chain of packages", "pkg/deep/leaf.py", "return -x", "return x", "uses_chain"),
    ("an import in a function", "inside.py", "def hidden(x):\n    return x", "def hidden(x):\n    return -x",
     "imports_inside"),
    ("what stands beside it", "inside.py", "def beside(x):\n    return x", "def beside(x):\n    return -x", ""),
    ("a task that a task calls", "tasks.py", "return local_helper(x)", "return -local_helper(x)",
     "uses_local calls_task"),
    ("what only type checkers read", "typed_only.py", "...", "x = 1", ""),
    ("what only scripts run", "tasks.py", "print(flow(x=1))", "print(flow(x=2))", ""),
    ("a workflow", "tasks.py", "return uses_helper(x)", "return uses_local(x)", ""),
    # What cannot be proven.
    ("a function beside a dynamic attribute", "asking.py", "def spare(x):\n    return x",
     "def spare(x):\n    return -x", "asks"),
    ("a class with a dynamic attribute", "reached.py", "def run(self, x):\n        return x",
     "def run(self, x):\n        return -x", "asks evaluates passes_module"),
    ("a function in a module that is passed on", "reached.py", "def beside(x):\n    return x",
     "def beside(x):\n    return -x", "evaluates passes_module"),
    ("what eval reaches", "below.py", "DEPTH = 1", "DEPTH = 2", "evaluates passes_module"),
    ("the target of a dynamic import", "plugins/first.py", "return x", "return +x",
     "imports_one imports_some"),
    ("a possible target of a dynamic import", "plugins/second.py", "return -x", "return x",
     "imports_some"),
    ("what nobody imports", "unrelated.py", "VALUE = 1", "VALUE = 2", ""),
    ("a module that patches another", "patches.py", "patched.VALUE = 2", "patched.VALUE = 3", "simple looks_up"),
    ("a module that is patched", "patched.py", "VALUE = 1", "VALUE = 7", "simple looks_up"),
    ("what stands beside a patch", "patches.py", "return 1", "return 2", ""),
    ("a decorated function that nobody calls", "effects.py", "def harmless(x):\n    return x",
     "def harmless(x):\n    return -x", ""),
    ("a function that registers itself", "effects.py", "def remembered(x):\n    return x",
     "def remembered(x):\n    return -x", "simple looks_up"),
    ("a list that another module makes longer", "extending.py", "ITEMS += [1]", "ITEMS += [2]",
     "reads_items reads_known"),
    ("a class that its base knows", "extending.py", "size = 1", "size = 2", "reads_items reads_known"),
    ("what changes a list", "mutable.py", "SEEN.append(x)", "SEEN.append(-x)", "reads_seen reads_count"),
    ("what rebinds a global", "mutable.py", "COUNT += 1", "COUNT += 2", "reads_seen reads_count"),
]  # fmt: skip
