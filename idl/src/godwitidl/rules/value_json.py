"""The one mapping between values and JSON, as `docs/contract/json.md` says it, for whoever shows or takes values."""

from godwitidl.rules.json_problem import JsonValueError
from godwitidl.rules.json_reading import from_json
from godwitidl.rules.json_writing import to_json

__all__ = ["JsonValueError", "from_json", "to_json"]
