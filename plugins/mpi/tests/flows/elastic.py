"""An elastic job of Horovod, on hosts that the environment names, or that a program finds which it names."""

import json
import os
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import godwit as gw
from godwit_mpi import Elastic, HorovodJob

WHERE = json.loads(os.environ.get("GODWIT_TEST_MACHINES", "{}"))
FOUND_BY = json.loads(os.environ.get("GODWIT_TEST_DISCOVERY", "[]"))


@gw.task(
    task_config=HorovodJob(
        num_workers=1 if FOUND_BY else 2,
        elastic=Elastic(min_processes=1, max_processes=2, timeout=timedelta(seconds=90), discovery_command=FOUND_BY),
        **WHERE,
    )
)
def training(folder: str, steps: int, enough: int) -> tuple[dict[str, int], gw.File]:
    """Count steps together; go on from the last common one when processes are lost, or come; until there are enough."""
    import torch  # noqa: PLC0415 - only where tasks run

    hvd = gw.current_context().horovod.init()
    state = hvd.elastic.TorchState(model=torch.nn.Linear(1, 1), step=0, most=0)

    @hvd.elastic.run
    def count(state: "hvd.elastic.TorchState") -> None:
        while state.step < steps and not 0 < enough <= state.most:
            present = int(hvd.allreduce(torch.ones(1), op=hvd.Sum, name="present"))
            state.most = max(state.most, present)
            state.step += 1
            state.commit()
            if hvd.rank() == 0:
                Path(folder, "step").write_text(str(state.step))
            time.sleep(0.2)

    count(state)
    told = Path(tempfile.mkdtemp(), "told.txt")
    told.write_text(f"of rank {hvd.rank()}")
    return {"steps": state.step, "most": state.most, "size": hvd.size()}, gw.File(told)


@gw.task
def reading(counted: dict[str, int], told: gw.File) -> dict[str, str]:
    return {**{name: str(number) for name, number in counted.items()}, "told": told.open().read().decode()}


@gw.workflow
def trains(folder: str, steps: int, enough: int = 0) -> dict[str, str]:
    counted, told = training(folder=folder, steps=steps, enough=enough)
    return reading(counted=counted, told=told)
