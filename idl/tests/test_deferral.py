"""What is deferred is not imported by messages that are compiled, and is there for those that are not."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
from godwitidl.deferral import PURE_PYTHON_MESSAGES, defer_import
defer_import(PURE_PYTHON_MESSAGES)
from google.protobuf.internal import api_implementation
from godwitidl.core.v1.errors_pb2 import ExecutionError
error = ExecutionError(code="A", message="b")
error.time.FromNanoseconds(1)
assert ExecutionError.FromString(error.SerializeToString()) == error
lean = "google.protobuf.text_format" not in sys.modules
assert lean == (api_implementation.Type() == "upb"), api_implementation.Type()
from google.protobuf import json_format, text_format
from google.protobuf.internal import python_message
assert 'code: "A"' in text_format.MessageToString(error)
assert 'code: "A"' in str(error)
assert json_format.Parse(json_format.MessageToJson(error), ExecutionError()) == error
assert python_message.GeneratedProtocolMessageType.__name__ == "GeneratedProtocolMessageType"
assert not hasattr(python_message, "no_such_name")
"""


@pytest.mark.parametrize("implementation", ["upb", "python"])
def test_messages_work_without_what_is_deferred(implementation):
    environment = {"PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": implementation}
    subprocess.run([sys.executable, "-W", "error", "-c", PROGRAM], env=environment, check=True)
