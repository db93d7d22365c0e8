"""What this distribution offers."""

from godwit_plugin_api import Kind, Manifest, Record, hookimpl

_RUNTIME = "Tells the task of its rank and its peers"


@hookimpl
def godwit_manifest() -> Manifest:
    """Return the records; see `godwit_plugin_api.manifest`."""
    return Manifest(
        name="mpi",
        api_version=1,
        records=(
            Record(Kind.BACKEND, "mpi", "godwit_mpi.backends:MPIBackend", "The ranks of an MPI job, by mpirun"),
            Record(Kind.BACKEND, "horovod", "godwit_mpi.backends:HorovodBackend", "Processes of Horovod"),
            Record(Kind.BACKEND, "torch", "godwit_mpi.backends:TorchBackend", "Processes of torchrun"),
            Record(Kind.TASK_RUNTIME, "godwitidl.plugins.mpi.v1.MPIJob", "godwit_mpi.runtimes:MPIRuntime", _RUNTIME),
            Record(
                Kind.TASK_RUNTIME, "godwitidl.plugins.mpi.v1.HorovodJob", "godwit_mpi.runtimes:HorovodRuntime", _RUNTIME
            ),
            Record(
                Kind.TASK_RUNTIME, "godwitidl.plugins.mpi.v1.TorchElastic", "godwit_mpi.runtimes:TorchRuntime", _RUNTIME
            ),
        ),
    )
