"""A little web service with which observers register what they have seen. It listens on this machine only.

    python examples/backends/register.py 8765

`POST /entries` files an entry, under the caller's `Idempotency-Key` once; `GET /entries/ID` shows it; `GET /entries`
lists all, or with `?key=…` the one under that key. An entry is checked for a second before it is `filed`.
"""

import json
import sys
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

CHECKED_AFTER_S = 1.0


class Register(ThreadingHTTPServer):
    """The service, with its entries in memory."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        """Listen on *port*; 0: a free one."""
        super().__init__(("127.0.0.1", port), Handler)
        self.entries: list[dict[str, Any]] = []
        self.lock = threading.Lock()

    def file(self, key: str, entry: dict[str, Any]) -> dict[str, Any]:
        """Return the entry under *key*, which is made of *entry* when there is none."""
        with self.lock:
            for filed in self.entries:
                if filed["key"] == key:
                    return filed
            number = len(self.entries) + 1
            self.entries.append({**entry, "id": f"entry-{number}", "key": key, "since": time.monotonic()})
            return self.entries[-1]


class Handler(BaseHTTPRequestHandler):
    """One call."""

    protocol_version = "HTTP/1.1"
    server: Register

    def do_POST(self) -> None:
        """File an entry."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.answer(self.server.file(self.headers.get("Idempotency-Key", ""), json.loads(body)))

    def do_GET(self) -> None:
        """Show entries."""
        asked = urlsplit(self.path)
        keys = parse_qs(asked.query).get("key")
        entries = [entry for entry in self.server.entries if keys is None or entry["key"] in keys]
        if asked.path == "/entries":
            self.answer({"entries": entries})
            return
        for entry in entries:
            if asked.path == f"/entries/{entry['id']}":
                is_filed = time.monotonic() - entry["since"] > CHECKED_AFTER_S
                self.answer({**entry, "state": "filed" if is_filed else "checking"})
                return
        self.answer({"message": f"There is no {asked.path}."}, HTTPStatus.NOT_FOUND)

    def answer(self, told: dict[str, Any], status: HTTPStatus = HTTPStatus.OK) -> None:
        """Answer with JSON."""
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the name that the library gives it
        """Write nothing: the list of entries says it all."""


if __name__ == "__main__":
    register = Register(int(sys.argv[1]) if len(sys.argv) > 1 else 8765)
    print(f"http://127.0.0.1:{register.server_address[1]}", flush=True)
    register.serve_forever()
