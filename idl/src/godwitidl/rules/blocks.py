"""The nodes of a workflow, those in its branches too."""

from collections.abc import Iterator

from godwitidl.core.v1.workflow_pb2 import Block, Node


def nodes_in(block: Block) -> Iterator[Node]:
    """Yield the nodes of *block*, each followed by those of the blocks in it."""
    for node in block.nodes:
        yield node
        if node.WhichOneof("kind") == "branch":
            for case in node.branch.cases:
                yield from nodes_in(case.then)
            yield from nodes_in(node.branch.otherwise)
