"""The transformers that the SDK brings, as records of its manifest."""

from typing import Final

from godwit_plugin_api.manifest import Kind, Record

TRANSFORMERS: Final = (
    Record(
        Kind.TRANSFORMER,
        "godwit.tables.Table",
        "godwit.transformers.lazy_tables:LazyTableTransformer",
        "tables of any library, read lazily",
    ),
    Record(
        Kind.TRANSFORMER,
        "pandas.DataFrame",
        "godwit.transformers.pandas_frames:DataFrameTransformer",
        "data frames as Parquet or Arrow",
        extra="pandas",
    ),
    Record(
        Kind.TRANSFORMER,
        "polars.DataFrame",
        "godwit.transformers.polars_frames:DataFrameTransformer",
        "data frames as Parquet or Arrow",
        extra="polars",
    ),
    Record(
        Kind.TRANSFORMER,
        "pyarrow.Table",
        "godwit.transformers.arrow_tables:TableTransformer",
        "tables as Parquet or Arrow",
        extra="pyarrow",
    ),
    Record(
        Kind.TRANSFORMER,
        "numpy.ndarray",
        "godwit.transformers.numpy_arrays:ArrayTransformer",
        "arrays in numpy's own format, without pickle",
        extra="numpy",
    ),
    Record(
        Kind.TRANSFORMER,
        "sklearn.base.BaseEstimator",
        "godwit.transformers.sklearn_estimators:EstimatorTransformer",
        "estimators as skops files, without pickle",
        extra="sklearn",
    ),
)
