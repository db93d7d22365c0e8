"""What this distribution offers."""

from godwit_plugin_api import Kind, Manifest, Record, hookimpl


@hookimpl
def godwit_manifest() -> Manifest:
    """Return the records; the API version is that for which this was written."""
    return Manifest(
        name="container",
        api_version=1,
        records=(
            Record(
                Kind.BACKEND,
                "container",
                "godwit_container.backend:ContainerBackend",
                "A container of a Docker engine for each attempt",
            ),
        ),
    )
