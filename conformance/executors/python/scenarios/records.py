"""Records: as constants, as inputs, under construction."""

from dataclasses import dataclass

import godwit as gw


@dataclass
class Settings:
    rounds: int
    rate: float = 0.5
    name: str | None = None


@dataclass
class Job:
    settings: Settings
    tags: list[str]


@gw.task
def run(job: Job) -> Settings:
    return job.settings


@gw.workflow(outputs=["result", "built"])
def main(settings: Settings, rounds: int) -> tuple[Settings, Settings]:
    result = run(job=Job(settings, ["a"]))
    built = run(job=Job(Settings(rounds, 0.1, "x"), []))
    run(job=Job(Settings(3), ["b"]))
    return result, built
