"""What `config.toml` of a home may say, and what is said when it says something else."""

import pytest
from godwit_core.runtime.configuration import Configuration, read_configuration
from godwit_plugin_api.errors import InvalidInput


def read(home, text):
    (home / "config.toml").write_text(text)
    return read_configuration(home)


def test_a_home_without_the_file_has_the_usual_settings(tmp_path):
    assert read_configuration(tmp_path) == Configuration()
    assert read_configuration(tmp_path / "absent") == Configuration()


def test_all_that_may_stand_there(tmp_path):
    text = "[engine]\nworkers = 4\nlease_seconds = 2.5\nmax_executions = 9\n[queues]\ngpu = 1\n'night shift' = 3\n"
    configured = read(tmp_path, text)
    assert (configured.workers, configured.lease_s, configured.max_executions) == (4, 2.5, 9)
    assert configured.queues == {"gpu": 1, "night shift": 3}


def test_backends_are_told_what_stands_there_as_text(tmp_path):
    text = "[engine]\nbackend = 'ray'\n[backends.ray]\naddress = '10.0.0.7:6379'\nplaces = 3\ndashboard = true\n"
    configured = read(tmp_path, text)
    assert configured.backend == "ray"
    assert configured.backends == {"ray": {"address": "10.0.0.7:6379", "places": "3", "dashboard": "yes"}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[engine", "is no TOML"),
        ("\udcff", "is no TOML"),
        ("queues = 3", "queues = 3; expected a table"),
        ("[queues]\ngpu = 0", "queues.gpu = 0; expected a whole number from 1"),
        ("[queues]\ngpu = true", "queues.gpu = True; expected a whole number"),
        ("[queues]\ngpu = '1'", "queues.gpu = '1'; expected a whole number"),
        ("[engine]\nworkers = 1.5", "engine.workers = 1.5"),
        ("[engine]\nmax_executions = -1", "engine.max_executions = -1"),
        ("[engine]\nlease_seconds = 0.5", "engine.lease_seconds = 0.5; expected a number from 1 to 86400"),
        ("[engine]\nlease_seconds = nan", "engine.lease_seconds = nan"),
        ("[engine]\nlease_seconds = inf", "engine.lease_seconds = inf"),
        ("[engine]\nleases = 2", "engine.leases, which means nothing; there are: workers"),
        ("[engines]\nworkers = 2", "engines, which means nothing"),
        ("[engine]\nbackend = 3", "engine.backend = 3; expected the name of a backend"),
        ("[engine]\nbackend = 'a b'", "engine.backend = 'a b'; expected the name of a backend"),
        ("[backends]\nray = 3", "backends.ray = 3; expected a table"),
        ("[backends.ray]\nnodes = [1]", "backends.ray.nodes = [1]; expected a text"),
    ],
)
def test_what_is_not_understood_is_told(tmp_path, text, said):
    (tmp_path / "config.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(InvalidInput) as refused:
        read_configuration(tmp_path)
    assert said in refused.value.message
    assert refused.value.code == "CONFIGURATION"
