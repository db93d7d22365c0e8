"""What a job of a web service costs beyond bare calls of the service: creation to end, both polling every 50 ms.

Run in the environment of the plugin: plugins/webapi/.venv/bin/python benchmarks/webapi_overhead.py
"""

import json
import os
import statistics
import sys
import tempfile
import time
import urllib.request
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "plugins" / "webapi" / "tests"))

from godwit_plugin_api.backend import BackendSettings  # noqa: E402 - found by the line above
from godwit_plugin_api.testing.fake_host import FakeHost  # noqa: E402
from godwit_webapi import Call, HttpJob, Limits, Service  # noqa: E402
from godwit_webapi.backends.http import HttpJobs  # noqa: E402
from webapi_servers import JobServer  # noqa: E402
from webapi_tasks import INT, request_of, task_of  # noqa: E402

POLL_S = 0.05
RUNS = 30


def bare(url: str, key: str) -> float:
    """Create a job and poll it by the standard library; return the seconds."""
    begin = time.perf_counter()
    made = call("POST", f"{url}/v1/jobs", b'{"does": "succeed"}', key)
    while call("GET", f"{url}/v1/jobs/{made['id']}")["state"] != "done":
        time.sleep(POLL_S)
    return time.perf_counter() - begin


def call(method: str, url: str, body: bytes | None = None, key: str = "") -> dict:
    """Return an answer's JSON."""
    request = urllib.request.Request(url, body, {"Idempotency-Key": key}, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def main() -> None:
    """Print medians."""
    os.environ["GODWIT_SECRET_QUARRY"] = "x"
    limits = Limits(reads_per_s=1000, writes_per_s=1000, burst=100, poll_interval=timedelta(seconds=POLL_S))
    with JobServer().serving() as server, tempfile.TemporaryDirectory() as folder:
        config = HttpJob(
            service=Service(f"{server.url}/v1", "quarry", limits=limits),
            create=Call("POST", "/jobs", {"does": "succeed"}),
            get=Call("GET", "/jobs/{job_id}"),
            idempotent=True,
            succeeded=("done",),
            failed=("failed",),
            outputs={"result": "/answer/value"},
        )
        task = task_of(config, {}, {"result": INT})
        host = FakeHost(BackendSettings(folder, folder, workers=1))
        backend = HttpJobs()
        backend.open(host)
        ours = []
        for number in range(RUNS):
            request = request_of(task, Path(folder), number=number)
            begin = time.perf_counter()
            backend.submit([request])
            host.end_of(request.id)
            ours.append(time.perf_counter() - begin)
        backend.close()
        host.close()
        theirs = [bare(server.url, f"bare{number}") for number in range(RUNS)]
    told = {"godwit_ms": statistics.median(ours) * 1000, "bare_ms": statistics.median(theirs) * 1000, "runs": RUNS}
    print(json.dumps({name: round(value, 1) for name, value in told.items()}))


if __name__ == "__main__":
    main()
