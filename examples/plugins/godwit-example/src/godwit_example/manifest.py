"""What this distribution offers."""

from godwit_plugin_api import Kind, Manifest, Record, hookimpl


@hookimpl
def godwit_manifest() -> Manifest:
    """Return the records. The API version is a number, and not `API_VERSION`: this plugin is written for version 1."""
    return Manifest(
        name="godwit-example",
        api_version=1,
        records=(
            Record(
                Kind.TRANSFORMER,
                "godwit_example.track.Track",
                "godwit_example.track_transformer:TrackTransformer",
                "Tracks of birds, as files of positions",
            ),
            Record(
                Kind.PERSISTENCE,
                "gzip",
                "godwit_example.gzip_persistence:GzipPersistence",
                "Folders of this host, every file compressed",
            ),
            Record(Kind.BACKEND, "once", "godwit_example.once_backend:OnceBackend", "A process for each attempt"),
            Record(
                Kind.TASK_RUNTIME,
                "godwit_example.v1.Stopwatch",
                "godwit_example.stopwatch_runtime:StopwatchRuntime",
                "Times the rounds of a task",
            ),
        ),
    )
