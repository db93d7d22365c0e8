"""What people write beside a task: light, checked, and told to the backend as messages."""

import subprocess
import sys
from datetime import timedelta

import pytest
from godwit.errors import DeclarationError
from godwit_mpi import Elastic, HorovodJob, Host, MPIJob, TorchElastic
from godwit_mpi.manifest import godwit_manifest
from godwit_plugin_api import Kind
from godwit_plugin_api.loading import load_plugins
from godwitidl.plugins.mpi.v1 import mpi_pb2

HEAVY = {"google.protobuf", "mpi4py", "torch", "horovod", "numpy", "godwit_core", "asyncio"}


def modules_of(statement):
    code = f"import sys; {statement}; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_the_authoring_half_is_light():
    taken = modules_of(
        "from godwit_mpi import MPIJob, HorovodJob, TorchElastic; MPIJob(num_workers=2, hosts=['a', 'b'])"
    )
    assert not taken & HEAVY
    own = taken - modules_of("import godwit; godwit.TaskConfig")
    assert {name for name in own if name.startswith("godwit")} <= {"godwit_mpi", "godwit_mpi.configs"}


def test_the_manifest_does_without_the_sdk():
    assert "godwit" not in modules_of("import godwit_mpi.manifest")


def test_configs_become_messages():
    job = MPIJob(num_workers=2, slots=3, launcher="mpich", hosts=["a", Host("b", slots=4)], gpus_per_slot=1)
    message = job.payload()
    assert (message.num_workers, message.slots, message.launcher) == (2, 3, mpi_pb2.LAUNCHER_MPICH)
    assert [(host.name, host.slots) for host in message.placement.hosts] == [("a", 0), ("b", 4)]
    assert (
        message
        == MPIJob(num_workers=2, slots=3, launcher="mpich", hosts=("a", Host("b", 4)), gpus_per_slot=1).payload()
    )
    elastic = Elastic(min_processes=1, max_processes=4, timeout=timedelta(seconds=9), reset_limit=3)
    message = HorovodJob(num_workers=2, elastic=elastic).payload()
    assert (message.elastic.max_processes, message.elastic.timeout.seconds, message.elastic.reset_limit) == (4, 9, 3)
    assert not HorovodJob().payload().HasField("elastic")
    message = TorchElastic(nnodes="1:3", nproc_per_node=2, max_restarts=1, hang_timeout=timedelta(minutes=1)).payload()
    assert (message.min_nodes, message.max_nodes, message.placement.hang_timeout.seconds) == (1, 3, 60)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: MPIJob(num_workers=0), "Num_workers must be a number from 1"),
        (lambda: MPIJob(slots=True), "Slots must be a number"),
        (lambda: MPIJob(launcher="lam"), "'auto', 'openmpi' or 'mpich'"),
        (lambda: MPIJob(hosts="ab"), "Hosts must be a list or tuple"),
        (lambda: MPIJob(hosts=["-oProxyCommand=x"]), "one that ssh takes"),
        (lambda: MPIJob(hosts=["a b"]), "one that ssh takes"),
        (lambda: MPIJob(hosts=["a", "a"]), "must be distinct"),
        (lambda: MPIJob(hang_timeout=3), "must be a timedelta above zero"),
        (lambda: TorchElastic(nnodes="4:2"), "a range such as"),
        (lambda: TorchElastic(nnodes="many"), "a range such as"),
        (lambda: Elastic(min_processes=3, max_processes=2), "at least min_processes"),
        (lambda: Host("a", slots=-1), "Host.slots must be a number"),
    ],
)
def test_what_makes_no_sense_is_refused_where_it_is_written(make, words):
    with pytest.raises(DeclarationError, match=words):
        make()


@pytest.mark.parametrize(
    "make",
    [
        lambda: MPIJob(num_workers=3, hosts=["a", "b"]),
        lambda: MPIJob(num_workers=1, slots=4, hosts=[Host("a", slots=2)]),
        lambda: HorovodJob(num_workers=2, hosts=["a"]),
        lambda: TorchElastic(nnodes=2, hosts=["a"]),
    ],
)
def test_fewer_slots_than_asked_for_are_refused_where_it_is_written(make):
    with pytest.raises(DeclarationError) as caught:
        make()
    assert caught.value.code == "SLOTS_TOO_FEW"


def test_every_record_loads():
    registry = load_plugins(entry_points=False, extra=[godwit_manifest()])
    for key in ("mpi", "horovod", "torch"):
        assert registry.create(Kind.BACKEND, key)
    for message in (mpi_pb2.MPIJob, mpi_pb2.HorovodJob, mpi_pb2.TorchElastic):
        assert registry.create(Kind.TASK_RUNTIME, message.DESCRIPTOR.full_name)
