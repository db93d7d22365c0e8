"""A small network, trained in one process, by Horovod and by torchrun: all three end with the same loss.

    pip install godwit godwit-mpi torch    # and Horovod, built against that PyTorch
    godwit run examples/backends/distributed_training.py training --steps 40
    godwit run examples/backends/distributed_training.py training_by_torch --steps 40    # without Horovod

Each process has its part of the data, and all take the same steps along the mean of their gradients. So the weights
stay equal on all of them, and are those that one process with all of the data would find. Rank 0 keeps a checkpoint: an
attempt that follows a failed one, or a torchrun restart, goes on where the last one was.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import godwit as gw
from godwit_mpi import HorovodJob, TorchElastic

if TYPE_CHECKING:
    import torch

ROWS = 256
SAVE_EVERY = 10
TOLERANCE = 1e-4


@dataclass
class Trained:
    """A trained network.

    Attributes:
        loss: over all data.
        weights: digest of the weights, for each rank.
        gpus: number of processes that trained on a GPU.
    """

    loss: float
    weights: list[str]
    gpus: int = 0


def data() -> "tuple[torch.Tensor, torch.Tensor]":
    """Return what is learned: a wave over four columns."""
    import torch  # noqa: PLC0415 - only where tasks run

    columns = torch.randn(ROWS, 4, generator=torch.Generator().manual_seed(7))
    return columns, torch.sin(columns.sum(dim=1, keepdim=True))


def network() -> "torch.nn.Module":
    """Return a network with the same first weights everywhere."""
    import torch  # noqa: PLC0415 - only where tasks run

    torch.manual_seed(11)
    return torch.nn.Sequential(torch.nn.Linear(4, 32), torch.nn.Tanh(), torch.nn.Linear(32, 1))


def digest(model: "torch.nn.Module") -> str:
    """Return a digest of a network's weights."""
    hashed = hashlib.sha256()
    for weights in model.state_dict().values():
        hashed.update(weights.cpu().numpy().tobytes())
    return hashed.hexdigest()[:16]


def train(
    model: "torch.nn.Module",
    steps: int,
    rank: int = 0,
    size: int = 1,
    average: "Callable[[torch.nn.Module], None]" = lambda _model: None,
) -> float:
    """Train *model* on this rank's part of the data; return its loss over all of them."""
    import torch  # noqa: PLC0415 - only where tasks run

    device = next(model.parameters()).device
    columns, truth = (part.to(device) for part in data())
    kept = gw.current_context().checkpoint.path / f"model-{size}.pt"
    first = 0
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    if kept.exists():
        saved = torch.load(kept, map_location=device)
        model.load_state_dict(saved["model"])
        first = saved["step"]
        print(f"goes on at step {first}")
    for step in range(first, steps):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(model(columns[rank::size]), truth[rank::size])
        loss.backward()
        average(model)
        optimizer.step()
        if rank == 0 and (step + 1) % SAVE_EVERY == 0:
            torch.save({"model": model.state_dict(), "step": step + 1}, kept.with_suffix(".new"))
            kept.with_suffix(".new").replace(kept)
    with torch.no_grad():
        return float(torch.nn.functional.mse_loss(model(columns), truth))


@gw.task
def alone(steps: int) -> Trained:
    """Train in one process."""
    model = network()
    return Trained(loss=train(model, steps), weights=[digest(model)])


@gw.task(task_config=HorovodJob(num_workers=2), retries=1)
def by_horovod(steps: int) -> Trained:
    """Train in two processes of Horovod."""
    import torch  # noqa: PLC0415 - only where tasks run

    hvd = gw.current_context().horovod.init()
    torch.set_num_threads(1)

    def average(model: "torch.nn.Module") -> None:
        for name, weights in model.named_parameters():
            weights.grad = hvd.allreduce(weights.grad, name=name)

    model = network()
    loss = train(model, steps, hvd.rank(), hvd.size(), average)
    return Trained(loss=loss, weights=hvd.allgather_object(digest(model)))


@gw.task(task_config=TorchElastic(nproc_per_node=2, max_restarts=1), retries=1)
def by_torch(steps: int) -> Trained:
    """Train in two processes of torchrun, by DistributedDataParallel: NCCL on GPUs, gloo elsewhere."""
    import torch  # noqa: PLC0415 - only where tasks run

    ranks = gw.current_context().torch
    distributed = ranks.init()
    torch.set_num_threads(1)
    on_gpu = distributed.get_backend() == "nccl"
    model = network()
    if on_gpu:
        model = model.to("cuda:0" if ranks.gpus and len(ranks.gpus) == 1 else f"cuda:{ranks.local_rank}")
    parallel = torch.nn.parallel.DistributedDataParallel(model)
    loss = train(parallel, steps, ranks.rank, ranks.size)
    found: list[str] = [""] * ranks.size
    distributed.all_gather_object(found, digest(model))
    return Trained(loss=loss, weights=found, gpus=ranks.size if on_gpu else 0)


@gw.task
def compare(one: Trained, others: list[Trained]) -> float:
    """Return the loss; fail where ranks have other weights than their peers, or a job another loss."""
    for trained in others:
        assert len(set(trained.weights)) == 1, f"ranks differ: {trained.weights}"
        assert abs(trained.loss - one.loss) < TOLERANCE, f"{trained.loss} is not {one.loss}"
    return one.loss


@gw.workflow
def training(steps: int = 40) -> float:
    """Train in all three ways, and compare."""
    return compare(one=alone(steps=steps), others=[by_horovod(steps=steps), by_torch(steps=steps)])


@gw.workflow
def training_by_torch(steps: int = 40) -> float:
    """Train in one process and by torchrun, without Horovod, and compare."""
    return compare(one=alone(steps=steps), others=[by_torch(steps=steps)])
