"""The transformers that the SDK brings, as records of its manifest."""

from typing import Final

from godwit_plugin_api.manifest import Kind, Record

TRANSFORMERS: Final = (
    Record(
        Kind.TRANSFORMER,
        "pandas.DataFrame",
        "godwit.transformers.pandas_frames:DataFrameTransformer",
        "data frames as Parquet",
        extra="pandas",
    ),
    Record(
        Kind.TRANSFORMER,
        "polars.DataFrame",
        "godwit.transformers.polars_frames:DataFrameTransformer",
        "data frames as Parquet",
        extra="polars",
    ),
    Record(
        Kind.TRANSFORMER,
        "pyarrow.Table",
        "godwit.transformers.arrow_tables:TableTransformer",
        "tables as Parquet",
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
