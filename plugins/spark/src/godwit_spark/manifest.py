"""What this distribution offers."""

from godwit_plugin_api import Kind, Manifest, Record, hookimpl


@hookimpl
def godwit_manifest() -> Manifest:
    """Return the records."""
    return Manifest(
        name="spark",
        api_version=1,
        records=(
            Record(
                Kind.BACKEND,
                "spark",
                "godwit_spark.backend:SparkBackend",
                "Applications of Spark by spark-submit, which go on when the engine is gone",
            ),
            Record(
                Kind.TASK_RUNTIME,
                "godwitidl.plugins.spark.v1.SparkJob",
                "godwit_spark.runtime:SparkRuntime",
                "Gives tasks a session of Spark",
                extra="spark",
            ),
            Record(
                Kind.TRANSFORMER,
                "pyspark.sql.dataframe.DataFrame",
                "godwit_spark.tables:DataFrameTransformer",
                "Data frames of Spark, as tables",
                extra="spark",
            ),
        ),
    )
