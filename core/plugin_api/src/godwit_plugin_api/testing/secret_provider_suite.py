"""The contract of secret providers, as tests to inherit."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path

import pytest

from godwit_plugin_api.secrets import SecretProvider

Secrets = Mapping[tuple[str | None, str], str]


class SecretProviderSuite(ABC):
    """Inherit, and write `make_provider`."""

    @abstractmethod
    def make_provider(self, secrets: Secrets, tmp_path: Path) -> SecretProvider:
        """Return a provider that has *secrets*, by group and name."""

    @pytest.fixture
    def provider(self, tmp_path: Path) -> SecretProvider:
        """A provider with three secrets."""
        secrets = {(None, "token"): "one", ("database", "password"): "two ä", ("database", "blank"): ""}
        return self.make_provider(secrets, tmp_path)

    def test_a_secret_is_found_by_name_and_group(self, provider: SecretProvider) -> None:
        """As text."""
        assert provider.get("token", None) == "one"
        assert provider.get("password", "database") == "two ä"

    def test_an_empty_secret_is_a_value(self, provider: SecretProvider) -> None:
        """It is there."""
        assert provider.get("blank", "database") == ""

    def test_what_is_not_there_is_none(self, provider: SecretProvider) -> None:
        """So that the next provider is asked."""
        assert provider.get("missing", None) is None
        assert provider.get("token", "database") is None
        assert provider.get("password", None) is None
        assert provider.get("password", "missing") is None

    def test_asking_again_gives_the_same(self, provider: SecretProvider) -> None:
        """Secrets are read, not used up."""
        assert [provider.get("token", None) for _ in range(2)] == ["one", "one"]
