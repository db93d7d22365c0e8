"""How messages speak of what is bound."""

from typing import NamedTuple

from godwit_core.compiler.problems import Code


class Words(NamedTuple):
    """How messages speak of what is bound: `parameter`, of `task 'a.b'`, with the codes that go with it."""

    noun: str
    owner: str
    unknown: Code
    unbound: Code
    twice: Code


def parameters_of(owner: str) -> Words:
    """Return the words for the parameters of something that is called."""
    return Words("parameter", owner, Code.UNKNOWN_PARAMETER, Code.PARAMETER_NOT_BOUND, Code.PARAMETER_BOUND_TWICE)


def outputs_of(owner: str) -> Words:
    """Return the words for the outputs of a workflow or branch."""
    return Words("output", owner, Code.UNKNOWN_OUTPUT, Code.OUTPUT_NOT_BOUND, Code.OUTPUT_BOUND_TWICE)
