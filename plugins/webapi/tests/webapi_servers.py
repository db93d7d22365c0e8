"""Servers that speak protocols of services, on a free port of this host, with a ledger of what was asked of them."""

import contextlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class Reply(Exception):  # noqa: N818 - an answer, which is no error here
    """An answer other than 200 with JSON."""

    def __init__(self, status, body=b"", headers=None):
        super().__init__(status)
        self.status = status
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.headers = headers or {}


SILENCE = object()
"""An answer that never comes."""


class Request:
    """What came: `json`, `query`, `headers`, `body`."""

    def __init__(self, method, path, query, headers, body):
        self.method, self.path, self.query, self.headers, self.body = method, path, query, headers, body

    @property
    def json(self):
        return json.loads(self.body or b"null")


class Server:
    """Subclasses write `routes`: (method, pattern of the path, function of request and groups).

    Attributes:
        calls: `METHOD /path` of every call, in order.
        planned: answers to give instead, by the start of `METHOD /path`, each once. A `Reply` is given in place of the
            call; a pair ("after", Reply) has the call done, and loses its answer; `SILENCE` instead of a `Reply` never
            comes, as long as the server lives.
        token: what `Authorization` must be; None: anything goes.
    """

    token = None
    links = "http"

    def __init__(self):
        self.calls, self.planned, self.lock = [], {}, threading.RLock()
        self.silent, self.ended = threading.Semaphore(0), threading.Event()
        self.start()

    def start(self):
        pass

    def routes(self):
        raise NotImplementedError

    def plan(self, call, *answers):
        self.planned.setdefault(call, []).extend(answers)

    def be_silent(self):
        self.silent.release()
        self.ended.wait(60)
        raise ConnectionAbortedError

    def count(self, call):
        return sum(one.startswith(call) for one in self.calls)

    def handle(self, request):
        call = f"{request.method} {request.path}"
        with self.lock:
            self.calls.append(call)
            answers = next(
                (answers for start, answers in self.planned.items() if call.startswith(start) and answers), []
            )
            planned = answers.pop(0) if answers else None
        if isinstance(planned, Reply):
            raise planned
        if planned is SILENCE:
            self.be_silent()
        if self.token is not None and request.headers.get("Authorization") != self.token:
            raise Reply(401, {"message": "who are you?"})
        for method, pattern, function in self.routes():
            match = re.fullmatch(pattern, request.path)
            if method == request.method and match:
                with self.lock:
                    answer = function(request, *match.groups())
                if planned is not None and planned[1] is SILENCE:
                    self.be_silent()
                if planned is not None:
                    raise planned[1]
                return answer
        raise Reply(404, {"message": f"nothing at {call}"})

    @contextlib.contextmanager
    def serving(self):
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                parts = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
                request = Request(self.command, parts.path, query, self.headers, body)
                try:
                    found = owner.handle(request)
                    reply = found if isinstance(found, Reply) else Reply(200, found)
                except Reply as told:
                    reply = told
                except ConnectionAbortedError:
                    self.close_connection = True
                    return
                self.send_response(reply.status)
                self.send_header("Content-Type", reply.headers.get("Content-Type", "application/json"))
                for name, value in reply.headers.items():
                    if name != "Content-Type":
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(reply.body)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = answer  # noqa: N815 - names of the library

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield self
        finally:
            self.ended.set()
            server.shutdown()
            thread.join()
            server.server_close()


class JobServer(Server):
    """A service of jobs, as anybody might write one. What a job does, its body says.

    Attributes:
        heeds_keys: whether it gives the job that there is where one is created again.
    """

    heeds_keys = True

    def start(self):
        self.jobs, self.created, self.looks = {}, [], {}

    def routes(self):
        return [
            ("POST", "/v1/jobs", self.create),
            ("GET", "/v1/jobs", self.list),
            ("GET", "/v1/jobs/([^/]+)", self.show),
            ("DELETE", "/v1/jobs/([^/]+)", self.delete),
            ("GET", "/v1/jobs/([^/]+)/log", self.log),
        ]

    def create(self, request):
        key = request.headers["Idempotency-Key"]
        for job in self.jobs.values():
            if self.heeds_keys and job["key"] == key:
                return job
        job_id = f"j{len(self.created) + 1}"
        self.created.append(key)
        self.jobs[job_id] = {"id": job_id, "key": key, "state": "queued", **request.json}
        return self.jobs[job_id]

    def list(self, request):
        return {"jobs": [job for job in self.jobs.values() if job["key"] == request.query["name"]]}

    def show(self, _, job_id):
        job = self.jobs.get(job_id)
        if job is None:
            raise Reply(404, {"message": "no such job"})
        looks = self.looks[job_id] = self.looks.get(job_id, 0) + 1
        does = job.get("does", "succeed")
        if job["state"] not in {"cancelled", "done", "failed"}:
            job["state"] = "running"
            job["progress"] = 0.5
            if looks >= 2 and does != "sleep":
                job["state"] = "failed" if does in {"fail", "crash"} else "done"
                job["why"] = "it was told to fail"
                job["answer"] = {"value": job.get("value", 7)}
        return job

    def delete(self, _, job_id):
        if job_id not in self.jobs:
            raise Reply(404, {"message": "no such job"})
        self.jobs[job_id]["state"] = "cancelled"
        return {}

    def log(self, _, job_id):
        lines = "".join(f"line {number}\n" for number in range(self.looks.get(job_id, 0)))
        return Reply(200, lines.encode(), {"Content-Type": "text/plain"})


class OpenAIServer(Server):
    """OpenAI's files and batches. Answers repeat what the user says, in capitals; `fail` fails."""

    token = "Bearer sk-test"

    def start(self):
        self.files, self.batches, self.created = {}, {}, []

    def routes(self):
        return [
            ("POST", "/v1/files", self.upload),
            ("GET", "/v1/files/([^/]+)/content", lambda _, name: Reply(200, self.files[name])),
            ("POST", "/v1/batches", self.create),
            ("GET", "/v1/batches", self.list),
            ("GET", "/v1/batches/([^/]+)", self.show),
            ("POST", "/v1/batches/([^/]+)/cancel", self.cancel),
        ]

    def upload(self, request):
        edge = re.search(r"boundary=(\S+)", request.headers["Content-Type"])[1].strip('"').encode()
        parts = request.body.split(b"--" + edge)
        content = next(part for part in parts if b'name="file"' in part).partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")
        assert any(b'name="purpose"' in part and part.rstrip().endswith(b"batch") for part in parts)
        return self.keep(content)

    def keep(self, content):
        name = f"file-{len(self.files) + 1}"
        self.files[name] = content
        return {
            "id": name,
            "object": "file",
            "bytes": len(content),
            "created_at": 1,
            "filename": "x.jsonl",
            "purpose": "batch",
            "status": "processed",
        }

    def create(self, request):
        asked = request.json
        lines = [json.loads(line) for line in self.files[asked["input_file_id"]].splitlines()]
        batch = {
            "id": f"batch_{len(self.created) + 1}",
            "object": "batch",
            "endpoint": asked["endpoint"],
            "input_file_id": asked["input_file_id"],
            "completion_window": asked["completion_window"],
            "status": "validating",
            "created_at": 1,
            "metadata": asked.get("metadata"),
            "request_counts": {"total": len(lines), "completed": 0, "failed": 0},
        }
        self.created.append((asked.get("metadata") or {}).get("godwit_job"))
        self.batches[batch["id"]] = batch
        return batch

    def list(self, request):
        newest = list(reversed(self.batches.values()))
        if "after" in request.query:
            names = [batch["id"] for batch in newest]
            newest = newest[names.index(request.query["after"]) + 1 :]
        limit = int(request.query.get("limit", 20))
        return {"object": "list", "data": newest[:limit], "has_more": len(newest) > limit}

    def show(self, _, name):
        batch = self.batches.get(name)
        if batch is None:
            raise Reply(404, {"error": {"message": "no such batch"}})
        lines = [json.loads(line) for line in self.files[batch["input_file_id"]].splitlines()]
        said = [line["body"]["messages"][-1]["content"] for line in lines]
        following = {"validating": "in_progress", "in_progress": "completed", "cancelling": "cancelled"}
        if "sleep" in said and batch["status"] == "in_progress":
            return batch
        if "expire" in said and batch["status"] == "in_progress":
            following["in_progress"] = "expired"
        before, batch["status"] = batch["status"], following.get(batch["status"], batch["status"])
        if batch["status"] == "completed" and before != "completed":
            self.complete(batch, lines)
        return batch

    def complete(self, batch, lines):
        good, bad = [], []
        for line in reversed(lines):
            text = line["body"]["messages"][-1]["content"]
            if text == "fail":
                response = {"status_code": 400, "body": {"error": {"message": "I would rather not"}}}
                bad.append({"id": "r", "custom_id": line["custom_id"], "response": response, "error": None})
            else:
                message = {"role": "assistant", "content": text.upper()}
                response = {
                    "status_code": 200,
                    "body": {"choices": [{"message": message}], "model": line["body"]["model"]},
                }
                good.append({"id": "r", "custom_id": line["custom_id"], "response": response, "error": None})
        for name, answers in (("output_file_id", good), ("error_file_id", bad)):
            if answers:
                batch[name] = self.keep("".join(json.dumps(answer) + "\n" for answer in answers).encode())["id"]
        batch["request_counts"] = {"total": len(lines), "completed": len(good), "failed": len(bad)}

    def cancel(self, _, name):
        if name not in self.batches:
            raise Reply(404, {"error": {"message": "no such batch"}})
        if self.batches[name]["status"] in {"completed", "expired", "cancelled"}:
            raise Reply(409, {"error": {"message": "it has ended"}})
        self.batches[name]["status"] = "cancelling"
        return self.batches[name]
