"""`gw.Table`, and tables in Arrow's format: whatever library writes, every other reads the same."""

import tempfile
from functools import partial
from pathlib import Path
from typing import Annotated

import godwit as gw
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from godwit.transformers.lazy_tables import LazyTableTransformer
from godwit.types.errors import DataCorrupt, UnsupportedType, ValueMismatch
from godwit.types.registry import TypeRegistry
from godwit.types.stored_data import StoredData, local_path
from godwit_plugin_api.errors import InvalidInput
from godwit_plugin_api.loading import load_plugins
from godwit_plugin_api.manifest import Kind
from godwit_plugin_api.registry import PluginRegistry
from godwit_plugin_api.testing.transformer_suite import TransformerSuite
from godwitidl.core.v1.values_pb2 import Literal
from godwitidl.rules.castability import Level, castability
from hypothesis import assume, given, settings
from hypothesis import strategies as st

FRAMES = {"pandas": pd.DataFrame, "polars": pl.DataFrame, "pyarrow": pa.Table}
ARROW = gw.Format("arrow")
PLUGINS = load_plugins()
TYPES = TypeRegistry(lambda: PLUGINS)

NAMES = st.text("abcé_ 1", min_size=1, max_size=4)
CELLS = {
    "whole": st.integers(-(2**63), 2**63 - 1),
    "real": st.floats(allow_nan=False),
    "text": st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    "flag": st.booleans(),
    "bytes": st.binary(max_size=8),
    "list": st.lists(st.integers(-9, 9), max_size=3),
}
ARROW_TYPES = {
    "whole": pa.int64(),
    "real": pa.float64(),
    "text": pa.string(),
    "flag": pa.bool_(),
    "bytes": pa.binary(),
    "list": pa.list_(pa.int64()),
}


@st.composite
def tables(draw):
    """Tables of pyarrow: some columns of some types, with missing cells."""
    rows = draw(st.integers(0, 5))
    columns = {}
    for name in draw(st.lists(NAMES, unique=True, min_size=1, max_size=4)):
        kind = draw(st.sampled_from(sorted(CELLS)))
        cells = draw(st.lists(st.none() | CELLS[kind], min_size=rows, max_size=rows))
        columns[name] = pa.array(cells, ARROW_TYPES[kind])
    return pa.table(columns)


@pytest.fixture
def data(tmp_path):
    return _data(tmp_path)


def _data(folder):
    return StoredData((Path(folder) / "out").as_uri(), partial(PLUGINS.create, Kind.PERSISTENCE))


def as_library(table, library):
    if library == "pyarrow":
        return table
    return table.to_pandas(types_mapper=pd.ArrowDtype) if library == "pandas" else pl.from_arrow(table)


def fitting(table, library):
    """Without the columns that pandas does not read again as it has written them."""
    if library != "pandas":
        return table
    kept = [field.name for field in table.schema if not pa.types.is_list(field.type)]
    assume(kept)
    return table.select(kept)


def plain(table):
    """The cells of a table of pyarrow, in lists."""
    return {name: [None if cell is None else cell for cell in table[name].to_pylist()] for name in table.column_names}


@settings(deadline=None, max_examples=60)
@given(tables(), st.sampled_from(sorted(FRAMES)), st.sampled_from(["", "parquet", "arrow"]))
def test_what_one_library_writes_all_read_the_same(table, library, format_name):
    table = fitting(table, library)
    frame, cls = as_library(table, library), FRAMES[library]
    annotation = Annotated[cls, gw.Format(format_name)] if format_name else cls
    with tempfile.TemporaryDirectory() as folder:
        data = _data(folder)
        literal = TYPES.to_literal(frame, annotation, data)
        assert literal.table.format == (format_name or "parquet")
        assert literal.table.row_count == table.num_rows
        lazy = TYPES.from_literal(literal, gw.Table, data)
        assert lazy.columns == tuple(table.column_names)
        assert plain(lazy.to_arrow()) == plain(table)
        assert plain(lazy.to_polars().to_arrow()) == plain(table)
        assert len(lazy.to_pandas()) == table.num_rows
        last = table.column_names[-1:]
        assert plain(lazy.to_arrow(last)) == plain(table.select(last))
        assert lazy.to_polars(last).columns == last
        assert list(lazy.to_pandas(last).columns) == last


@settings(deadline=None, max_examples=60)
@given(tables(), st.sampled_from(sorted(FRAMES)), st.sampled_from(["", "parquet", "arrow"]))
def test_a_table_is_stored_as_its_frame_is(table, library, format_name):
    table = fitting(table, library)
    frame, cls = as_library(table, library), FRAMES[library]
    mark = (gw.Format(format_name),) if format_name else ()
    annotation, lazy = (Annotated[cls, *mark], Annotated[gw.Table, *mark]) if mark else (cls, gw.Table)
    with tempfile.TemporaryDirectory() as folder:
        data = _data(folder)
        direct = TYPES.to_literal(frame, annotation, data)
        wrapped = TYPES.to_literal(gw.Table(frame), lazy, data)
        assert wrapped.table.digest == direct.table.digest
        assert wrapped.table.columns == direct.table.columns
        passed_on = TYPES.to_literal(TYPES.from_literal(wrapped, gw.Table, data), lazy, data)
        assert passed_on == wrapped
        for reader in FRAMES.values():
            assert isinstance(TYPES.from_literal(wrapped, reader, data), reader)


class TestLazyTables(TransformerSuite):
    def make_transformer(self):
        return LazyTableTransformer()

    def cases(self):
        table = pa.table({"name": ["Ada", None], "age": [36, 41]})
        asked = Annotated[gw.Table, gw.Columns(name=str, age=int), ARROW]
        frames = [table, pl.from_arrow(table), table.to_pandas()]
        return [(annotation, gw.Table(frame)) for annotation in (gw.Table, asked) for frame in frames]

    def describe(self, annotation):
        return TypeRegistry(lambda: PluginRegistry(())).type_of(annotation)

    def equal(self, one, other):
        return one.to_arrow().to_pydict() == other.to_arrow().to_pydict()


def test_nothing_is_read_before_it_is_asked_for(data):
    literal = Literal(table={"uri": "file:///nowhere/table.parquet", "format": "parquet", "row_count": 3})
    table = TYPES.from_literal(literal, gw.Table, data)
    assert (table.row_count, table.columns, table.uri) == (3, (), "file:///nowhere/table.parquet")
    assert TYPES.to_literal(table, gw.Table, data) == literal


@pytest.mark.parametrize("mark", [(), (ARROW,)])
def test_columns_are_selected_with_the_index_of_pandas(data, mark):
    index = pd.Index(["x", "y"], name="key")
    frame = pd.DataFrame({"a": [1, 2], "b": [0.5, 1.5]}, index=index)
    annotation = Annotated[pd.DataFrame, *mark] if mark else pd.DataFrame
    table = TYPES.from_literal(TYPES.to_literal(frame, annotation, data), gw.Table, data)
    pd.testing.assert_frame_equal(table.to_pandas(["b"]), frame[["b"]])
    assert table.to_polars(["b", "b"]).to_dict(as_series=False) == {"b": [0.5, 1.5]}
    assert table.to_arrow(["b", "a"]).column_names == ["b", "a"]
    for read in (table.to_pandas, table.to_polars, table.to_arrow):
        with pytest.raises(ValueMismatch, match="a column c"):
            read(["c"])


def test_a_table_that_is_not_stored_yet_is_converted():
    frame = pd.DataFrame({"a": [1, 2]})
    table = gw.Table(frame)
    assert table.to_pandas() is frame
    assert (table.columns, table.row_count, table.uri) == (("a",), 2, "")
    assert table.to_polars().to_dict(as_series=False) == table.to_arrow(["a"]).to_pydict() == {"a": [1, 2]}
    assert gw.Table(pl.from_pandas(frame)).to_pandas(["a"]).equals(frame)
    assert gw.Table(pa.table({"a": [1]})).columns == ("a",)
    with pytest.raises(ValueMismatch, match="a column b"):
        table.to_polars(["b"])
    with pytest.raises(InvalidInput, match=r"polars\.DataFrame"):
        gw.Table([1]).to_pandas()


def test_another_format_is_written_anew(data):
    parquet = TYPES.to_literal(pa.table({"a": [1]}), pa.Table, data)
    table = TYPES.from_literal(parquet, gw.Table, data)
    arrow = TYPES.to_literal(table, Annotated[gw.Table, ARROW], data)
    assert arrow.table.format == "arrow"
    assert TYPES.from_literal(arrow, gw.Table, data).to_arrow().to_pydict() == {"a": [1]}


@pytest.mark.parametrize("library", sorted(FRAMES))
def test_damaged_arrow_files_are_noticed(data, library):
    frame = as_library(pa.table({"a": list(range(2000))}), library)
    literal = TYPES.to_literal(frame, Annotated[FRAMES[library], ARROW], data)
    path = local_path(literal.table.uri)
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 0xFF
    path.chmod(0o644)
    path.write_bytes(content)
    table = TYPES.from_literal(literal, gw.Table, data)
    for read in (table.to_pandas, table.to_polars, table.to_arrow):
        with pytest.raises(DataCorrupt):
            read()


@pytest.mark.parametrize(
    ("annotation", "value", "text"),
    [
        (gw.Table, pd.DataFrame(), "expected table"),
        (gw.Table, gw.Table([1]), "a Table of a pandas.DataFrame"),
        (Annotated[gw.Table, gw.Columns(b=int)], gw.Table(pa.table({"a": [1]})), "a column b"),
    ],
)
def test_what_is_no_such_table_is_refused(data, annotation, value, text):
    with pytest.raises(ValueMismatch) as caught:
        TYPES.to_literal(value, annotation, data)
    assert text in str(caught.value)


def test_columns_are_checked_without_reading(data):
    stored = TYPES.to_literal(pa.table({"a": [1]}), pa.Table, data)
    stored.table.uri = "file:///nowhere/table.parquet"
    for columns, text in ((gw.Columns(b=int), "a column b"), (gw.Columns(a=str), "column a of string")):
        with pytest.raises(ValueMismatch) as caught:
            TYPES.from_literal(stored, Annotated[gw.Table, columns], data)
        assert text in str(caught.value)


def test_formats_are_those_of_tables():
    for cls in (gw.Table, *FRAMES.values()):
        with pytest.raises(UnsupportedType, match="parquet or arrow"):
            TYPES.type_of(Annotated[cls, gw.Format("csv")])


def test_tables_are_cast_to_each_other():
    any_table, arrow = TYPES.type_of(gw.Table), TYPES.type_of(Annotated[gw.Table, ARROW])
    for cls in FRAMES.values():
        assert castability(TYPES.type_of(cls), any_table) is Level.SAME
        assert castability(any_table, TYPES.type_of(cls)) is Level.SAME
        assert castability(arrow, TYPES.type_of(cls)) is Level.SAME
        assert castability(TYPES.type_of(cls), arrow) is Level.CHECKED
        assert castability(TYPES.type_of(Annotated[cls, gw.Format("parquet")]), arrow) is Level.NO
