"""Backends in processes of their own, in any language: the engine's half of `godwitidl.plugin.v1`.

`client.RemoteBackend` is an ordinary backend that calls such a server; `service` names the calls for either side.
What is here needs the extra `grpc`.
"""
