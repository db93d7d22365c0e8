"""Two kinds of containers: a shell's pipeline that knows nothing of Godwit, and a Python task in an image.

    docker build -t godwit-example:1 - <<'END'
    FROM python:3.12-slim
    RUN pip install godwit godwit-container
    END
    pip install godwit godwit-container
    godwit run examples/backends/container_words.py words --text README.md --most 5

The first container sees its inputs as files, and leaves its outputs as files; the second is a Python task as any other.
"""

import godwit as gw
from godwit_container import Container, container_task

COUNT = r"""
tr -cs '[:alpha:]' '\n' < {inputs.text} | tr '[:upper:]' '[:lower:]' | sort | uniq -c > {outputs.counted}
wc -l < {outputs.counted} > {outputs.different}
"""

count = container_task(
    "count",
    "debian:12",
    command=["sh", "-ec", COUNT],
    inputs={"text": gw.File},
    outputs={"counted": gw.File, "different": int},
    resources=gw.Resources(cpu=1, mem="256Mi"),
    retries=1,
)


@gw.task(task_config=Container("godwit-example:1"), resources=gw.Resources(mem="512Mi"), on_oom=gw.grow(2, max="2Gi"))
def most_frequent(counted: gw.File, most: int) -> dict[str, int]:
    """Return the words that occur most often, with how often they do."""
    lines = [line.split() for line in counted.path.read_text().splitlines()]
    words = sorted(((int(line[0]), line[1]) for line in lines if len(line) == 2), reverse=True)
    return {word: number for number, word in words[:most]}


@gw.workflow
def words(text: gw.File, most: int = 3) -> tuple[int, dict[str, int]]:
    """Count the words of a text."""
    counted, different = count(text=text)
    return different, most_frequent(counted=counted, most=most)
