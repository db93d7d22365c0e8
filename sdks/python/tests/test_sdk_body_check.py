"""The check of a workflow's body: which operators on promises it finds, and what it leaves alone."""

import textwrap
from typing import Any

import godwit as gw
import pytest
from godwit.errors import WorkflowBodyError

HEADER = """
import godwit as gw
from typing import NamedTuple

class Two(NamedTuple):
    a: int
    b: str

@gw.task
def one(x: int) -> int: ...

@gw.task
def two(x: int) -> Two: ...

LIMIT = 3

@gw.workflow
def flow(x: int, y: int | None = None) -> int:
"""


def lines_of(load_source, body: str) -> list[tuple[int, str]]:
    """Return the line of the body, from 1, and the operator of each problem."""
    text = HEADER + textwrap.indent(textwrap.dedent(body).strip(), "    ") + "\n    return one(x=1)\n"
    source: Any = load_source(text)
    try:
        source.registration("flow")
    except WorkflowBodyError as error:
        first = HEADER.count("\n") + 1
        found = []
        for line in error.message.splitlines()[1:]:
            place, _, rest = line.strip().partition(": ")
            found.append((int(place.split(":")[1]) - first, rest.split(" on a promise")[0]))
        return found
    return []


@pytest.mark.parametrize(
    ("body", "operator"),
    [
        ("if x: pass", "`if`"),
        ("if x > 3: pass", "`if`"),
        ("while one(x=1): pass", "`while`"),
        ("assert x", "`assert`"),
        ("z = 1 if x else 2", "`… if … else …`"),
        ("z = [i for i in range(3) if x]", "`if` in a comprehension"),
        ("match x:\n    case 1: pass", "`match`"),
        ("z = x and LIMIT", "`and`"),
        ("z = LIMIT or one(x=1)", "`or`"),
        ("z = not x", "`not`"),
        ("z = y is None", "`is`"),
        ("z = None is not y", "`is`"),
        ("z = x in [1, 2]", "`in`"),
        ("z = 1 not in x", "`in`"),
        ("z = 1 < x < 3", "a chain of comparisons"),
        ('z = f"{x}"', "an f-string"),
        ('z = f"{x!r}"', "an f-string"),
        ("z = x + 1", "arithmetic"),
        ("z = -x", "arithmetic"),
        ("x += 1", "arithmetic"),
        ("z = two(x=1).a is None", "`is`"),
        ("a, b = two(x=1); z = b is None", "`is`"),
        ("t = two(x=1); z = t[1] is None", "`is`"),
        ("for p in [one(x=1), one(x=2)]: z = p is None", "`is`"),
        ("ps = [one(x=i) for i in range(2)]; z = ps[0] is None", "`is`"),
        ("again = one.with_overrides(retries=2); z = again(x=1) is None", "`is`"),
        ("z = one.after(x)(x=1) is None", "`is`"),
        ("if (z := one(x=1)): pass", "`if`"),
        ("if gw.is_none(y): pass", "`if`"),
        ("try:\n    pass\nfinally:\n    z = y is None", "`is`"),
        ("with open('x') as f: z = y is None", "`is`"),
    ],
)
def test_operators_on_promises_are_found(load_source, body, operator):
    assert [found for _, found in lines_of(load_source, body)] == [operator]


@pytest.mark.parametrize(
    "body",
    [
        "if LIMIT > 2: pass",
        "xs = [one(x=1)]\nif xs: pass",
        "xs = [one(x=1)]\nif len(xs) > 1: pass",
        "for name, p in [('a', one(x=1))]:\n    if name == 'a': pass",
        "for i, p in enumerate([one(x=1)]):\n    if i: pass",
        "for name, p in zip(['a'], [one(x=1)]):\n    if name == 'a': pass",
        "z = (x > 3) & ~(x == 5)",
        "z = gw.is_none(y)",
        "z = 3\nif z is None: pass",
        "x = 3\nif x: pass",
        "def inner(x): return x is None",
        "z = lambda x: x is None",
        "d = {'a': one(x=1)}\nif 'a' in d: pass",
        "z = f'{LIMIT}'",
        "a, b = two(x=1)",
        "a, *rest = [one(x=i) for i in range(3)]\nif rest: pass",
        "z = x[0] if LIMIT == 0 else None\nif z is None: pass",
        "z = None\nfor i in range(2):\n    z = one(x=i) if z is None else one(x=z)",
        "if isinstance(x, int): pass",
        "xs = [one(x=i) for i in range(2)] + [one(x=3)]\nz = sorted('ab')\nif z: pass",
    ],
)
def test_what_is_no_operator_on_a_promise_is_left_alone(load_source, body):
    assert lines_of(load_source, body) == []


def test_all_are_told_at_once_with_their_lines(load_source):
    body = """
    if x:
        pass
    z = 1
    w = y is None
    v = not x
    """
    assert lines_of(load_source, body) == [(1, "`if`"), (4, "`is`"), (5, "`not`")]


def test_the_message_names_workflow_place_and_remedy(load_source):
    source = load_source(HEADER + "    return one(x=1 if y is None else 2)\n")
    with pytest.raises(WorkflowBodyError, match=r"(?s)flow uses.*flow\.py:\d+: `is` on a promise: .*gw\.is_none"):
        source.registration("flow")


def test_without_source_the_promise_itself_refuses():
    namespace: dict[str, Any] = {"gw": gw}
    code = "@gw.workflow\ndef flow(x: int) -> int:\n    if x:\n        pass\n    return x\n"
    exec(compile(code, "<nowhere>", "exec"), namespace)
    with pytest.raises(gw.PromiseError, match="no truth value"):
        _ = namespace["flow"].trace
