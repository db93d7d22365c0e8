"""Jobs of a service that an OpenAPI document describes: operations instead of methods and paths."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from godwit.errors import DeclarationError

from godwit_webapi.http_config import Call, HttpJob
from godwit_webapi.services import Service

_METHODS = ("get", "post", "put", "patch", "delete")
_CALLS = ("create", "get", "cancel", "find", "logs", "result")


class _Operation(NamedTuple):
    method: str
    path: str
    details: Mapping[str, Any]


def http_job_of(
    document: Mapping[str, Any] | str | Path, *, service: Service | None = None, **settings: Any
) -> HttpJob:
    """Return a job of the service that an OpenAPI document (version 3) describes.

    Args:
        document: the document, or the path of its JSON file.
        service: the service; without a url, the document's first server; None: that, without a token.
        settings: those of `HttpJob`. In place of a `Call`, the operation's id; or the id with what it is given:
            `create=("createJob", {"body": {"month": "{month}"}})`, or `"query"`, `"path"`, `"headers"`.
            Parameters in the path that are not given are `{job_id}`.

    Raises:
        DeclarationError: the document has no such operation, or the operation has no such parameter.
    """
    if isinstance(document, Mapping):
        described: Mapping[str, Any] = document
    else:
        described = json.loads(Path(document).read_text(encoding="utf-8"))
    operations = _operations(described)
    calls: dict[str, Any] = {
        name: _call(name, settings.pop(name), operations)
        for name in _CALLS
        if settings.get(name) is not None and not isinstance(settings[name], Call)
    }
    return HttpJob(service=_service(described, service), **calls, **settings)


def _operations(document: Mapping[str, Any]) -> dict[str, _Operation]:
    found = {}
    for path, methods in (document.get("paths") or {}).items():
        for method, details in methods.items():
            if method in _METHODS and "operationId" in details:
                shared = methods.get("parameters") or []
                known = {**details, "parameters": [*shared, *(details.get("parameters") or [])]}
                found[details["operationId"]] = _Operation(method.upper(), path, known)
    return found


def _service(document: Mapping[str, Any], service: Service | None) -> Service:
    given = service or Service()
    if given.url:
        return given
    servers = document.get("servers") or []
    if not servers:
        raise DeclarationError(
            "The OpenAPI document names no server.", hint="Say service=Service(url).", code="OPENAPI_NO_SERVER"
        )
    return Service(
        str(servers[0]["url"]), given.token, given.token_header, given.token_scheme, given.limits, given.timeout
    )


def _call(name: str, told: Any, operations: Mapping[str, _Operation]) -> Call:
    operation_id, given = (told, {}) if isinstance(told, str) else told
    operation = operations.get(operation_id)
    if operation is None:
        raise DeclarationError(
            f"{name}= names the operation {operation_id!r}, which the OpenAPI document does not have.",
            hint=f"It has: {', '.join(operations) or 'none with an operationId'}.",
            code="OPENAPI_NO_OPERATION",
        )
    body, path_values = given.get("body"), given.get("path", {})
    query, headers = given.get("query", {}), given.get("headers", {})
    declared = {(one.get("in"), one.get("name")): one for one in operation.details["parameters"]}
    for place, values in (("path", path_values), ("query", query), ("header", headers)):
        for parameter in values:
            if (place, parameter) not in declared:
                raise _no_parameter(operation_id, f"no parameter {parameter!r} in its {place}")
    if body is not None and "requestBody" not in operation.details:
        raise _no_parameter(operation_id, "no body")
    path = operation.path
    for (place, parameter), described in declared.items():
        if place == "path":
            path = path.replace(f"{{{parameter}}}", path_values.get(parameter, "{job_id}"))
        elif described.get("required") and parameter not in {**query, **headers}:
            raise DeclarationError(
                f"{name}= leaves out the parameter {parameter!r} of {operation_id}, which is required.",
                code="OPENAPI_PARAMETER",
            )
    asked = "&".join(f"{key}={value}" for key, value in query.items())
    return Call(operation.method, f"{path}?{asked}" if asked else path, body, headers)


def _no_parameter(operation_id: str, what: str) -> DeclarationError:
    return DeclarationError(
        f"The operation {operation_id} of the OpenAPI document has {what}.", code="OPENAPI_PARAMETER"
    )
