"""Encoded specs as a source."""

import pytest
from godwit_core.loaders.specs import SpecLoader
from godwit_plugin_api.errors import InvalidInput
from godwit_plugin_api.testing.entity_loader_suite import EntityLoaderSuite
from godwitidl.core.v1.bundle_pb2 import Bundle, Registration, ResolvedCacheVersion
from godwitidl.core.v1.identifiers_pb2 import EntityId
from godwitidl.core.v1.launch_plan_pb2 import LaunchPlanSpec
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.core.v1.workflow_pb2 import (
    Block,
    BranchCase,
    BranchNode,
    CallNode,
    CallTarget,
    FailureHandler,
    MapNode,
    Node,
    WorkflowSpec,
)


def entity(name):
    return EntityId(name=name)


def call(kind, name):
    return CallTarget(**{kind: entity(name)})


def workflow(name, *nodes, **options):
    return WorkflowSpec(id=entity(name), body=Block(nodes=nodes), **options)


def node(**kind):
    return Node(id="n", **kind)


BUNDLE = Bundle(
    tasks=[TaskSpec(id=entity(f"pkg.{name}"), summary=f"Do {name}.") for name in ("fix", "load", "train", "unused")],
    workflows=[
        workflow(
            "pkg.inner",
            node(
                branch=BranchNode(
                    cases=[BranchCase(then=Block(nodes=[node(call=CallNode(target=call("task", "pkg.load")))]))],
                    otherwise=Block(nodes=[node(map=MapNode(target=call("task", "pkg.train")))]),
                )
            ),
        ),
        workflow(
            "pkg.outer",
            node(call=CallNode(target=call("launch_plan", "pkg.nightly"))),
            on_failure=FailureHandler(target=call("task", "pkg.fix")),
        ),
    ],
    launch_plans=[
        LaunchPlanSpec(id=entity("pkg.nightly"), workflow=entity("pkg.inner"), description="Nightly.\nMore.")
    ],
)
REGISTRATION = Registration(
    bundle=BUNDLE,
    project="shop",
    domain="production",
    version="7",
    cache_versions=[ResolvedCacheVersion(task=f"pkg.{name}", version="v") for name in ("train", "unused")],
)


class TestSpecLoader(EntityLoaderSuite):
    def make_loader(self):
        return SpecLoader()

    def write_source(self, folder):
        path = folder / "specs.pb"
        path.write_bytes(BUNDLE.SerializeToString())
        return path

    def write_broken_source(self, folder):
        path = folder / "broken.pb"
        path.write_bytes(b"this is no message")
        return path


@pytest.fixture
def load(tmp_path):
    def load(message, **options):
        path = tmp_path / "specs.pb"
        path.write_bytes(message.SerializeToString())
        return SpecLoader().load(path, **{"project": None, "domain": None, **options})

    return load


def test_a_registration_is_taken_as_it_is(load):
    assert load(REGISTRATION).registration() == REGISTRATION


def test_project_and_domain_override(load):
    registration = load(REGISTRATION, project="mine", domain="staging").registration()
    assert (registration.project, registration.domain, registration.version) == ("mine", "staging", "7")


def test_an_entity_comes_with_all_it_refers_to(load):
    part = load(REGISTRATION).registration("outer")
    assert [spec.id.name for spec in part.bundle.tasks] == ["pkg.fix", "pkg.load", "pkg.train"]
    assert [spec.id.name for spec in part.bundle.workflows] == ["pkg.inner", "pkg.outer"]
    assert [spec.id.name for spec in part.bundle.launch_plans] == ["pkg.nightly"]
    assert [version.task for version in part.cache_versions] == ["pkg.train"]


def test_summaries_are_first_lines(load):
    summaries = {entity.name: entity.summary for entity in load(BUNDLE).entities()}
    assert summaries["load"] == "Do load."
    assert summaries["nightly"] == "Nightly."


def test_a_name_of_several_entities_names_them(load):
    twins = Bundle(tasks=[TaskSpec(id=entity("a.x")), TaskSpec(id=entity("b.x"))])
    with pytest.raises(InvalidInput, match=r"a\.x \(task\), b\.x \(task\)"):
        load(twins).registration("x")
    assert load(twins).registration("b.x").bundle.tasks[0].id.name == "b.x"


@pytest.mark.parametrize("content", [b"", b"\x00", b"\x0a\x00", b"\xff" * 40, b"text"])
def test_other_bytes_are_refused(tmp_path, content):
    path = tmp_path / "specs.pb"
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match=r"specs\.pb"):
        SpecLoader().load(path, project=None, domain=None)
