"""Secrets from the environment and from files."""

import pytest
from godwit_core.secrets.env import EnvSecrets, variable_name
from godwit_core.secrets.file import FOLDER_VARIABLE, FileSecrets
from godwit_plugin_api.errors import DataError, InvalidInput
from godwit_plugin_api.testing.secret_provider_suite import SecretProviderSuite


class TestEnvSecrets(SecretProviderSuite):
    def make_provider(self, secrets, tmp_path):  # noqa: ARG002 - the environment needs no folder
        return EnvSecrets({variable_name(name, group): value for (group, name), value in secrets.items()})


class TestFileSecrets(SecretProviderSuite):
    def make_provider(self, secrets, tmp_path):
        for (group, name), value in secrets.items():
            path = tmp_path / (group or "") / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(value + "\n", encoding="utf-8")
        return FileSecrets(tmp_path)


def test_the_variable_is_named_after_group_and_name():
    assert variable_name("api-key", None) == "GODWIT_SECRET_API_KEY"
    assert variable_name("password", "my.db") == "GODWIT_SECRET_MY_DB_PASSWORD"


def test_the_process_environment_is_the_default(monkeypatch, tmp_path):
    monkeypatch.setenv("GODWIT_SECRET_TOKEN", "from environment")
    assert EnvSecrets().get("token", None) == "from environment"
    (tmp_path / "token").write_bytes(b"from file\r\n")
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    assert FileSecrets().get("token", None) == "from file"


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../token", "a\\b", "a\0b"])
def test_names_that_leave_the_folder_are_refused(tmp_path, name):
    with pytest.raises(InvalidInput, match="plain file names"):
        FileSecrets(tmp_path).get(name, None)
    with pytest.raises(InvalidInput, match="plain file names"):
        FileSecrets(tmp_path).get("token", name)


def test_an_unreadable_secret_names_the_place_and_no_value(tmp_path):
    (tmp_path / "token").write_bytes(b"secret\xff")
    with pytest.raises(DataError) as caught:
        FileSecrets(tmp_path).get("token", None)
    assert caught.value.code == "SECRET_UNREADABLE"
    assert str(tmp_path) in str(caught.value)
    assert "secret\\xff" not in str(caught.value)
    assert caught.value.__cause__ is None
