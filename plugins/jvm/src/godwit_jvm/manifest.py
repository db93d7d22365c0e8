"""What this distribution offers."""

from godwit_plugin_api import Kind, Manifest, Record, hookimpl


@hookimpl
def godwit_manifest() -> Manifest:
    """Return the records: jars as sources, and the program that runs their tasks."""
    return Manifest(
        name="jvm",
        api_version=1,
        records=(
            Record(Kind.ENTITY_LOADER, ".jar", "godwit_jvm.loader:JarLoader", "Tasks and workflows of jars"),
            Record(Kind.PROGRAM, "jvm", "godwit_jvm.machine:JavaMachine", "A Java virtual machine with the runner"),
        ),
    )
