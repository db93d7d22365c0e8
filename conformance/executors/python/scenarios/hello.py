"""The smallest workflow."""

import godwit as gw


@gw.task
def greet(name: str) -> str:
    return f"Hello, {name}"


@gw.workflow
def main(name: str) -> str:
    return greet(name=name)
