"""Data frames of Spark as tables: the suite of transformers, and other libraries' files."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

import godwit as gw
import pandas as pd
import polars as pl
import pytest
from godwit.transformers.pandas_frames import DataFrameTransformer as Pandas
from godwit.transformers.polars_frames import DataFrameTransformer as Polars
from godwit.types.errors import ValueMismatch
from godwit_plugin_api.testing.folder_data import FolderData
from godwit_plugin_api.testing.transformer_suite import TransformerSuite
from godwit_spark import current
from godwit_spark.applications import DriverApplication
from godwit_spark.errors import NoSession, TableNotShared
from godwit_spark.job import Spark
from godwit_spark.tables import DataFrameTransformer
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.core.v1.values_pb2 import SIMPLE_TYPE_INT, Type
from pyspark.sql import DataFrame

pytestmark = pytest.mark.usefixtures("java")
Arrow = Annotated[DataFrame, gw.Format("arrow")]


@pytest.fixture(scope="module")
def application():
    application = DriverApplication(Spark("local[1]").payload(), TaskSpec(), lambda *_: None, None)
    yield application
    application.stop()


@pytest.fixture(params=[False, True], ids=["files", "driver"])
def spark(request, application):
    session = application.session()
    with current.session(session, through_driver=request.param):
        yield session


class TestDataFrameTransformer(TransformerSuite):
    @pytest.fixture(autouse=True)
    def _session(self, spark):
        self.spark = spark

    def make_transformer(self):
        return DataFrameTransformer()

    def describe(self, annotation):  # noqa: ARG002 - all columns of the cases are whole numbers
        return Type(simple=SIMPLE_TYPE_INT)

    def cases(self):
        seen = datetime(2024, 3, 10, 2, 30, 0, 1, tzinfo=UTC)
        rows = [(1, "godwit", 0.5, seen, Decimal("1.50"), [1, 2]), (None, None, None, None, None, None)]
        kinds = "id bigint, kind string, weight double, seen timestamp, price decimal(9,2), legs array<int>"
        full = self.spark.createDataFrame(rows, kinds)
        counted = Annotated[DataFrame, gw.Columns(id=int)]
        return [
            (DataFrame, full),
            (DataFrame, full.where("id < 0")),
            (Arrow, full.select("id", "kind")),
            (counted, self.spark.range(1000).repartition(3)),
        ]

    def equal(self, one, other):
        return one.schema.simpleString() == other.schema.simpleString() and sorted(one.collect(), key=str) == sorted(
            other.collect(), key=str
        )


def handed_over(frame, writer, writer_type, reader, reader_type, folder):
    folder.mkdir()
    data = FolderData(folder)
    of = writer.type_of(writer_type, lambda _: Type(simple=SIMPLE_TYPE_INT))
    return reader.from_literal(writer.to_literal(frame, writer_type, of, data), reader_type, data)


@pytest.mark.usefixtures("spark")
def test_times_of_pandas_come_as_microseconds_and_finer_ones_are_refused(tmp_path):
    ours = DataFrameTransformer()
    seen = pd.to_datetime(["2024-03-10 12:00:00.000001"]).as_unit("ns")
    came = handed_over(pd.DataFrame({"seen": seen}), Pandas(), pd.DataFrame, ours, DataFrame, tmp_path / "1")
    assert came.dtypes == [("seen", "timestamp_ntz")]
    assert came.collect()[0].seen == datetime(2024, 3, 10, 12, 0, 0, 1)  # noqa: DTZ001 - it has no zone
    finer = pd.DataFrame({"seen": seen + pd.Timedelta(1, "ns")})
    with pytest.raises(ValueMismatch, match="whole microseconds"):
        handed_over(finer, Pandas(), pd.DataFrame, ours, DataFrame, tmp_path / "2")


def test_polars_reads_what_spark_wrote(spark, tmp_path):
    frame = spark.sql("select id, cast(id as string) name from range(5)")
    came = handed_over(frame, DataFrameTransformer(), DataFrame, Polars(), pl.DataFrame, tmp_path / "1")
    assert came.sort("id").to_dict(as_series=False) == {"id": [0, 1, 2, 3, 4], "name": ["0", "1", "2", "3", "4"]}


def test_a_column_that_is_missing_is_refused(spark, tmp_path):
    transformer, data = DataFrameTransformer(), FolderData(tmp_path)
    wanted = Annotated[DataFrame, gw.Columns(wing=int)]
    of = transformer.type_of(wanted, lambda _: Type(simple=SIMPLE_TYPE_INT))
    with pytest.raises(ValueMismatch, match="a column wing"):
        transformer.to_literal(spark.range(1), wanted, of, data)
    stored = Pandas().to_literal(pd.DataFrame({"leg": [1]}), pd.DataFrame, Type(table={}), data)
    with pytest.raises(ValueMismatch, match="a column wing"):
        transformer.from_literal(stored, wanted, data)


def test_without_a_session_the_remedy_is_said(tmp_path, monkeypatch):
    stored = Pandas().to_literal(pd.DataFrame({"leg": [1]}), pd.DataFrame, Type(table={}), FolderData(tmp_path))
    monkeypatch.setattr("pyspark.sql.SparkSession.getActiveSession", lambda: None)
    with pytest.raises(NoSession, match="task_config=Spark"):
        DataFrameTransformer().from_literal(stored, DataFrame, FolderData(tmp_path))


def test_a_table_that_the_driver_does_not_see_is_no_success(application, tmp_path, monkeypatch):
    session = application.session()
    monkeypatch.setattr("godwit_spark.tables.Path.glob", lambda *_: iter(()))
    transformer = DataFrameTransformer()
    with current.session(session, through_driver=False), pytest.raises(TableNotShared, match='exchange="driver"'):
        transformer.to_literal(session.range(1), DataFrame, Type(table={}), FolderData(tmp_path))
