"""What the core itself offers, by the door that every plugin uses."""

from godwit_plugin_api import API_VERSION, Kind, Manifest, Record, hookimpl

_FSSPEC = (
    ("hdfs", "Hadoop, by its native client"),
    ("webhdfs", "Hadoop, by HTTP"),
    ("sftp", "Files over ssh"),
    ("ftp", "Files over FTP"),
    ("smb", "Windows shares"),
    ("dbfs", "Databricks"),
    ("memory", "This process alone"),
)


@hookimpl
def godwit_manifest() -> Manifest:
    """Return the records of the built-ins."""
    return Manifest(
        name="godwit-core",
        api_version=API_VERSION,
        records=(
            Record(Kind.BACKEND, "local", "godwit_core.backends.local:LocalBackend", "Warm processes on this host"),
            Record(
                Kind.BACKEND,
                "remote",
                "godwit_plugin_api.remote.client:RemoteBackend",
                "Another process, found by its address",
                "remote",
            ),
            Record(Kind.PERSISTENCE, "file", "godwit_core.persistence.file:FilePersistence", "Folders of this host"),
            *(
                Record(Kind.PERSISTENCE, key, "godwit_core.persistence.objects:ObjectPersistence", name, extra=key)
                for key, name in (
                    ("s3", "Amazon S3, and what speaks as it does"),
                    ("gs", "Google Cloud"),
                    ("az", "Azure"),
                )
            ),
            *(
                Record(Kind.PERSISTENCE, key, "godwit_core.persistence.fsspec_files:FsspecPersistence", name, "fsspec")
                for key, name in _FSSPEC
            ),
            Record(Kind.SECRET_PROVIDER, "env", "godwit_core.secrets.env:EnvSecrets", "Environment variables"),
            Record(Kind.SECRET_PROVIDER, "file", "godwit_core.secrets.file:FileSecrets", "Files of a folder"),
            Record(Kind.ENTITY_LOADER, ".pb", "godwit_core.loaders.specs:SpecLoader", "Encoded registrations, bundles"),
        ),
    )
