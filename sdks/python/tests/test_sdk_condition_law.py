"""A condition means in a workflow what it means in Python."""

import operator
from typing import Any, NamedTuple

import godwit as gw
from godwit.promise import Promise
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


class Values(NamedTuple):
    """What conditions are of: values, or promises of them."""

    x: Any
    y: Any
    xs: Any


numbers = st.integers(-2, 2)
comparisons = st.sampled_from([operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge])


def negated(value: Any) -> Any:
    return ~value if isinstance(value, Promise) else not value


leaves = st.one_of(
    st.builds(lambda compare, number: lambda v: compare(v.x, number), comparisons, numbers),
    st.builds(lambda compare, number: lambda v: compare(gw.coalesce(v.y, number), v.x), comparisons, numbers),
    st.just(lambda v: gw.is_none(v.y)),
    st.just(lambda v: gw.is_in(v.x, v.xs)),
    st.builds(lambda several: lambda v: gw.is_in(v.x, several), st.lists(numbers, min_size=1)),
    st.builds(lambda compare, index: lambda v: compare(v.xs[index], v.x), comparisons, st.sampled_from([0, -1])),
)
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(lambda one: lambda v: negated(one(v)), inner),
        st.builds(lambda one, other: lambda v: one(v) & other(v), inner, inner),
        st.builds(lambda one, other: lambda v: one(v) | other(v), inner, inner),
    ),
    max_leaves=6,
)
many = st.lists(conditions, min_size=8, max_size=8)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(many, numbers, st.none() | numbers, st.lists(numbers, min_size=1, max_size=3))
def test_a_condition_means_what_it_means_in_python(chosen, x, y, xs):
    flow = gw.Workflow(name="law.conditions")
    promises = Values(flow.add_input("x", int), flow.add_input("y", int | None), flow.add_input("xs", list[int]))
    with flow.body():
        for number, condition in enumerate(chosen):
            made = gw.conditional(condition(promises), then=lambda: 1, otherwise=lambda: 0)
            flow.add_output(f"c{number}", made)
    assert flow(x=x, y=y, xs=xs) == tuple(int(condition(Values(x, y, xs))) for condition in chosen)
