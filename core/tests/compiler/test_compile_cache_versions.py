"""The cache version `auto`: what it stands for comes with the registration."""

import pytest
from godwit_core.compiler.problems import CompileFailed
from godwit_core.compiler.registrations import compile_registration, resolved_bundle
from godwitidl.core.v1.bundle_pb2 import Registration


def registration_of(specs, node, *, cache, **versions):
    task = specs.task("m.t", {"x": specs.INT}, {"result": specs.INT}, **cache)
    bundle = specs.bundle(specs.workflow(name="m.flow", nodes=[node]), tasks=[task])
    registration = Registration(bundle=bundle, project="p", domain="d", version="1")
    for name, version in versions.items():
        registration.cache_versions.add(task=name.replace("_", "."), version=version)
    return registration


def node_of(specs, **more):
    node = specs.call("n0", "m.t", x=specs.lit(intValue="1"))
    node["call"].update(more)
    return node


def version_in(plan):
    (task,) = plan.tasks
    return task.cache.version


def test_auto_is_what_the_registration_says(specs):
    registration = registration_of(specs, node_of(specs), cache={"cache": {"version": "auto"}}, m_t="auto-1")
    assert version_in(compile_registration(registration, "m.flow")) == "auto-1"
    assert version_in(compile_registration(registration, "m.t")) == "auto-1"
    assert registration.bundle.tasks[-1].cache.version == "auto"


def test_the_salt_follows_it(specs):
    cache = {"cache": {"version": "auto", "salt": "s"}}
    registration = registration_of(specs, node_of(specs), cache=cache, m_t="auto-1")
    assert version_in(compile_registration(registration, "m.flow")) == "auto-1\0s"


def test_a_node_may_ask_for_it(specs):
    node = node_of(specs, overrides={"cache": {"version": "auto"}})
    registration = registration_of(specs, node, cache={}, m_t="auto-1")
    assert version_in(compile_registration(registration, "m.flow")) == "auto-1"


def test_a_version_by_hand_stays(specs):
    registration = registration_of(specs, node_of(specs), cache={"cache": {"version": "7"}}, m_t="auto-1")
    assert version_in(compile_registration(registration, "m.flow")) == "7"


def test_an_environment_of_the_nodes_own_counts(specs):
    cache = {"cache": {"version": "auto"}}

    def version(**overrides):
        node = node_of(specs, overrides=overrides)
        return version_in(compile_registration(registration_of(specs, node, cache=cache, m_t="auto-1"), "m.flow"))

    versions = [version(environment=[{"name": "A", "value": value}]) for value in ("1", "2", "2")]
    assert version(retries={"maxRetries": 3}) == "auto-1"
    assert len({"auto-1", *versions}) == 3
    assert all(one.startswith("auto-1-") for one in versions)


@pytest.mark.parametrize("versions", [{}, {"m_other": "auto-1"}])
def test_a_version_that_is_not_resolved_is_refused(specs, versions):
    registration = registration_of(specs, node_of(specs), cache={"cache": {"version": "auto"}}, **versions)
    with pytest.raises(CompileFailed) as failed:
        compile_registration(registration, "m.flow")
    assert [str(error.code) for error in failed.value.errors] == ["CACHE_VERSION_UNRESOLVED"]


def test_without_versions_the_bundle_is_not_copied(specs):
    registration = registration_of(specs, node_of(specs), cache={})
    assert resolved_bundle(registration) is registration.bundle
