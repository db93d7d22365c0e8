"""Errors of applications: what was expected of the place that they run in."""

from godwit_plugin_api.errors import GodwitError


class SparkUnavailable(GodwitError):  # noqa: N818 - names the fault, as its siblings do
    """There is no Spark where one was expected: no Java, no master, no server. Another try may find it."""

    code = "SPARK_UNAVAILABLE"


class SecretUnknown(GodwitError):  # noqa: N818 - names the fault, as its siblings do
    """A setting is a secret that no provider has."""

    code = "SECRET_NOT_FOUND"


class NoSession(GodwitError):  # noqa: N818 - names the fault, as its siblings do
    """A data frame of Spark was asked for where no session is."""

    code = "SPARK_NO_SESSION"


class TableNotShared(GodwitError):  # noqa: N818 - names the fault, as its siblings do
    """Executors have written a table where the driver does not see all of it."""

    code = "SPARK_TABLE_NOT_SHARED"
