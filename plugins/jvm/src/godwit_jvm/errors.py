"""What this plugin raises: each with a code that never changes its meaning."""

from godwit_plugin_api.errors import GodwitError, InvalidInput


class JavaMissing(GodwitError):  # noqa: N818 - names the fault, as its siblings do
    """No Java that runs tasks is to be had on this host."""

    code = "JAVA_NOT_FOUND"


class JarUnreadable(InvalidInput):
    """A jar cannot be read, or is none, or holds no specs."""

    code = "JAR_UNREADABLE"
