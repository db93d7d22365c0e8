"""What to do about the errors of executions, by their codes. `docs/errors.md` has the same codes with their causes."""

from collections.abc import Mapping
from types import MappingProxyType

REMEDIES: Mapping[str, str] = MappingProxyType(
    {
        "ABORTED": "Somebody asked for it. Keep what succeeded, and run the rest, with `godwit executions recover`.",
        "BLOB_MISSING": "Something deleted the data. `godwit executions recover` computes it again.",
        "BACKEND_UNAVAILABLE": "See whether the backend can be reached, then `godwit executions recover`.",
        "BLOB_STORE": "See whether the place where data is kept can be reached, then `godwit executions recover`.",
        "CANCELLED": "See the first cause: another node failed, or the execution was aborted.",
        "CAST_FAILED": "Give a value that the input's type takes; see the types of both with `--help` of the entity.",
        "DATA": "See whether the data is still there; `godwit executions recover` computes again what is not.",
        "DATA_CORRUPT": "The data changed after it was stored. `godwit executions recover` computes it again.",
        "ENGINE_LEFT": "Nothing: the next engine goes on.",
        "ENGINE_LOST": "Look at what the task does to its host (memory, signals): ten engines died while it ran.",
        "FAIL_FAST": "See the first cause; `--run-what-can-run` lets the other nodes go on.",
        "FIELD_MISSING": "Return the field from the node before, or read another one.",
        "INDEX_OUT_OF_RANGE": "Read an index that the list has, or make the list longer.",
        "INPUT_TYPE_MISMATCH": "Give a value of the type that the input is annotated with.",
        "JOB_LOST": "See the log of the job; `godwit executions recover` runs it again.",
        "KEY_MISSING": "Read a key that the map has, or put it in.",
        "NEIGHBOUR_KILLED": "Let `async` tasks end when they are cancelled.",
        "NOT_COMPARABLE": "Compare values of one type that have an order.",
        "NO_CASE": "Give the branch an `otherwise`, or a value that one of its conditions takes.",
        "OUTPUT_NOT_STORED": "See whether the home can be written and has space, then `godwit executions recover`.",
        "OUTPUT_TYPE_MISMATCH": "Return what the task's return annotation says.",
        "OUT_OF_MEMORY": "Declare more memory (resources=), let it grow (on_oom=), or do less at a time.",
        "REJECTED": "Somebody said no. Ask again with `godwit executions recover`.",
        "RUNNER_LOST": "See what it wrote with `godwit executions logs`: native code crashed, or something ended it.",
        "SECRET_NOT_FOUND": "Declare the secret (secrets=[…]) and set it where tasks run.",
        "SECRET_UNREADABLE": "Mend the permissions and the content of the secret's file.",
        "TASK_LOAD_FAILED": "Make the task's module importable where tasks run: run the source by `python` alone.",
        "TIMEOUT_ATTEMPT": "Give each attempt longer (Timeouts(attempt=…)), or let the task do less.",
        "TIMEOUT_DEADLINE": "Give the node longer, with retries and waits (Timeouts(overall=…)), or ask less of it.",
        "TIMEOUT_GATE": "Answer in time with `godwit signal`, or give the gate a longer timeout=.",
        "TIMEOUT_QUEUE": "Give it more places (--workers, --queue, max_concurrency) or a longer Timeouts(queue=…).",
        "UNEQUAL_LENGTHS": "Give the map lists of equal length, or bind one as a whole with `gw.bound`.",
        "UNKNOWN": "The backend told nothing. See `godwit executions logs`, and the backend's own logs.",
        "USER_EXCEPTION": "Mend the code or its inputs.",
        "VALUE_OFFLOADED": "Compute it in a task: the value is too large to be looked into here.",
        "VALUE_UNKNOWN": "Make the specification anew with a program of this version.",
        "WRONG_OUTPUTS": "Make the runner return exactly the outputs that the task declares.",
    }
)
"""What a person can do, by code. Codes of plugins and of tasks' own errors are not among them."""


def remedy(code: str) -> str:
    """Return what to do about an error; empty where only its message can say."""
    return REMEDIES.get(code, "")
