"""What the Python SDK offers as a plugin."""

from godwit_plugin_api import Kind, Manifest, Record, hookimpl

from godwit.transformers.catalogue import TRANSFORMERS

_RUNNER = ("{python}", "-P", "-m", "godwit.runner")


@hookimpl
def godwit_manifest() -> Manifest:
    """Return the records of the SDK."""
    return Manifest(
        name="godwit",
        api_version=1,
        records=(
            Record(
                Kind.ENTITY_LOADER,
                ".py",
                "godwit.loader:PythonLoader",
                description="tasks and workflows of Python source files",
                prestart=_RUNNER,
            ),
            Record(
                Kind.BACKEND,
                "inline",
                "godwit.runner.inline:InlineBackend",
                description="runs tasks in the engine's own process, for debugging",
            ),
            *TRANSFORMERS,
        ),
    )
