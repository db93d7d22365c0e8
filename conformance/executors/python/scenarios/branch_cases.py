"""A branch with several cases."""

import godwit as gw


@gw.task
def name_of(n: int) -> str:
    return str(n)


@gw.workflow(outputs=["label", "size"])
def main(n: int) -> tuple[str, int | None]:
    label, size = gw.conditional(
        cases=[
            (n < 0, lambda: ("negative", None)),
            (n == 0, lambda: (name_of(n=0), 0)),
            (n <= 100, lambda: (name_of(n=n), n)),
        ],
        otherwise=lambda: gw.fail("too large"),
    )
    return label, size
