"""The contract of Godwit: protobuf messages in `core.v1` and `runner.v1`, the rules of values in `rules`."""
