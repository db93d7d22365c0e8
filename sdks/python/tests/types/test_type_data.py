"""Files, folders, pickles and large values: kept by reference, found again, checked."""

import os
from pathlib import Path
from typing import Annotated

import pytest
from godwit.files import Directory, File, Format
from godwit.marks import Hash
from godwit.types.absent_data import ABSENT_DATA
from godwit.types.codec import Codec
from godwit.types.errors import DataCorrupt, ValueMismatch
from godwit.types.offloading import INLINE_LIMIT_BYTES, MESSAGE_LIMIT_BYTES, load_item, load_reference, offload
from godwit.types.stored_data import StoredData, local_path
from godwit.values import Json, Pickled
from godwit_plugin_api.errors import DataError, InvalidInput
from godwitidl.core.v1.values_pb2 import Literal, SimpleType, Type
from godwitidl.rules import validation
from godwitidl.rules.digest import content_digest, literal_digest, tree_digest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FILES = Annotated[File, Format("csv")]
EXAMPLES = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)


def test_a_users_file_is_copied_and_left_as_it_is(types, data, tmp_path):
    path = tmp_path / "grün.csv"
    path.write_bytes(b"a,b\n")
    literal = types.to_literal(File(path), FILES, data)
    assert (literal.file.name, literal.file.format, literal.file.size_bytes) == ("grün.csv", "csv", 4)
    assert literal.file.digest == content_digest(b"a,b\n")
    assert path.read_bytes() == b"a,b\n"
    assert local_path(literal.file.uri) != path
    back = types.from_literal(literal, FILES, data)
    assert back.read_text() == "a,b\n"
    assert back.path.read_bytes() == b"a,b\n"
    assert (back.name, back.size_bytes, back.digest) == ("grün.csv", 4, literal.file.digest)
    assert Path(back).name == "grün.csv"
    assert os.fspath(back) == str(back.path)


def test_a_file_that_was_given_is_passed_on_as_it_is(types, data, tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"1")
    first = types.to_literal(File(path), File, data)
    other = StoredData((tmp_path / "other").as_uri(), lambda _: pytest.fail("nothing is stored again"))
    assert types.to_literal(types.from_literal(first, File, other), File, other) == first


def test_a_file_is_streamed_and_not_written_to(types, data, tmp_path):
    path = tmp_path / "lines.txt"
    path.write_text("1\n2\n")
    back = types.from_literal(types.to_literal(File(path), File, data), File, data)
    with back.open("r") as lines:
        assert [line.strip() for line in lines] == ["1", "2"]
    with back.open() as stream:
        stream.seek(2)
        assert stream.read() == b"2\n"
    for mode in ("w", "a", "r+"):
        with pytest.raises(InvalidInput, match=r"File\.new"):
            back.open(mode)
    assert back.path.exists()
    with pytest.raises(InvalidInput, match=r"File\.new"):
        back.open("w")


def test_a_new_file_outside_of_a_task_lies_in_a_temporary_folder():
    file = File.new("report.html")
    with file.open("w") as stream:
        stream.write("<p>")
    assert file.path.name == "report.html"
    assert file.read_bytes() == b"<p>"
    for name in ("", "a/b", "..", "/x"):
        with pytest.raises(InvalidInput, match="without folders"):
            File.new(name)


def test_formats_must_agree(types, data, tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"1")
    with pytest.raises(ValueMismatch, match="format"):
        types.to_literal(File(path, format="json"), FILES, data)
    literal = types.to_literal(File(path, format="json"), File, data)
    with pytest.raises(ValueMismatch, match="json"):
        types.from_literal(literal, FILES, data)
    assert types.to_literal(path, FILES, data).file.format == "csv"


def test_a_file_that_is_not_there_is_refused(types, data, tmp_path):
    with pytest.raises(ValueMismatch, match="where there is none"):
        types.to_literal(File(tmp_path / "missing"), File, data)
    with pytest.raises(ValueMismatch, match="where there is none"):
        types.to_literal(File(tmp_path), File, data)
    with pytest.raises(DataError):
        types.to_literal(File(__file__), File, ABSENT_DATA)


def test_folders_keep_their_tree_and_its_digest(types, data, tmp_path):
    folder = tmp_path / "model"
    (folder / "sub").mkdir(parents=True)
    (folder / "a").write_bytes(b"1")
    (folder / "sub" / "b").write_bytes(b"22")
    literal = types.to_literal(Directory(folder), Directory, data)
    stored = literal.directory
    assert (stored.file_count, stored.size_bytes) == (2, 3)
    assert stored.digest == tree_digest([("a", content_digest(b"1")), ("sub/b", content_digest(b"22"))])
    back = types.from_literal(literal, Directory, data)
    assert [path.as_posix() for path in back] == ["a", "sub/b"]
    assert (back / "sub" / "b").read_bytes() == b"22"
    assert (folder / "a").exists()


def test_what_two_outputs_share_is_stored_once(types, data):
    path = data.create("shared.txt")
    path.write_text("x")
    first = types.to_literal(File(path), File, data)
    second = types.to_literal(File(path), File, data)
    assert first == second


def test_equal_names_do_not_collide_and_nothing_is_left_behind(types, data, tmp_path):
    assert not (tmp_path / "out").exists()
    paths = [data.create("same.txt") for _ in range(3)]
    for number, path in enumerate(paths):
        path.write_text(str(number))
    literals = [types.to_literal(File(path), File, data) for path in paths[:2]]
    data.clear()
    assert [local_path(literal.file.uri).read_text() for literal in literals] == ["0", "1"]
    assert not paths[2].exists()
    assert sorted(path.name for path in (tmp_path / "out").rglob("*") if path.is_file()) == ["same.txt", "same.txt"]


class Thing:
    def __init__(self, size: int) -> None:
        self.size = size


def test_pickle_is_opted_in_to(types, data):
    literal = types.to_literal(2 + 3j, Pickled[complex], data)
    assert literal.file.format == "python.pickle"
    assert types.from_literal(literal, Pickled[complex], data) == 2 + 3j
    with pytest.raises(ValueMismatch, match=r"expected file<python\.pickle>, got int 1"):
        types.to_literal(1, Pickled[complex], data)
    with pytest.raises(ValueMismatch, match="cannot be pickled"):
        types.to_literal(Thing(lambda: 1), Pickled[Thing], data)  # type: ignore[arg-type]


def test_a_pickle_of_another_content_is_not_read(types, data):
    literal = types.to_literal(2 + 3j, Pickled[complex], data)
    path = local_path(literal.file.uri)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"complex", b"comples"))
    with pytest.raises(DataCorrupt, match="another content"):
        types.from_literal(literal, Pickled[complex], data)
    path.unlink()
    with pytest.raises(DataError):
        types.from_literal(literal, Pickled[complex], data)


VALUES = [
    (list[int], st.lists(st.integers(-(2**63), 2**63 - 1), min_size=8)),
    (list[float], st.lists(st.floats(allow_nan=False), min_size=8)),
    (list[str], st.lists(st.text(st.characters(codec="utf-8")), min_size=8)),
    (tuple[int, ...], st.lists(st.integers(-5, 5), min_size=8).map(tuple)),
    (dict[str, int], st.dictionaries(st.text("abc"), st.integers(-5, 5), min_size=8)),
    (Json, st.lists(st.integers() | st.none(), min_size=30)),
    (str, st.text(st.characters(codec="utf-8"), min_size=80)),
]


@pytest.mark.parametrize(("annotation", "values"), VALUES, ids=[str(annotation) for annotation, _ in VALUES])
def test_offloaded_values_have_the_digest_of_inline_ones(types, data, annotation, values):
    codec = types.codec(annotation)

    @given(values)
    @EXAMPLES
    def check(value):
        literal = Literal()
        codec.fill(literal, value, data)
        digest = literal_digest(literal)
        stored = offload(literal, codec.type, digest, data)
        assert stored.HasField("reference")
        assert literal_digest(stored) == digest
        assert literal_digest(load_reference(stored.reference, data)) == digest
        assert codec.decode(stored, data) == value
        if codec.type.HasField("list"):
            assert stored.reference.item_count == len(value)
            for index in (0, len(value) - 1):
                item = load_item(stored.reference, index, data)
                assert types.value_of_type(item, codec.type.list.item, data) == value[index]

    check()


def test_the_limits_are_those_of_the_contract():
    assert (INLINE_LIMIT_BYTES, MESSAGE_LIMIT_BYTES) == (validation.INLINE_LIMIT_BYTES, validation.MESSAGE_LIMIT_BYTES)


def test_short_values_are_never_offloaded(types, data):
    literal = types.to_literal(1, int, data)
    assert offload(literal, types.type_of(int), literal_digest(literal), data) is literal


def test_the_authors_hash_is_copied_outward(types, data):
    literal = types.to_literal("x" * 100, str, data)
    literal.hash = "v1"
    stored = offload(literal, types.type_of(str), literal_digest(literal), data)
    assert stored.hash == "v1"
    assert literal_digest(stored) == literal_digest(literal)
    assert types.from_literal(stored, str, data) == "x" * 100


def test_an_authors_hash_stands_for_the_value(types, data):
    annotation = Annotated[str, Hash(str.lower)]
    one, other = (types.to_literal(text, annotation, data) for text in ("Text", "tEXT"))
    assert one != other
    assert literal_digest(one) == literal_digest(other)
    assert types.from_literal(one, annotation, data) == "Text"
    large = types.to_literal("X" * 70_000, annotation, data)
    assert (large.hash, large.HasField("reference")) == ("x" * 70_000, True)
    assert types.to_literal(["A", "B"], list[annotation], data).list.items[1].hash == "b"
    with pytest.raises(ValueMismatch, match="not empty"):
        types.to_literal("", annotation, data)


def test_values_above_the_limit_are_offloaded_by_themselves(types, data):
    assert types.to_literal("x" * 60_000, str, data).HasField("string_value")
    assert types.to_literal("x" * 70_000, str, data).HasField("reference")


def test_an_offloaded_value_is_converted_by_its_reader(types, data):
    numbers = list(range(10**6, 10**6 + 30_000))
    stored = types.to_literal(numbers, list[int], data)
    assert stored.HasField("reference")
    assert types.from_literal(stored, list[float], data) == [float(number) for number in numbers]
    assert types.from_literal(stored, list[int] | None, data) == numbers
    with pytest.raises(ValueMismatch, match="does not cast"):
        types.from_literal(stored, list[str], data)
    too_large = types.to_literal([2**53 + 1] * 20_000, list[int], data)
    with pytest.raises(ValueMismatch, match="not exactly a float"):
        types.from_literal(too_large, list[float], data)


@pytest.mark.parametrize("damage", [lambda content: content[:-1], lambda content: b"\xff" + content[1:], lambda _: b""])
def test_damaged_data_is_noticed(types, data, damage):
    for value, annotation in ((["abc"] * 20_000, list[str]), ("x" * 70_000, str)):
        literal = types.to_literal(value, annotation, data)
        path = local_path(literal.reference.uri)
        path.chmod(0o644)
        path.write_bytes(damage(path.read_bytes()))
        with pytest.raises(DataCorrupt, match="Run the task that produced it again"):
            types.from_literal(literal, annotation, data)


def test_an_item_outside_of_the_list_is_an_index_error(types, data):
    stored = types.to_literal(["abc"] * 20_000, list[str], data)
    for index in (-1, 20_000):
        with pytest.raises(IndexError):
            load_item(stored.reference, index, data)


def test_nothing_can_be_read_from_where_no_plugin_reads(types, data):
    literal = Literal(file={"uri": "nowhere://bucket/x", "name": "x"})
    with pytest.raises(Exception, match="nowhere"):
        types.from_literal(literal, File, data).read_bytes()
    with pytest.raises(DataError, match="scheme"):
        data.open("relative/path")


def test_an_unknown_type_is_refused(types, data):
    with pytest.raises(ValueMismatch, match="Upgrade"):
        types.literal_of_type(1, Type(), data)
    with pytest.raises(ValueMismatch, match="Upgrade"):
        types.literal_of_type(1, Type(simple=SimpleType.SIMPLE_TYPE_ERROR), data)


def test_constants_may_be_files(types, data, tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(b"1")
    type_ = types.type_of(FILES)
    literal = types.literal_of_type(File(path), type_, data)
    assert types.value_of_type(literal, type_, data).read_bytes() == b"1"
    with pytest.raises(ValueMismatch):
        types.literal_of_type("x.csv", type_, data)


def test_a_codec_is_a_promise_to_do_all_three():
    codec = Codec(Type(simple=SimpleType.SIMPLE_TYPE_INT), "int_value")
    with pytest.raises(NotImplementedError):
        codec.fill(Literal(), 1, ABSENT_DATA)
