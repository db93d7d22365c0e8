"""The project's name is what the TOML says, however it says it."""

import tomllib

import pytest
from godwit.location import project_name


@pytest.mark.parametrize(
    "text",
    [
        '[project]\nname = "wine"\n',
        '# Of ours.\n[build-system]\nrequires = []\n\n[project]\nname="wine-2_b"  \n[tool.x]\nname = "y"\n',
        "[project]\nname = 'quoted'\n",
        '[project]\nname = "wine" # not beer\n',
        '[project]\nname = "wi\\u006ee"\n',
        'project.name = "dotted"\n',
        'project = {name = "inline"}\n',
        '[ project ]\nname = "spaced"\n',
        '[tool.a]\ntext = """\n[project]\nname = "not this"\n"""\n[project]\nname = "this"\n',
        "[project]\ndescription = '''\nname = \"not this\"\n'''\nname = \"this\"\n",
        '[project]\ndynamic = [\n  "version",\n]\nname = "after-a-list"\n',
        '[project]\r\nname = "lines"\r\n',
        '[project.urls]\nname = "x"\n[project]\nname = "y"\n',
    ],
)
def test_the_name_is_what_a_parser_reads(tmp_path, text):
    (tmp_path / "pyproject.toml").write_bytes(text.encode())
    assert project_name(tmp_path) == tomllib.loads(text)["project"]["name"]


@pytest.mark.parametrize("text", ["", '[tool.x]\nname = "y"\n', '[project]\n[project.urls]\nname = "y"\n'])
def test_without_one_it_is_a_digest_of_the_folder(tmp_path, text):
    (tmp_path / "pyproject.toml").write_text(text)
    assert len(project_name(tmp_path)) == 12
