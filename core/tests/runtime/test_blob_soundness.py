"""Blobs that values refer to: there, and as they were stored."""

import hashlib
import os

import pytest
from godwit_core.runtime.blobs import are_sound
from godwit_plugin_api.loading import load_plugins
from godwitidl.core.v1.values_pb2 import Literal
from godwitidl.rules.digest import literal_digest, tree_digest

STORED_US = 1_000_000_000_000_000
"""When the results were stored; blobs are older."""


@pytest.fixture(scope="module")
def plugins():
    return load_plugins()


def write(path, content, *, later=False):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    seconds = STORED_US / 1e6 + (5 if later else -5)
    os.utime(path, (seconds, seconds))


def digest_of(content):
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def file_at(folder):
    write(folder / "blob", b"content")
    literal = Literal()
    literal.file.uri, literal.file.digest, literal.file.size_bytes = (
        (folder / "blob").as_uri(),
        digest_of(b"content"),
        7,
    )
    return literal


def table_at(folder):
    write(folder / "blob", b"content")
    literal = Literal()
    literal.table.uri, literal.table.format = (folder / "blob").as_uri(), "parquet"
    literal.table.digest, literal.table.size_bytes = digest_of(b"content"), 7
    return literal


def directory_at(folder):
    write(folder / "blob", b"content")
    write(folder / "inner" / "other", b"")
    literal = Literal()
    literal.directory.uri, literal.directory.size_bytes = folder.as_uri(), 7
    literal.directory.digest = tree_digest([("blob", digest_of(b"content")), ("inner/other", digest_of(b""))])
    return literal


def reference_at(folder):
    value = Literal(string_value="xyz")
    stored = value.SerializeToString()
    write(folder / "blob", stored)
    literal = Literal()
    literal.reference.uri, literal.reference.size_bytes = (folder / "blob").as_uri(), len(stored)
    literal.reference.digest = literal_digest(value)
    literal.reference.type.simple = 4
    return literal


def listed(literal):
    outer = Literal()
    outer.list.items.add().CopyFrom(literal)
    return outer


def in_a_record(literal):
    outer = Literal()
    outer.record.fields.add(name="f").value.CopyFrom(literal)
    return outer


def in_a_map(literal):
    outer = Literal()
    entry = outer.map.entries.add()
    entry.key.string_value = "k"
    entry.value.CopyFrom(literal)
    return outer


KINDS = [file_at, table_at, directory_at, reference_at]


def sound(plugins, literal):
    return are_sound(plugins, {"result": (literal.SerializeToString(), b"")}, STORED_US)


@pytest.mark.parametrize("around", [lambda one: one, listed, in_a_record, in_a_map])
@pytest.mark.parametrize("make", KINDS)
def test_what_is_as_it_was_is_sound(plugins, tmp_path, make, around):
    literal = around(make(tmp_path / "x"))
    assert sound(plugins, literal)
    blob = tmp_path / "x" / "blob"
    write(blob, blob.read_bytes(), later=True)
    assert sound(plugins, literal), "written again, with the same content"
    blob.unlink()
    assert not sound(plugins, literal)


@pytest.mark.parametrize("make", KINDS)
@pytest.mark.parametrize("later", [False, True])
def test_a_blob_of_another_size_is_not(plugins, tmp_path, make, later):
    literal = make(tmp_path / "x")
    write(tmp_path / "x" / "blob", b"cont", later=later)
    assert not sound(plugins, literal)


@pytest.mark.parametrize("make", KINDS)
def test_a_blob_with_another_content_is_not(plugins, tmp_path, make):
    literal = make(tmp_path / "x")
    blob = tmp_path / "x" / "blob"
    content = blob.read_bytes()
    write(blob, content[:-1] + bytes([content[-1] ^ 1]), later=True)
    assert not sound(plugins, literal)


def test_a_folder_with_another_file_is_not(plugins, tmp_path):
    literal = directory_at(tmp_path / "x")
    write(tmp_path / "x" / "more", b"", later=True)
    assert not sound(plugins, literal)


def test_without_a_digest_being_there_is_enough(plugins, tmp_path):
    literal = file_at(tmp_path / "x")
    literal.file.digest = ""
    write(tmp_path / "x" / "blob", b"another", later=True)
    assert sound(plugins, literal)


def test_values_without_blobs_are_sound(plugins):
    assert sound(plugins, Literal(int_value=1))
