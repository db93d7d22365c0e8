"""Sources together: what one refers to is taken from the others, once, and never in two ways."""

import pytest
from godwit_core.loaders.joined import JoinedSource, OtherSource
from godwit_plugin_api.errors import InvalidInput
from godwit_plugin_api.spec_source import SpecSource
from godwitidl.core.v1.bundle_pb2 import Bundle, EntityReference, Registration
from godwitidl.core.v1.identifiers_pb2 import EntityId
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.core.v1.workflow_pb2 import Block, CallNode, CallTarget, Node, WorkflowSpec


def target(kind, name):
    return CallTarget(**{kind: EntityId(name=name)})


def workflow(name, *tasks):
    nodes = [Node(id=f"n{i}", call=CallNode(target=target("task", task))) for i, task in enumerate(tasks)]
    return WorkflowSpec(id=EntityId(name=name), body=Block(nodes=nodes))


def task(name, summary=""):
    return TaskSpec(id=EntityId(name=name), summary=summary)


def source(tmp_path, root, *specs, references=(), versions=()):
    registration = Registration(project="p", domain="d", version="v", source_root=root, sdk=root.strip("/"))
    for spec in specs:
        getattr(registration.bundle, "tasks" if isinstance(spec, TaskSpec) else "workflows").append(spec)
    registration.bundle.references.extend(EntityReference(target=target(*one)) for one in references)
    for name, version in versions:
        part = len(registration.code_parts)
        registration.code_parts.add(kind="function", name=name)
        registration.cache_versions.add(task=name, version=version, parts=[part])
    return SpecSource(tmp_path / f"{root.strip('/')}.pb", registration)


def test_what_a_resolved_entity_refers_to_is_resolved_too(tmp_path):
    main = source(
        tmp_path, "/a", workflow("a.flow", "a.own", "b.x"), task("a.own"),
        references=[("task", "b.x"), ("workflow", "b.flow")], versions=[("a.own", "1")],
    )  # fmt: skip
    far = source(
        tmp_path, "/b", task("b.x"), workflow("b.flow", "c.y"), task("b.unused"),
        references=[("task", "c.y")], versions=[("b.x", "2"), ("b.unused", "3")],
    )  # fmt: skip
    third = source(tmp_path, "/c", task("c.y"))
    joined = JoinedSource(main, [OtherSource("b", far), OtherSource("c", third)]).registration()
    assert [one.id.name for one in joined.bundle.tasks] == ["a.own", "b.x", "c.y"]
    assert [one.id.name for one in joined.bundle.workflows] == ["a.flow", "b.flow"]
    assert {one.task: one.source_root for one in joined.task_sources} == {"b.x": "/b", "c.y": "/c"}
    versions = {one.task: (one.version, joined.code_parts[one.parts[0]].name) for one in joined.cache_versions}
    assert versions == {"a.own": ("1", "a.own"), "b.x": ("2", "b.x")}
    assert joined.sdk == "a, b, c"
    assert joined.version != "v"


def test_what_nobody_declares_stays_a_reference(tmp_path):
    main = source(tmp_path, "/a", workflow("a.flow", "b.x"), references=[("task", "b.x")])
    joined = JoinedSource(main, [OtherSource("b", source(tmp_path, "/b", task("b.y")))]).registration("a.flow")
    assert joined.bundle == Bundle(
        workflows=[workflow("a.flow", "b.x")], references=[EntityReference(target=target("task", "b.x"))]
    )


def test_one_name_for_two_tasks_is_refused(tmp_path):
    main = source(
        tmp_path, "/a", workflow("a.flow", "s.same", "s.differs"), task("s.same"), task("s.differs", "Mine."),
        references=[("workflow", "b.flow")],
    )  # fmt: skip
    other = source(
        tmp_path, "/b", workflow("b.flow", "s.same", "s.differs"), task("s.same"), task("s.differs", "Theirs.")
    )
    with pytest.raises(InvalidInput) as caught:
        JoinedSource(main, [OtherSource("b.pb", other)]).registration()
    assert caught.value.code == "DUPLICATE_NAME"
    assert "s.differs of b.pb" in str(caught.value)
