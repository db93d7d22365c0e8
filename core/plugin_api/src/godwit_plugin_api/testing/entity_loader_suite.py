"""The contract of entity loaders, as tests to inherit."""

from abc import ABC, abstractmethod
from pathlib import Path

import pytest
from godwitidl.core.v1.bundle_pb2 import Registration

from godwit_plugin_api.entity_loader import EntityLoader, Source
from godwit_plugin_api.errors import InvalidInput


class EntityLoaderSuite(ABC):
    """Inherit, and write the makers. The good source declares a workflow and a task that it calls, at least."""

    @abstractmethod
    def make_loader(self) -> EntityLoader:
        """Return a new loader."""

    @abstractmethod
    def write_source(self, folder: Path) -> Path:
        """Write a good source file into *folder*, and return its path."""

    @abstractmethod
    def write_broken_source(self, folder: Path) -> Path:
        """Write a file of the right extension that cannot be loaded, and return its path."""

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        """The good source file."""
        return self.write_source(tmp_path)

    @pytest.fixture
    def source(self, path: Path) -> Source:
        """The good source, loaded."""
        return self.make_loader().load(path, project="p", domain="d")

    def test_entities_are_named_with_their_kinds(self, source: Source) -> None:
        """Short names are the last part of full ones."""
        entities = source.entities()
        assert {"task", "workflow"} <= {entity.kind for entity in entities}
        for entity in entities:
            assert entity.name
            assert entity.full_name.endswith(entity.name)

    def test_the_registration_holds_every_entity(self, source: Source) -> None:
        """In the project and domain asked for, with a version."""
        registration = source.registration()
        assert (registration.project, registration.domain) == ("p", "d")
        assert registration.version
        assert _names(registration) == {entity.full_name for entity in source.entities()}

    def test_project_and_domain_have_defaults(self, path: Path) -> None:
        """A source on a laptop says neither."""
        registration = self.make_loader().load(path, project=None, domain=None).registration()
        assert registration.project
        assert registration.domain == "development"

    def test_one_entity_comes_with_what_it_calls(self, source: Source) -> None:
        """By its short name and by its full name, the same."""
        workflow = next(entity for entity in source.entities() if entity.kind == "workflow")
        by_name, by_full_name = source.registration(workflow.name), source.registration(workflow.full_name)
        assert by_name == by_full_name
        assert workflow.full_name in _names(by_name)
        assert by_name.bundle.tasks

    def test_one_task_comes_alone(self, source: Source) -> None:
        """Nothing calls upwards."""
        task = next(entity for entity in source.entities() if entity.kind == "task")
        assert _names(source.registration(task.full_name)) == {task.full_name}

    def test_loading_again_gives_the_same_bytes(self, path: Path) -> None:
        """Specs are deterministic."""
        first, second = (self.make_loader().load(path, project="p", domain="d").registration() for _ in range(2))
        assert first.bundle.SerializeToString(deterministic=True) == second.bundle.SerializeToString(deterministic=True)
        assert first.version == second.version

    def test_an_unknown_entity_names_what_is_close(self, source: Source) -> None:
        """With InvalidInput."""
        name = source.entities()[0].name
        with pytest.raises(InvalidInput) as caught:
            source.registration(f"{name}x")
        assert name in str(caught.value)

    def test_a_missing_or_broken_file_is_named(self, tmp_path: Path) -> None:
        """With InvalidInput, never with a traceback of the loader."""
        broken = self.write_broken_source(tmp_path)
        for path in (broken, tmp_path / f"missing{broken.suffix}"):
            with pytest.raises(InvalidInput) as caught:
                self.make_loader().load(path, project=None, domain=None).registration()
            assert path.name in str(caught.value)


def _names(registration: Registration) -> set[str]:
    bundle = registration.bundle
    return {spec.id.name for specs in (bundle.tasks, bundle.workflows, bundle.launch_plans) for spec in specs}
