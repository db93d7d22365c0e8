"""What this distribution offers."""

from godwit_plugin_api import Kind, Manifest, Record, hookimpl

_AT = "godwit_webapi.backends"


@hookimpl
def godwit_manifest() -> Manifest:
    """Return the records: a backend for each service."""
    return Manifest(
        name="webapi",
        api_version=1,
        records=(
            Record(Kind.BACKEND, "http", f"{_AT}.http:HttpJobs", "Jobs of any web service"),
            Record(Kind.BACKEND, "openai-batch", f"{_AT}.openai_batch:OpenAIBatches", "Batch inference"),
            Record(Kind.BACKEND, "aws-batch", f"{_AT}.aws_batch:AwsBatchJobs", "Jobs of AWS Batch", "aws"),
            Record(Kind.BACKEND, "athena", f"{_AT}.athena:AthenaQueries", "Queries by Amazon Athena", "aws"),
            Record(Kind.BACKEND, "databricks", f"{_AT}.databricks:DatabricksJobs", "Runs of Databricks"),
            Record(Kind.BACKEND, "bigquery", f"{_AT}.bigquery:BigQueries", "Queries by BigQuery"),
            Record(
                Kind.BACKEND, "snowflake", f"{_AT}.snowflake:SnowflakeQueries", "Statements for Snowflake", "snowflake"
            ),
            Record(Kind.BACKEND, "sensor", f"{_AT}.sensors:Sensors", "Waits for files, answers, rows"),
        ),
    )
