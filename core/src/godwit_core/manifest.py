"""What the core itself offers, by the door that every plugin uses."""

from godwit_plugin_api import API_VERSION, Kind, Manifest, Record, hookimpl


@hookimpl
def godwit_manifest() -> Manifest:
    """Return the records of the built-ins."""
    return Manifest(
        name="godwit-core",
        api_version=API_VERSION,
        records=(
            Record(Kind.BACKEND, "local", "godwit_core.backends.local:LocalBackend", "Warm processes on this host"),
            Record(Kind.PERSISTENCE, "file", "godwit_core.persistence.file:FilePersistence", "Folders of this host"),
            Record(Kind.SECRET_PROVIDER, "env", "godwit_core.secrets.env:EnvSecrets", "Environment variables"),
            Record(Kind.SECRET_PROVIDER, "file", "godwit_core.secrets.file:FileSecrets", "Files of a folder"),
            Record(Kind.ENTITY_LOADER, ".pb", "godwit_core.loaders.specs:SpecLoader", "Encoded registrations, bundles"),
        ),
    )
