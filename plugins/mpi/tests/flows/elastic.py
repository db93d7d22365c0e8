"""An elastic job of Horovod, on hosts that the environment names."""

import json
import os
import time
from datetime import timedelta
from pathlib import Path

import godwit as gw
from godwit_mpi import Elastic, HorovodJob

WHERE = json.loads(os.environ.get("GODWIT_TEST_MACHINES", "{}"))


@gw.task(
    task_config=HorovodJob(
        num_workers=2, elastic=Elastic(min_processes=1, max_processes=2, timeout=timedelta(seconds=90)), **WHERE
    )
)
def training(folder: str, steps: int) -> dict[str, int]:
    """Count steps together; go on from the last common one when processes are lost."""
    import torch  # noqa: PLC0415 - only where tasks run

    hvd = gw.current_context().horovod.init()
    state = hvd.elastic.TorchState(model=torch.nn.Linear(1, 1), step=0, most=0)

    @hvd.elastic.run
    def count(state: "hvd.elastic.TorchState") -> None:
        while state.step < steps:
            present = int(hvd.allreduce(torch.ones(1), op=hvd.Sum, name="present"))
            state.most = max(state.most, present)
            state.step += 1
            state.commit()
            if hvd.rank() == 0:
                Path(folder, "step").write_text(str(state.step))
            time.sleep(0.2)

    count(state)
    return {"steps": state.step, "most": state.most, "size": hvd.size()}


@gw.workflow
def trains(folder: str, steps: int) -> dict[str, int]:
    return training(folder=folder, steps=steps)
