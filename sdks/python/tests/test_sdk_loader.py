"""Loading of Python source files, and what is told when it fails."""

import sys

import pytest
from godwit.loader import PythonLoader, load_module
from godwit_plugin_api.errors import InvalidInput

FLOW = '''
    @gw.task
    def increase(x: int) -> int:
        """Increase a number."""
        return x + 1

    @gw.workflow
    def flow(x: int) -> int:
        return increase(x=x)

    larger = increase.with_overrides(retries=2)
'''


def test_entities_in_the_order_of_the_file(load_source):
    entities = load_source(FLOW).entities()
    assert [(entity.name, entity.full_name, entity.kind) for entity in entities] == [
        ("increase", "flow.increase", "task"),
        ("flow", "flow.flow", "workflow"),
    ]
    assert entities[0].summary == "Increase a number."


def test_entities_by_short_or_full_name(load_source):
    source = load_source(FLOW)
    assert source.registration("increase") == source.registration("flow.increase")


def test_an_unknown_entity_names_close_matches(load_source):
    with pytest.raises(InvalidInput, match=r"no task or workflow flo\. Did you mean flow"):
        load_source(FLOW).registration("flo")
    with pytest.raises(InvalidInput, match="declares no task or workflow"):
        load_source("x = 1", "empty.py").registration("flow")


def test_project_and_domain_override_what_the_source_says(write_source):
    source = PythonLoader().load(write_source(FLOW), project="shop", domain="production")
    registration = source.registration("flow")
    assert (registration.project, registration.domain) == ("shop", "production")


def test_loading_again_gives_the_same_module(write_source):
    path = write_source(FLOW)
    assert load_module(path) is load_module(path)


def test_another_file_of_the_same_name_takes_its_place(write_source):
    first = load_module(write_source("x = 1", "one/flow.py"))
    second = load_module(write_source("x = 2", "two/flow.py"))
    assert (first.x, second.x) == (1, 2)
    assert sys.modules["flow"] is second


def test_neighbours_are_imported(load_source, write_source):
    write_source("@gw.task\ndef near(x: int) -> int: return x", "neighbour_of_flow.py")
    text = "from neighbour_of_flow import near\n@gw.workflow\ndef flow() -> int: return near(x=1)"
    source = load_source(text)
    assert [entity.name for entity in source.entities()] == ["flow", "near"]
    assert source.registration("flow").bundle.tasks[0].id.name == "neighbour_of_flow.near"


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InvalidInput, match="There is no file"):
        load_module(tmp_path / "nowhere.py")


def test_a_file_that_hides_a_module(write_source):
    with pytest.raises(InvalidInput, match="would hide the module json") as caught:
        load_module(write_source("x = 1", "json.py"))
    assert caught.value.code == "MODULE_NAME_TAKEN"


def test_a_failing_import_tells_the_lines_of_the_user_only(write_source):
    path = write_source("def deeper():\n    return 1 / 0\n\ndeeper()\n")
    with pytest.raises(InvalidInput) as caught:
        load_module(path)
    message = caught.value.message
    assert "ZeroDivisionError" in message
    assert "line 3, in deeper" in message
    assert "importlib" not in message
    assert "loader.py" not in message
    assert "flow" not in sys.modules or sys.modules["flow"].__file__ != str(path)


def test_a_syntax_error_tells_its_line(write_source):
    with pytest.raises(InvalidInput, match=r"(?s)flow\.py.*line 2.*SyntaxError"):
        load_module(write_source("def broken(:\n"))


def test_a_script_that_exits_is_an_error(write_source):
    with pytest.raises(InvalidInput, match="SystemExit"):
        load_module(write_source("raise SystemExit(3)"))


def test_a_declaration_error_tells_its_line(write_source):
    with pytest.raises(InvalidInput, match=r"flow\.py:2: Parameter x of task f") as caught:
        load_module(write_source("@gw.task\ndef f(x) -> int: return x"))
    assert caught.value.code == "UNANNOTATED_PARAMETER"
    assert caught.value.hint
