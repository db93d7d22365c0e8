"""Statements for databases that are services, as authors declare them.

In a statement, `:name` is an input: its value is passed beside the text, and never made part of it; a table by
reference becomes its name. What comes back depends on the task's output: a table by reference, a list of records or of
values (the first column), one record (the only row), or one value (its first cell).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import godwit as gw

from godwit_webapi.services import Aws, Service, invalid

if TYPE_CHECKING:
    from godwitidl.plugins.webapi.v1 import webapi_pb2

_AWS = Aws()
_GOOGLE = Service("", "google_token")


def _check_sql(what: str, sql: object) -> None:
    if not isinstance(sql, str) or not sql.strip():
        raise invalid(f"{what}.sql", "a statement", sql)


@dataclass(frozen=True)
class AthenaQuery(gw.TaskConfig):
    """A query by Amazon Athena.

    A task that returns a table stores it as Parquet below `output_location`, by UNLOAD, and passes it by reference.

    Attributes:
        sql: the statement, in which `:name` is an input.
        output_location: where results go: `s3://bucket/prefix/`; empty: as the workgroup says.
        database: database; empty: the statement says it.
        catalog: catalog; empty: `AwsDataCatalog`.
        workgroup: workgroup; empty: `primary`.
        account: how AWS is called.
    """

    backend: ClassVar[str] = "athena"

    sql: str
    output_location: str = ""
    database: str = ""
    catalog: str = ""
    workgroup: str = ""
    account: Aws = _AWS

    def __post_init__(self) -> None:
        """Check what is said.

        Raises:
            DeclarationError: there is no statement, or results go elsewhere than to S3.
        """
        _check_sql("AthenaQuery", self.sql)
        if self.output_location and not self.output_location.startswith("s3://"):
            raise invalid("AthenaQuery.output_location", "a uri such as s3://bucket/prefix/", self.output_location)

    def payload(self) -> "webapi_pb2.AthenaQuery":
        """Return what the backend is told."""
        from godwitidl.plugins.webapi.v1 import webapi_pb2  # noqa: PLC0415 - who only writes tasks needs no protobuf

        return webapi_pb2.AthenaQuery(
            account=self.account.message(),
            sql=self.sql,
            database=self.database,
            catalog=self.catalog,
            workgroup=self.workgroup,
            output_location=self.output_location,
        )


@dataclass(frozen=True, kw_only=True)
class SnowflakeQuery(gw.TaskConfig):
    """A statement for Snowflake, by its own client (`godwit-webapi[snowflake]`).

    A task that returns a table has its query's result made one, which is passed by reference, as
    `snowflake://database/schema/table`. Names of tables are as Snowflake shows them: in capitals, mostly.

    Attributes:
        sql: the statement, in which `:name` is an input.
        service: the account: `https://<account>.snowflakecomputing.com`, and a token.
        token_type: `OAUTH` or `PROGRAMMATIC_ACCESS_TOKEN`.
        database: database; empty: the user's default.
        schema: schema; empty: the user's default.
        warehouse: warehouse; empty: the user's default.
        role: role; empty: the user's default.
        destination: table that takes the result and is replaced, `DATABASE.SCHEMA.TABLE`; empty: one of the job's own
            in `database` and `schema`, which you drop when nobody needs it.
    """

    backend: ClassVar[str] = "snowflake"

    sql: str
    service: Service
    token_type: str = "OAUTH"  # noqa: S105 - a kind of tokens
    database: str = ""
    schema: str = ""
    warehouse: str = ""
    role: str = ""
    destination: str = ""

    def __post_init__(self) -> None:
        """Check what is said.

        Raises:
            DeclarationError: there is no statement, or the account has no url.
        """
        _check_sql("SnowflakeQuery", self.sql)
        if not isinstance(self.service, Service) or not self.service.url:
            raise invalid("SnowflakeQuery.service", "a Service with the url of the account", self.service)
        if self.service.token is None:
            raise invalid("SnowflakeQuery.service", "a Service with a token", self.service)
        if self.destination and self.destination.count(".") != 2:
            raise invalid("SnowflakeQuery.destination", "DATABASE.SCHEMA.TABLE", self.destination)
        if self.token_type not in {"OAUTH", "PROGRAMMATIC_ACCESS_TOKEN"}:
            raise invalid("SnowflakeQuery.token_type", "OAUTH or PROGRAMMATIC_ACCESS_TOKEN", self.token_type)

    def payload(self) -> "webapi_pb2.SnowflakeQuery":
        """Return what the backend is told."""
        from godwitidl.plugins.webapi.v1 import webapi_pb2  # noqa: PLC0415 - who only writes tasks needs no protobuf

        return webapi_pb2.SnowflakeQuery(
            service=self.service.message(),
            sql=self.sql,
            token_type=self.token_type,
            database=self.database,
            schema=self.schema,
            warehouse=self.warehouse,
            role=self.role,
            destination=self.destination,
        )


@dataclass(frozen=True, kw_only=True)
class BigQueryQuery(gw.TaskConfig):
    """A query by BigQuery.

    A task that returns a table passes the one that has the result by reference, as `bq://project/dataset/table`.

    Attributes:
        sql: the statement, in GoogleSQL, in which `:name` is an input.
        project: project that pays.
        service: by default Google's, with the secret `google_token`: an access token, or the key of a service account
            as JSON (`godwit-webapi[bigquery]`).
        location: location; empty: `US`.
        destination: table that takes the result, `project.dataset.table`; empty: one of BigQuery's own, for a day.
        default_dataset: dataset of tables without one, `project.dataset`.
    """

    backend: ClassVar[str] = "bigquery"

    sql: str
    project: str
    service: Service = _GOOGLE
    location: str = ""
    destination: str = ""
    default_dataset: str = ""

    def __post_init__(self) -> None:
        """Check what is said.

        Raises:
            DeclarationError: there is no statement or project, or a table's or dataset's name is none.
        """
        _check_sql("BigQueryQuery", self.sql)
        if not isinstance(self.project, str) or not self.project:
            raise invalid("BigQueryQuery.project", "the id of a project", self.project)
        if self.destination and self.destination.count(".") != 2:
            raise invalid("BigQueryQuery.destination", "project.dataset.table", self.destination)
        if self.default_dataset and self.default_dataset.count(".") != 1:
            raise invalid("BigQueryQuery.default_dataset", "project.dataset", self.default_dataset)

    def payload(self) -> "webapi_pb2.BigQueryQuery":
        """Return what the backend is told."""
        from godwitidl.plugins.webapi.v1 import webapi_pb2  # noqa: PLC0415 - who only writes tasks needs no protobuf

        return webapi_pb2.BigQueryQuery(
            service=self.service.message(),
            project=self.project,
            sql=self.sql,
            location=self.location,
            destination=self.destination,
            default_dataset=self.default_dataset,
        )
