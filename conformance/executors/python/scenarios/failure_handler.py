"""Workflows that call something when they have failed."""

import godwit as gw


@gw.task
def work(n: int) -> int:
    return n


@gw.task
def tell(error: gw.ErrorInfo, n: int) -> None:
    pass


@gw.workflow
def clean_up(n: int) -> None:
    work(n=n)


@gw.workflow(on_failure=tell, run_on_abort=True)
def main(n: int, name: str = "x") -> int:
    return work(n=n)


@gw.workflow(on_failure=clean_up)
def other(n: int) -> int:
    return work(n=n)
