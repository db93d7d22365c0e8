"""Files of this host as persistence."""

import os
from pathlib import Path

import pytest
from godwit_core.persistence.file import FilePersistence, path_of, uri_of
from godwit_plugin_api.errors import DataError, InvalidInput
from godwit_plugin_api.testing.persistence_suite import PersistenceSuite
from hypothesis import given
from hypothesis import strategies as st


class TestFilePersistence(PersistenceSuite):
    def make_persistence(self):
        return FilePersistence()

    def make_prefix(self, tmp_path):
        return uri_of(tmp_path / "store of blobs")


class TestDurableFilePersistence(TestFilePersistence):
    def make_persistence(self):
        return FilePersistence(durable=True)


@given(
    st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1).filter(
        lambda n: n not in {".", ".."}
    )
)
def test_uri_and_path_are_inverse(name):
    path = Path("/some folder", name)
    assert path_of(uri_of(path)) == path
    assert uri_of(path).isascii()


@pytest.mark.parametrize(
    "uri", ["s3://bucket/key", "/plain/path", "file://host/path", "file:relative", "file:///a%00b"]
)
def test_other_uris_are_refused(uri):
    with pytest.raises(InvalidInput, match="file:///absolute/path"):
        path_of(uri)


def test_a_file_on_the_same_file_system_is_moved_and_read_only(tmp_path):
    source = tmp_path / "source"
    source.write_bytes(b"x")
    inode = source.stat().st_ino
    FilePersistence().put_file(source, uri_of(tmp_path / "blob"))
    assert not source.exists()
    assert (tmp_path / "blob").stat().st_ino == inode
    assert (tmp_path / "blob").stat().st_mode & 0o222 == 0


def test_what_links_lead_to_is_stored_and_left_as_it_is(tmp_path):
    target = tmp_path / "users-own"
    target.write_bytes(b"x")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "link").symlink_to(target)
    store = FilePersistence()
    store.put_directory(folder, uri_of(tmp_path / "tree"))
    stored = tmp_path / "tree" / "link"
    assert stored.read_bytes() == b"x"
    assert not stored.is_symlink()
    assert os.access(target, os.W_OK)
    assert target.stat().st_mode & 0o200


def test_unfinished_files_are_no_blobs(tmp_path):
    (tmp_path / ".godwit-unfinished-0-x").write_bytes(b"half")
    store = FilePersistence()
    assert list(store.list(uri_of(tmp_path))) == []
    assert not store.exists(uri_of(tmp_path))


def test_a_store_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    source = tmp_path / "source"
    source.write_bytes(b"x")
    uri = uri_of(tmp_path / "file" / "below")
    with pytest.raises(DataError) as caught:
        FilePersistence().put_file(source, uri)
    assert uri in caught.value.message


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="names of descriptors are read from /proc")
def test_durable_files_and_folders_are_synced_before_it_returns(tmp_path, monkeypatch):
    synced = []

    def fsync(descriptor):
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))

    monkeypatch.setattr(os, "fsync", fsync)
    source = tmp_path / "source"
    source.write_bytes(b"x")
    FilePersistence(durable=True).put_file(source, uri_of(tmp_path / "a" / "b" / "blob"))
    assert synced[0] == str(source)
    assert {str(tmp_path), str(tmp_path / "a"), str(tmp_path / "a" / "b")} <= set(synced)
    synced.clear()
    source.write_bytes(b"x")
    FilePersistence().put_file(source, uri_of(tmp_path / "a" / "b" / "blob"))
    assert synced == []
