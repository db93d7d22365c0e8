"""Calls of web services, and what their answers mean: a value, a refusal, or to come again later."""

import email.utils
import json
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any, NamedTuple

from godwit_plugin_api import attempt_errors
from godwit_plugin_api.service_jobs import RetryLater

LARGEST_ANSWER_BYTES = 256 << 20
"""More than that is no answer about a job, and would not fit into memory beside others."""
_SHOWN = 500
_MISSING = 404
_REFUSALS = {401: "WEBAPI_UNAUTHORIZED", 403: "WEBAPI_FORBIDDEN", 404: "WEBAPI_NOT_FOUND", 409: "WEBAPI_CONFLICT"}
_UNTOUCHED = {425, 429}
"""Statuses that say that the service has not even looked at the call."""
_LATER = {408, 425, 429, 500, 502, 503, 504}


class CallRefused(Exception):  # noqa: N818 - names what the service did
    """The service refused a call, and would again.

    Attributes:
        status: status of the answer.
        code: stable code of the error.
        answer: the answer's body, as text.
    """

    def __init__(self, message: str, *, status: int, code: str, answer: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.answer = answer

    def error(self) -> bytes:
        """Return it as the error of an attempt."""
        return attempt_errors.failed(self.code, str(self))


class Garbage(RetryLater):
    """The service answered with something that is no answer: a page of a proxy, half a message."""


class Answer(NamedTuple):
    """What a service answered.

    Attributes:
        status: status, 200 to 299 unless the call says otherwise.
        body: body.
    """

    status: int
    body: bytes

    def json(self) -> Any:
        """Return the body, which is JSON; None where it is empty.

        Raises:
            Garbage: it is something else.
        """
        if not self.body.strip():
            return None
        try:
            return json.loads(self.body)
        except ValueError:
            raise Garbage(f"The service answered no JSON but {_shown(self.body)!r}.") from None


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirection: it would take the token along, to whoever the service names."""

    def redirect_request(self, *_: Any) -> None:
        """Return None."""


_OPENER = urllib.request.build_opener(_Stay)


class ServiceClient:
    """Calls one service. Nothing is kept from one call to the next."""

    def __init__(self, url: str, headers: Mapping[str, str], timeout_s: float) -> None:
        """Call what is below *url*, with *headers*; wait *timeout_s* seconds for each answer."""
        self._url = url.rstrip("/")
        self._headers = dict(headers)
        self._timeout_s = timeout_s

    def json(
        self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None, missing: Any = ...
    ) -> Any:
        """Call with *body* as JSON, and return the answer's JSON. *missing*: what is returned where it is not found.

        Raises:
            RetryLater: the service could not answer.
            CallRefused: it refused the call.
        """
        sent = None if body is None else json.dumps(body).encode()
        kind = {} if body is None else {"Content-Type": "application/json"}
        answer = self.call(method, path, sent, {"Accept": "application/json", **kind, **(headers or {})})
        if answer.status == _MISSING and missing is not ...:
            return missing
        return self.accepted(answer, method, path).json()

    def accepted(self, answer: Answer, method: str, path: str) -> Answer:
        """Return *answer* if its status says that all is well.

        Raises:
            RetryLater: the service could not answer.
            CallRefused: it refused the call.
        """
        if 200 <= answer.status < 300:
            return answer
        where = f"{method} {self._url}{path.partition('?')[0]}"
        message = f"{where} was answered with status {answer.status}: {_shown(answer.body)}"
        code = _REFUSALS.get(answer.status, "WEBAPI_REFUSED")
        if answer.status in {401, 403}:
            message += " Check the secret that the task's service names, and what it permits."
        raise CallRefused(message, status=answer.status, code=code, answer=answer.body.decode(errors="replace"))

    def call(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Call, and return the answer, of whatever status it is but those that mean to come again.

        Raises:
            RetryLater: the service could not answer, or asks to come again.
        """
        where = f"{method} {self._url}{path.partition('?')[0]}"
        request = urllib.request.Request(  # noqa: S310 - the scheme is checked where the service is declared
            self._url + path, data=body, method=method, headers={**self._headers, **(headers or {})}
        )
        try:
            with _OPENER.open(request, timeout=self._timeout_s) as reply:
                return Answer(reply.status, _read(reply, where))
        except urllib.error.HTTPError as error:
            with error:
                answer = Answer(error.code, error.read(1 << 20))
                if error.code not in _LATER:
                    return answer
                message = f"{where} was answered with status {error.code}: {_shown(answer.body)}"
                pause_s = retry_after_s(error.headers.get("Retry-After"))
                raise RetryLater(message, retry_after_s=pause_s, untouched=error.code in _UNTOUCHED) from None
        except (OSError, ValueError, EOFError) as error:
            if isinstance(error, UnicodeError):
                raise CallRefused(f"{where} is no address: {error}", status=0, code="WEBAPI_REFUSED") from None
            reason = getattr(error, "reason", None) or error
            away = isinstance(reason, (ConnectionRefusedError, socket.gaierror))
            raise RetryLater(f"{where} could not be reached: {reason}", untouched=away) from None


def retry_after_s(text: str | None) -> float | None:
    """Return the seconds that a header `Retry-After` asks for: a number, or a date; None where it says nothing."""
    if text is None:
        return None
    if text.strip().isdigit():
        return float(text)
    try:
        date = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, date.timestamp() - time.time())


def _read(reply: Any, where: str) -> bytes:
    body: bytes = reply.read(LARGEST_ANSWER_BYTES + 1)
    if len(body) > LARGEST_ANSWER_BYTES:
        raise CallRefused(
            f"{where} answered more than {LARGEST_ANSWER_BYTES} bytes.", status=reply.status, code="WEBAPI_TOO_LARGE"
        )
    return body


def _shown(body: bytes) -> str:
    text = " ".join(body[: 4 * _SHOWN].decode(errors="replace").split())
    return text[:_SHOWN] + "…" if len(text) > _SHOWN else text or "(nothing)"
