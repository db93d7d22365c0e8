"""The executor of the Python SDK: answers the conformance harness over standard input and output.

python conformance/executors/python/executor.py
"""

import os
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER))

from answers import Answers  # noqa: E402 - its folder must be on the path first
from godwitidl.conformance.v1.conformance_pb2 import Request, Response  # noqa: E402 - as above
from godwitidl.rules.framing import FrameReader, frame  # noqa: E402 - as above


def main() -> int:
    """Answer one request after the other until the input ends."""
    output = os.dup(1)
    os.dup2(2, 1)  # what scenarios and plugins print is no answer
    answers = Answers(FOLDER)
    reader = FrameReader()
    while data := os.read(0, 65_536):
        for payload in reader.feed(data):
            request = Request.FromString(payload)
            response = answers.to(request)
            response.id = request.id
            _write(output, response)
    return 0


def _write(output: int, response: Response) -> None:
    view = memoryview(frame(response.SerializeToString()))
    while view:
        view = view[os.write(output, view) :]


if __name__ == "__main__":
    sys.exit(main())
