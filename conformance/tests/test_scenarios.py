"""The scenarios: each described, each with a spec that compiles; and what is drawn compiles as well."""

from pathlib import Path

import pytest
from godwit_conformance.levels.engine import SCENARIO
from godwit_conformance.levels.spec import reference, scenarios
from godwit_conformance.specs import bundle_differences, plain_bundle
from godwit_conformance.workflows import workflows
from godwit_core.compiler.compilation import check_bundle
from hypothesis import given, settings

FOLDER = Path(__file__).parents[1] / "scenarios"


def test_there_are_forty_scenarios_and_one_to_run():
    assert len(scenarios()) == 41
    assert SCENARIO in scenarios()


@pytest.mark.parametrize("name", scenarios())
def test_a_scenario_is_described_and_its_reference_compiles(name):
    text = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    bundle = reference(name)
    entities = [entity.id.name for entity in (*bundle.tasks, *bundle.workflows, *bundle.launch_plans)]
    assert [entity for entity in entities if f"`{entity}`" not in text] == []
    assert f"[{name}]({name}.md)" in (FOLDER / "README.md").read_text(encoding="utf-8")
    assert check_bundle(bundle) == ()
    assert bundle_differences(bundle, plain_bundle(bundle)) == []


@settings(max_examples=50, deadline=None)
@given(workflows())
def test_what_is_drawn_compiles(bundle):
    assert check_bundle(bundle) == ()


def test_scenarios_together_have_every_kind_of_node_expression_and_type():
    text = "\n".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.txtpb"))
    kinds = ["call {", "map {", "branch {", "approve {", "signal {", "sleep {", "on_failure {", "launch_plan {"]
    kinds += ["access {", "list {", "record {", "comparison {", "all_of {", "any_of {", "negation {", "membership {"]
    kinds += ["is_null", "coalesce {", "drop_none", "handled_error {", "map_item:", "workflow_input:", "node_output {"]
    kinds += ["tuple {", "set {", "enum {", "union {", "file {", "directory {", "table {", "nullable: true"]
    kinds += [
        f"SIMPLE_TYPE_{name}" for name in ["BOOL", "INT", "FLOAT", "DECIMAL", "STRING", "BYTES", "DATE", "DATETIME"]
    ]
    kinds += ["SIMPLE_TYPE_DURATION", "SIMPLE_TYPE_UUID", "SIMPLE_TYPE_JSON", "SIMPLE_TYPE_ERROR", "field:", "index:"]
    kinds += ["min_successes:", "min_success_ratio:", "concurrency:", "secrets {", "environment {", "overrides {"]
    kinds += ["timeouts {", "retries {", "cache {", "resources {", "deprecated:", "labels {", "default_value {"]
    assert [kind for kind in kinds if kind not in text] == []
