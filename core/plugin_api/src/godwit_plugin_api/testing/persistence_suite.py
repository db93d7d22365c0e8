"""The contract of persistence, as tests to inherit."""

from abc import ABC, abstractmethod
from pathlib import Path

import pytest

from godwit_plugin_api.errors import DataError
from godwit_plugin_api.persistence import Persistence

_MEBIBYTE = 1 << 20


class PersistenceSuite(ABC):
    """Inherit, and write `make_persistence` and `make_prefix`."""

    @abstractmethod
    def make_persistence(self) -> Persistence:
        """Return a new instance."""

    @abstractmethod
    def make_prefix(self, tmp_path: Path) -> str:
        """Return a uri below which nothing is, without a slash at its end."""

    @pytest.fixture
    def store(self) -> Persistence:
        """An instance."""
        return self.make_persistence()

    @pytest.fixture
    def prefix(self, tmp_path: Path) -> str:
        """A uri below which nothing is."""
        return self.make_prefix(tmp_path)

    def put(self, store: Persistence, uri: str, content: bytes, tmp_path: Path) -> None:
        """Store *content*."""
        source = tmp_path / "source"
        source.write_bytes(content)
        store.put_file(source, uri)

    def read(self, store: Persistence, uri: str) -> bytes:
        """Return all bytes of a blob."""
        with store.open(uri) as file:
            return file.read()

    @pytest.mark.parametrize("content", [b"", b"godwit", bytes(range(256)) * 4096], ids=["empty", "small", "mebibyte"])
    def test_what_is_put_is_read(self, store: Persistence, prefix: str, tmp_path: Path, content: bytes) -> None:
        """By a stream, and as a local file."""
        self.put(store, f"{prefix}/a/b.bin", content, tmp_path)
        assert self.read(store, f"{prefix}/a/b.bin") == content
        assert store.get(f"{prefix}/a/b.bin", tmp_path / "copy").read_bytes() == content
        assert store.exists(f"{prefix}/a/b.bin")

    def test_another_instance_reads_it(self, prefix: str, tmp_path: Path) -> None:
        """Nothing is kept in memory."""
        self.put(self.make_persistence(), f"{prefix}/x", b"kept", tmp_path)
        assert self.read(self.make_persistence(), f"{prefix}/x") == b"kept"

    def test_streams_are_seekable(self, store: Persistence, prefix: str, tmp_path: Path) -> None:
        """A footer is read without the rest."""
        self.put(store, f"{prefix}/long", b"x" * _MEBIBYTE + b"footer", tmp_path)
        with store.open(f"{prefix}/long") as file:
            file.seek(-6, 2)
            assert file.read() == b"footer"
            file.seek(0)
            assert file.read(1) == b"x"

    def test_putting_again_is_no_error(self, store: Persistence, prefix: str, tmp_path: Path) -> None:
        """An attempt that was lost half-way is run again."""
        for _ in range(2):
            self.put(store, f"{prefix}/x", b"same", tmp_path)
        assert self.read(store, f"{prefix}/x") == b"same"

    @pytest.mark.parametrize("name", ["a b", "ä", "100%", "a#b", "a?b", "a+b", "日本"])
    def test_names_are_taken_as_they_are(self, store: Persistence, prefix: str, tmp_path: Path, name: str) -> None:
        """Files of a folder keep their names, whatever is in them."""
        folder = tmp_path / "folder"
        folder.mkdir()
        (folder / name).write_bytes(b"content")
        store.put_directory(folder, f"{prefix}/tree")
        assert [path for path, _ in store.list(f"{prefix}/tree")] == [name]
        assert (store.get(f"{prefix}/tree", tmp_path / "copy") / name).read_bytes() == b"content"

    def test_a_folder_comes_back_as_a_tree(self, store: Persistence, prefix: str, tmp_path: Path) -> None:
        """With its sub-folders; listed in order with sizes."""
        self._put_tree(store, f"{prefix}/tree", tmp_path)
        assert list(store.list(f"{prefix}/tree")) == [("a.txt", 1), ("sub/b.txt", 2), ("sub/deep/c.txt", 3)]
        tree = store.get(f"{prefix}/tree", tmp_path / "copy")
        assert (tree / "sub" / "deep" / "c.txt").read_bytes() == b"ccc"
        assert self.read(store, f"{prefix}/tree/sub/b.txt") == b"bb"
        assert store.exists(f"{prefix}/tree")

    def test_a_folder_put_again_replaces_what_was_left(self, store: Persistence, prefix: str, tmp_path: Path) -> None:
        """As with files."""
        for _ in range(2):
            self._put_tree(store, f"{prefix}/tree", tmp_path)
        assert len(list(store.list(f"{prefix}/tree"))) == 3

    def test_what_is_missing_is_named(self, store: Persistence, prefix: str, tmp_path: Path) -> None:
        """Reading it is BLOB_MISSING with the uri; asking, listing and deleting are no errors."""
        uri = f"{prefix}/nothing"
        with pytest.raises(DataError) as opened:
            store.open(uri).read()
        with pytest.raises(DataError) as got:
            store.get(uri, tmp_path / "copy")
        for caught in (opened, got):
            assert caught.value.code == "BLOB_MISSING"
            assert uri in caught.value.message
        assert not store.exists(uri)
        assert list(store.list(uri)) == []
        store.delete(uri)

    def test_what_is_deleted_is_gone_and_the_rest_is_there(
        self, store: Persistence, prefix: str, tmp_path: Path
    ) -> None:
        """A blob by its uri, a tree by its prefix; twice is once."""
        self.put(store, f"{prefix}/keep", b"kept", tmp_path)
        self.put(store, f"{prefix}/tree-like-name", b"kept", tmp_path)
        self.put(store, f"{prefix}/blob", b"gone", tmp_path)
        self._put_tree(store, f"{prefix}/tree", tmp_path)
        for _ in range(2):
            store.delete(f"{prefix}/blob")
            store.delete(f"{prefix}/tree")
        assert not store.exists(f"{prefix}/blob")
        assert not store.exists(f"{prefix}/tree")
        assert self.read(store, f"{prefix}/keep") == b"kept"
        assert self.read(store, f"{prefix}/tree-like-name") == b"kept"

    def test_a_source_that_is_missing_stores_nothing(self, store: Persistence, prefix: str, tmp_path: Path) -> None:
        """It is a DataError, and nothing is there afterwards."""
        with pytest.raises(DataError):
            store.put_file(tmp_path / "missing", f"{prefix}/x")
        with pytest.raises(DataError):
            store.put_directory(tmp_path / "missing", f"{prefix}/tree")
        assert not store.exists(f"{prefix}/x")
        assert list(store.list(prefix)) == []

    def _put_tree(self, store: Persistence, uri: str, tmp_path: Path) -> None:
        source = tmp_path / "tree-source"
        deep = source / "sub" / "deep"
        deep.mkdir(parents=True, exist_ok=True)
        (source / "a.txt").write_bytes(b"a")
        (source / "sub" / "b.txt").write_bytes(b"bb")
        (deep / "c.txt").write_bytes(b"ccc")
        store.put_directory(source, uri)
