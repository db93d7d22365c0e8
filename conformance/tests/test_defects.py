"""Planted defects: each is caught by a case that is named here."""

import sys
from pathlib import Path

import pytest
from godwit_conformance.bench import LocalPlace, Workbench
from godwit_conformance.cases import Outcome
from godwit_conformance.harness import all_cases, run

DEFECTIVE = Path(__file__).with_name("defective_executor.py")
CAUGHT = {
    "fields_sorted": "wire/literal/record/fields not in order of names",
    "ints_as_floats": "wire/literal/int/beyond binary64",
    "first_tag": "wire/literal/union/second of two alike",
    "none_as_zero": "wire/literal/nullable int/none",
    "empty_as_none": "wire/literal/nullable string/empty is not none",
    "zero_without_sign": "wire/literal/float/minus zero",
    "without_offset": "wire/literal/datetime/fixed offset",
    "short_decimals": "wire/literal/decimal/1.00",
    "sets_as_lists": "wire/literal/set/of ints",
    "takes_all": "wire/malformed/kind of a newer writer",
    "takes_damaged_data": "wire/offloaded/of another value is refused",
    "inlines_all": "wire/literal/list/above the limit",
    "sorted_symbols": "wire/type/enum with symbols not in order",
    "random_ids": "spec/repeatable/hello",
    "defaults_lost": "spec/meaning/defaults",
    "inputs_sorted": "spec/meaning/sub_workflow",
    "order_lost": "spec/meaning/order",
    "retries_counted_as_attempts": "spec/meaning/retries",
    "handlers_lost": "spec/meaning/failure_handler",
    "one_entity_more": "spec/meaning/hello",
    "maps_in_insertion_order": "digest/literal",
    "whole_floats_as_ints": "digest/literal",
    "hashes_ignored": "digest/literal",
    "salt_ignored": "digest/cache key/salt",
    "everything_casts": "castability/table/bool to int",
    "rounding": "castability/convert/an int that is no float is refused",
    "status_0_on_error": "runtime/errors/exception",
    "status_1_on_termination": "runtime/process/terminated",
    "outputs_of_a_crash": "runtime/process/crash",
    "outputs_reversed": "runtime/outputs/several",
    "large_inline": "runtime/outputs/large",
    "stack_lost": "runtime/errors/exception",
    "always_retried": "runtime/errors/for good",
    "partial_file_left": "runtime/outputs/one",
    "rank_ignored": "runtime/ranks/second by GODWIT_WORKER_RANK",
    "checkpoint_ignored": "runtime/checkpoint/found again",
}
FAULTS = {
    "hangs": "gave no answer within 1.5 s",
    "dies": "ended with status 9 before it answered\nIts log ends with:\nout of memory",
    "prints_garbage": "wrote what is no frame",
    "prints_text": "gave no answer within 1.5 s, but the first 14 bytes of one",
    "answers_twice": "more than one answer",
    "answers_another": "answered request",
    "answers_in_part": "but the first 2 bytes of one",
    "closes_its_output": "closed its standard output",
}


def results(defect, patterns, folder, *, timeout_s=20.0):
    place = LocalPlace((sys.executable, str(DEFECTIVE), defect), timeout_s=timeout_s, process_timeout_s=30.0)
    with Workbench(place, folder) as bench:
        return list(run(all_cases(patterns=patterns), bench))


def failed(found):
    return [result.case.name for result in found if result.outcome is Outcome.FAILED]


@pytest.mark.parametrize(("defect", "case"), CAUGHT.items(), ids=CAUGHT)
def test_a_planted_defect_is_caught(defect, case, tmp_path):
    found = results(defect, [case], tmp_path)
    names = failed(found)
    assert names
    assert all(name.startswith(case) for name in names)
    assert all(result.message for result in found if result.outcome is Outcome.FAILED)


@pytest.mark.parametrize(("fault", "message"), FAULTS.items(), ids=FAULTS)
def test_an_executor_at_fault_fails_the_case_at_hand_and_the_run_goes_on(fault, message, tmp_path):
    first, last = "wire/literal/bool/true", "castability/table/bool to bool"
    cases = [first, "wire/type/tuple of nothing", last]
    found = {result.case.name: result for result in results(fault, cases, tmp_path, timeout_s=1.5)}
    assert found[first].outcome is Outcome.PASSED
    assert found[last].outcome is Outcome.PASSED
    assert found[cases[1]].outcome is Outcome.FAILED
    assert found[cases[1]].message.startswith(cases[1])
    assert message in found[cases[1]].message


def test_without_a_defect_the_same_cases_pass(tmp_path):
    python = Path(__file__).parents[1] / "executors" / "python" / "executor.py"
    place = LocalPlace((sys.executable, str(python)), timeout_s=20.0, process_timeout_s=30.0)
    with Workbench(place, tmp_path) as bench:
        found = list(run(all_cases(patterns=[case for case in CAUGHT.values() if case != "digest/literal"]), bench))
    assert failed(found) == []


def test_what_is_drawn_and_fails_is_shrunk_and_repeated_by_its_name(tmp_path):
    (tmp_path / "first").mkdir()
    (drawn,) = results("everything_casts", ["castability/drawn/pair"], tmp_path / "first")
    assert drawn.outcome is Outcome.FAILED
    assert drawn.case.name.startswith("castability/drawn/pair=")
    assert len(drawn.case.name) < 80
    (tmp_path / "again").mkdir()
    (again,) = results("everything_casts", [drawn.case.name], tmp_path / "again")
    assert (again.case.name, again.message) == (drawn.case.name, drawn.message)
    assert all_cases(patterns=["castability/drawn/pair=no such subject"]) == []
