"""The program that starts a distributed job's tool and watches over it. Run by its path: standard library.

    python -I -S launcher.py FOLDER

It is the job of its supervisor: what it starts ends with it. It starts the programs of the plan, one (mpirun,
horovodrun) or one for each node (torchrun), and ends the job when processes are missing or hang, which the tools wait
for without an end. It leaves `missing.json` or `hung.json` then. See `worker` for the folder.
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

_LOOK_S = 0.5
_ALIVE_S = 2.0
_RANKS_S = 3.0
"""How long a tool has to end the other processes of a job itself, after one has failed for good."""
_PEERS_S = 15.0
"""How long the programs of other nodes may go on as they are after that of one has failed."""


def main(folder: Path) -> int:
    """Run the job of *folder*, and return its exit status."""
    plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    return _Launcher(folder, plan).run()


class _Launcher:
    """The programs of a job, and what is known of its processes."""

    def __init__(self, folder: Path, plan: dict[str, Any]) -> None:
        self.folder = folder
        self.plan = plan
        self.children: list[subprocess.Popen[bytes]] = []
        self.stopping = False
        self.hard_at: float | None = None
        self._looked = 0.0
        self._told_alive = 0.0
        self._launched = 0.0
        self._began: float | None = None
        self._waiting = (False, False)
        self._waits_from = 0.0
        self._failed = 0
        self._failed_at: float | None = None
        self._peers: dict[str, int] = {}
        self._rank_failed: float | None = None
        self._reader, writer = os.pipe()
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def run(self) -> int:
        self._tell_alive(time.monotonic())
        try:
            for program in self.plan["programs"]:
                environment = {**os.environ, **program["environment"]}
                self.children.append(subprocess.Popen(program["command"], env=environment, stdin=subprocess.DEVNULL))
        except OSError as error:
            sys.stderr.write(f"{program['command'][0]} cannot be started: {error.strerror or error}.\n")
            self.stopping = True
        self._launched = time.monotonic()
        while not all(child.poll() is not None for child in self.children):
            now = time.monotonic()
            self._tell_alive(now)
            if now - self._looked >= _LOOK_S:
                self._looked = now
                self._look(now)
            self._enforce(now)
            self._wait(0.1 if self.stopping else _LOOK_S)
        if self.plan["remote"]:
            self._wait_for_workers()
        return self._status()

    def _status(self) -> int:
        codes = [child.returncode if child.returncode >= 0 else 128 - child.returncode for child in self.children]
        if not codes:
            return 127
        if self.plan["any_node"] and 0 in codes:
            return 0
        return next((code for code in codes if code), 0)

    def _look(self, now: float) -> None:
        """End the job when one of its processes has failed for good, is missing, or hangs."""
        if self.stopping:
            return
        records = self._records()
        self._look_at_programs(now, records)
        self._look_for_failed(now, records)
        self._look_for_missing(now, records)
        if self.plan["ranks"]:
            self._look_for_hung(now, records)

    def _look_for_failed(self, now: float, records: dict[str, Any]) -> None:
        failed = any(one.get("exit_code") or one.get("signal") or one.get("failure") for one in records.values())
        if failed and not self.plan["goes_on"]:
            self._rank_failed = self._rank_failed or now
            if now - self._rank_failed > _RANKS_S:
                self.stop()

    def _look_for_missing(self, now: float, records: dict[str, Any]) -> None:
        if records and self._began is None:
            self._began = now
        count = self.plan["ranks"]
        waited = now - (self._launched if self._began is None else self._began)
        if len(records) < (count or 1) and waited > self.plan["start_timeout_s"]:
            missing = [str(rank) for rank in range(count) if str(rank) not in records]
            self._write("missing.json", {"names": missing, "waited_s": self.plan["start_timeout_s"]})
            self.stop()

    def _look_for_hung(self, now: float, records: dict[str, Any]) -> None:
        latest = _latest(records)
        live = {name: record for name, record in latest.items() if "ended_ns" not in record}
        # Whose function has returned often waits for its peers before it ends: that of MPI_Finalize, above all.
        late = [name for name, record in live.items() if "returned_ns" not in record]
        done = [name for name, record in latest.items() if "returned_ns" in record or record.get("exit_code") == 0]
        waiting = (bool(late), bool(done if late else live))
        if waiting != self._waiting:
            self._waiting, self._waits_from = waiting, now
        if waiting[1] and now - self._waits_from > self.plan["hang_timeout_s"]:
            # The workers see it, have the processes say where they stand, and end them.
            names, ended = (late, done) if late else (list(live), [name for name in done if name not in live])
            self._write("hung.json", {"names": names, "ended": ended, "waited_s": self.plan["hang_timeout_s"]})
            self.stopping = True
            self.hard_at = now + 2 * self.plan["grace_s"] + _RANKS_S

    def _look_at_programs(self, now: float, records: dict[str, Any]) -> None:
        """See to the processes of a program that has failed: they may wait for lost peers for half an hour."""
        failed = sum(bool(child.poll()) for child in self.children)
        if failed > self._failed:
            self._failed, self._failed_at = failed, now
            self._peers = {name: one["process"] for name, one in records.items() if "ended_ns" not in one}
        if self._failed_at is None or now - self._failed_at <= _PEERS_S:
            return
        if not self.plan["any_node"]:
            self.stop()
        else:
            # Those that were put together anew meanwhile are others. The rest have the tool do so by their end.
            self._write("lost.json", self._peers)
            self._failed_at = None

    def _records(self) -> dict[str, Any]:
        found = {}
        for path in (self.folder / "ranks").glob("*.json"):
            if path.name.startswith("."):
                continue
            with contextlib.suppress(OSError, ValueError):
                found[path.stem] = json.loads(path.read_text(encoding="utf-8"))
        return found

    def _enforce(self, now: float) -> None:
        if self.stopping and self.hard_at is None:
            self.stop()
        if self.hard_at is not None and now >= self.hard_at:
            for child in self.children:
                if child.poll() is None:
                    child.kill()

    def stop(self) -> None:
        """End the job: politely, and after the grace for sure."""
        self.stopping = True
        self.hard_at = time.monotonic() + self.plan["grace_s"]
        (self.folder / "stop").touch()
        for child in self.children:
            if child.poll() is None:
                child.terminate()

    def _wait_for_workers(self) -> None:
        """Wait for processes on other hosts: until they are gone, the job is not."""
        (self.folder / "stop").touch()
        until = time.monotonic() + 2 * self.plan["grace_s"] + 2
        while time.monotonic() < until and any("ended_ns" not in one for one in _latest(self._records()).values()):
            self._tell_alive(time.monotonic())
            time.sleep(0.1)

    def _tell_alive(self, now: float) -> None:
        if self.plan["remote"] and now - self._told_alive >= _ALIVE_S:
            self._told_alive = now
            (self.folder / "alive").write_text(f"{now}\n")

    def _write(self, name: str, content: dict[str, Any]) -> None:
        partial = self.folder / f".{name}"
        partial.write_text(json.dumps(content), encoding="utf-8")
        partial.replace(self.folder / name)

    def _wait(self, timeout_s: float) -> None:

        if select.select([self._reader], [], [], timeout_s)[0]:
            os.read(self._reader, 4096)

    def _stop(self, *_: object) -> None:
        self.stopping = True


def _latest(records: dict[str, Any]) -> dict[str, Any]:
    """Return those of processes that were started last, of several times."""
    newest = max((record["generation"] for record in records.values()), default=0)
    return {name: record for name, record in records.items() if record["generation"] == newest}


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
