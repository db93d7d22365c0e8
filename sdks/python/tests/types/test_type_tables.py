"""Frames, tables, arrays and estimators."""

import io
import zipfile
from datetime import datetime
from typing import Annotated, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.feather
import pytest
from godwit.marks import Columns, Trusted
from godwit.transformers.arrow_tables import TableTransformer
from godwit.transformers.catalogue import TRANSFORMERS
from godwit.transformers.numpy_arrays import ArrayTransformer
from godwit.transformers.pandas_frames import DataFrameTransformer as PandasTransformer
from godwit.transformers.polars_frames import DataFrameTransformer as PolarsTransformer
from godwit.transformers.sklearn_estimators import EstimatorTransformer
from godwit.types.errors import DataCorrupt, UnsupportedType, ValueMismatch
from godwit.types.stored_data import local_path
from godwit_plugin_api.testing.transformer_suite import TransformerSuite
from godwitidl.core.v1.values_pb2 import Literal
from godwitidl.rules.rendering import render_type
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

PANDAS = pd.DataFrame(
    {
        "whole": [1, 2, 3],
        "real": [0.5, float("nan"), -0.0],
        "text": ["é", None, ""],
        "when": pd.date_range("2024-10-27", periods=3, freq="h", tz="Europe/Berlin"),
        "kind": pd.Categorical(["a", "b", "a"]),
        "maybe": pd.array([True, None, False], dtype="boolean"),
    },
    index=pd.MultiIndex.from_tuples([("x", 1), ("x", 2), ("y", 1)], names=["group", "number"]),
)
POLARS = pl.DataFrame(
    {
        "whole": [1, None, 3],
        "text": ["é", None, ""],
        "items": [[1], [], None],
        "when": [datetime(2024, 1, 1)] * 3,  # noqa: DTZ001 - a column without zone
        "parts": [{"a": 1}, {"a": 2}, {"a": 3}],
    }
)
ARROW = pa.table({"whole": [1, 2, None], "text": ["a", None, "ü"], "parts": [[{"a": 1}], [], None]})
GENERATOR = np.random.default_rng(7)
FEATURES, LABELS = GENERATOR.normal(size=(40, 3)), np.arange(40) % 2


class TestPandas(TransformerSuite):
    def make_transformer(self):
        return PandasTransformer()

    def cases(self):
        return [
            (pd.DataFrame, PANDAS),
            (pd.DataFrame, pd.DataFrame()),
            (pd.DataFrame, pd.DataFrame({"a": []})),
            (pd.DataFrame, pd.DataFrame(np.arange(6).reshape(2, 3))),
            (Annotated[pd.DataFrame, Columns(whole=int, real=float, text=str)], PANDAS),
        ]

    def describe(self, annotation):
        return _describe(annotation)

    def equal(self, one, other):
        pd.testing.assert_frame_equal(one, other)
        return True


class TestPolars(TransformerSuite):
    def make_transformer(self):
        return PolarsTransformer()

    def cases(self):
        return [
            (pl.DataFrame, POLARS),
            (pl.DataFrame, pl.DataFrame()),
            (Annotated[pl.DataFrame, Columns({"whole": int | None})], POLARS),
        ]

    def describe(self, annotation):
        return _describe(annotation)

    def equal(self, one, other):
        return one.equals(other)


class TestArrow(TransformerSuite):
    def make_transformer(self):
        return TableTransformer()

    def cases(self):
        return [(pa.Table, ARROW), (pa.Table, pa.table({})), (Annotated[pa.Table, Columns(text=str)], ARROW)]

    def describe(self, annotation):
        return _describe(annotation)

    def equal(self, one, other):
        return one.equals(other)


class TestArrays(TransformerSuite):
    def make_transformer(self):
        return ArrayTransformer()

    def cases(self):
        arrays: list[Any] = [
            np.arange(6.0).reshape(2, 3),
            np.asfortranarray(np.arange(6).reshape(2, 3)),
            np.zeros((0, 3), dtype="f4"),
            np.array(7),
            np.array(["a", "üb"]),
            np.array(["2024-01-01"], dtype="M8[D]"),
            np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
        ]
        return [(np.ndarray, array) for array in arrays]

    def equal(self, one, other):
        return one.dtype == other.dtype and one.shape == other.shape and bool((one == other).all())


class TestEstimators(TransformerSuite):
    def make_transformer(self):
        return EstimatorTransformer()

    def cases(self):
        return [
            (LogisticRegression, LogisticRegression(C=0.5).fit(FEATURES, LABELS)),
            (Pipeline, make_pipeline(StandardScaler(), LogisticRegression()).fit(FEATURES, LABELS)),
            (BaseEstimator, RandomForestClassifier(3, random_state=0).fit(FEATURES, LABELS)),
        ]

    def equal(self, one, other):
        return type(one) is type(other) and bool((one.predict(FEATURES) == other.predict(FEATURES)).all())


def _describe(annotation):
    from godwit.types.registry import TypeRegistry  # noqa: PLC0415 - beside its one use
    from godwit_plugin_api.registry import PluginRegistry  # noqa: PLC0415 - beside its one use

    return TypeRegistry(lambda: PluginRegistry(())).type_of(annotation)


def test_every_record_of_the_catalogue_is_installed_and_loads(plugins):
    for record in TRANSFORMERS:
        assert plugins.find(record.kind, record.key) == record
        assert plugins.create(record.kind, record.key) is not None


def test_a_table_is_read_by_any_library(types, data):
    written = {
        pl.DataFrame: pl.DataFrame({"a": [1, 2], "s": ["x", "y"]}),
        pd.DataFrame: pd.DataFrame({"a": [1, 2], "s": ["x", "y"]}),
        pa.Table: pa.table({"a": [1, 2], "s": ["x", "y"]}),
    }
    for writer, value in written.items():
        literal = types.to_literal(value, writer, data)
        assert (literal.table.format, literal.table.row_count) == ("parquet", 2)
        assert [(column.name, render_type(column.type)) for column in literal.table.columns] == [
            ("a", "int"),
            ("s", "string"),
        ]
        assert literal.table.size_bytes == local_path(literal.table.uri).stat().st_size
        for reader in written:
            back = types.from_literal(literal, reader, data)
            plain = (
                back.to_dict(as_series=False)
                if reader is pl.DataFrame
                else (back.to_dict("list") if reader is pd.DataFrame else back.to_pydict())
            )
            assert plain == {"a": [1, 2], "s": ["x", "y"]}


def test_what_is_read_can_be_changed(types, data):
    frame = types.from_literal(types.to_literal(PANDAS, pd.DataFrame, data), pd.DataFrame, data)
    frame["real"] += 1
    frame.iloc[0, 0] = 9
    assert frame.iloc[0, 0] == 9
    array = types.from_literal(types.to_literal(np.zeros(3), np.ndarray, data), np.ndarray, data)
    array[0] = 1
    assert array.tolist() == [1, 0, 0]


def test_arrow_files_are_read_too(types, data):
    path = data.create("table.arrow")
    pyarrow.feather.write_feather(pa.table({"a": [1]}), path)
    uri, size, digest = data.publish(path)
    literal = Literal(table={"uri": uri, "format": "arrow", "size_bytes": size, "digest": digest})
    assert types.from_literal(literal, pd.DataFrame, data)["a"].tolist() == [1]
    assert types.from_literal(literal, pl.DataFrame, data)["a"].to_list() == [1]
    literal.table.format = "orc"
    for reader in (pd.DataFrame, pl.DataFrame, pa.Table):
        with pytest.raises(ValueMismatch, match="orc"):
            types.from_literal(literal, reader, data)
        with pytest.raises(ValueMismatch):
            types.from_literal(Literal(int_value=1), reader, data)


def test_part_files_are_one_table(types, data, tmp_path):
    folder = tmp_path / "parts"
    folder.mkdir()
    for number in range(2):
        pl.DataFrame({"a": [number]}).write_parquet(folder / f"part-{number}.parquet")
    literal = Literal(table={"uri": folder.as_uri(), "format": "parquet"})
    assert types.from_literal(literal, pd.DataFrame, data)["a"].tolist() == [0, 1]
    assert types.from_literal(literal, pl.DataFrame, data)["a"].to_list() == [0, 1]


@pytest.mark.parametrize(
    ("annotation", "value", "text"),
    [
        (Annotated[pd.DataFrame, Columns(missing=int)], PANDAS, "a column missing"),
        (Annotated[pd.DataFrame, Columns(whole=float)], PANDAS, "column whole of float"),
        (Annotated[pl.DataFrame, Columns(missing=int)], POLARS, "a column missing"),
        (Annotated[pl.DataFrame, Columns(whole=str)], POLARS, "column whole of string"),
        (pd.DataFrame, pd.DataFrame({"a": [1, "x"]}), "one type of cells"),
        (pd.DataFrame, pd.DataFrame({"a": [object()]}), "one type of cells"),
        (pd.DataFrame, pd.DataFrame([[1, 2]], columns=["a", "a"]), "one type of cells"),
        (pd.DataFrame, {"a": [1]}, "expected table, got dict"),
        (np.ndarray, np.array([object()]), "Give it a dtype"),
        (np.ndarray, np.ma.masked_array([1, 2], [True, False]), "numpy.ndarray"),
        (np.ndarray, [1, 2], "got list"),
        (list[float], np.zeros(2), "Return value.tolist()"),
    ],
)
def test_what_does_not_fit_is_refused(types, data, annotation, value, text):
    with pytest.raises(ValueMismatch) as caught:
        types.to_literal(value, annotation, data)
    assert text in str(caught.value)


def test_numpy_numbers_are_numbers(types, data):
    assert types.to_literal(np.int64(3), int, data).int_value == 3
    assert types.to_literal(np.float32(0.5), float, data).float_value == 0.5
    assert types.to_literal(np.bool_(True), bool, data).bool_value is True
    assert types.to_literal([np.int8(1), 2], list[int], data).list.items[0].int_value == 1
    for value in (np.array([1]), np.True_, np.float64(1)):
        with pytest.raises(ValueMismatch):
            types.to_literal(value, int, data)
    with pytest.raises(UnsupportedType, match="Annotate bool, int, float or str"):
        types.type_of(np.float64)


def test_missing_instants_are_refused(types, data):
    for annotation in (datetime,):
        with pytest.raises(ValueMismatch):
            types.to_literal(pd.NaT, annotation, data)
    nanos = pd.Timestamp("2024-01-01T00:00:00.000000001")
    assert types.to_literal(nanos, datetime, data).datetime.time.nanos == 1


def test_damaged_files_are_noticed(types, data):
    frame = pd.DataFrame({"a": GENERATOR.normal(size=2000)})
    model = LogisticRegression().fit(FEATURES, LABELS)
    for value, annotation, kind in (
        (frame, pd.DataFrame, "table"),
        (np.zeros(100), np.ndarray, "file"),
        (model, LogisticRegression, "file"),
    ):
        literal = types.to_literal(value, annotation, data)
        path = local_path(getattr(literal, kind).uri)
        content = bytearray(path.read_bytes())
        content[len(content) // 3] ^= 0xFF
        path.chmod(0o644)
        path.write_bytes(content)
        with pytest.raises(DataCorrupt):
            types.from_literal(literal, annotation, data)


class Doubler(TransformerMixin, BaseEstimator):
    def fit(self, _features, _labels=None):
        return self

    def transform(self, features):
        return features * 2


def test_classes_of_ones_own_must_be_trusted(types, data):
    name = f"{Doubler.__module__}.Doubler"
    model = make_pipeline(Doubler(), LogisticRegression()).fit(FEATURES, LABELS)
    with pytest.raises(ValueMismatch, match=r"Trusted\("):
        types.to_literal(model, Pipeline, data)
    trusting = Annotated[Pipeline, Trusted(name)]
    literal = types.to_literal(model, trusting, data)
    back = types.from_literal(literal, trusting, data)
    assert (back.predict(FEATURES) == model.predict(FEATURES)).all()
    with pytest.raises(ValueMismatch, match="Doubler"):
        types.from_literal(literal, Pipeline, data)


def test_a_model_file_carries_no_time(types, data):
    literal = types.to_literal(LogisticRegression(), LogisticRegression, data)
    content = local_path(literal.file.uri).read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {item.date_time for item in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_another_format_is_refused(types, data):
    literal = Literal(file={"uri": "file:///x", "format": "csv"})
    for annotation in (np.ndarray, LogisticRegression):
        with pytest.raises(ValueMismatch, match="csv"):
            types.from_literal(literal, annotation, data)


def test_optional_frames_in_records_and_lists(types, data):
    annotation = dict[str, list[pl.DataFrame | None]]
    back = types.from_literal(types.to_literal({"a": [POLARS, None]}, annotation, data), annotation, data)
    assert back["a"][0].equals(POLARS)
    assert back["a"][1] is None
    one_of = int | pl.DataFrame
    assert types.from_literal(types.to_literal(POLARS, one_of, data), one_of, data).equals(POLARS)


def test_constants_may_be_frames(types, data):
    literal = types.literal_of_type(POLARS, types.type_of(pd.DataFrame), data)
    assert literal.table.row_count == 3
    with pytest.raises(ValueMismatch):
        types.value_of_type(literal, types.type_of(pd.DataFrame), data)
    with pytest.raises(ValueMismatch):
        types.literal_of_type(np.zeros(1), types.type_of(pd.DataFrame), data)
