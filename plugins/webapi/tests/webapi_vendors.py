"""Servers that speak the protocols of Databricks and BigQuery, as far as their own clients need them for jobs."""

import json

from webapi_servers import Reply, Server


class DatabricksServer(Server):
    """Runs of Databricks. What a run does, the notebook's parameter `does` says."""

    token = "Bearer dapi"

    def start(self):
        self.runs, self.created = {}, []

    def routes(self):
        return [
            ("POST", "/api/2.[12]/jobs/runs/submit", self.submit),
            ("POST", "/api/2.[12]/jobs/run-now", self.submit),
            ("GET", "/api/2.[12]/jobs/runs/get", self.get),
            ("GET", "/api/2.[12]/jobs/runs/get-output", self.output),
            ("POST", "/api/2.[12]/jobs/runs/cancel", self.cancel),
        ]

    def submit(self, request):
        asked = request.json
        token = asked.get("idempotency_token")
        for run in self.runs.values():
            if token and run["token"] == token:
                return {"run_id": run["run_id"]}
        if asked.get("job_id") == 404:
            raise Reply(400, {"error_code": "INVALID_PARAMETER_VALUE", "message": "Job 404 does not exist."})
        number = len(self.runs) + 1
        parameters = asked.get("job_parameters") or asked["tasks"][0]["notebook_task"].get("base_parameters", {})
        self.created.append(token)
        self.runs[number] = {
            "run_id": number,
            "token": token,
            "parameters": parameters,
            "run_name": asked.get("run_name", "job"),
            "state": {"life_cycle_state": "PENDING", "state_message": ""},
            "run_page_url": f"https://dbc/#job/run/{number}",
            "tasks": [{"run_id": 1000 + number, "task_key": "task"}],
            "asked": asked,
        }
        return {"run_id": number}

    def get(self, request):
        run = self.found(request.query["run_id"])
        state, does = run["state"], run["parameters"].get("does", "succeed")
        if state["life_cycle_state"] == "PENDING":
            state["life_cycle_state"] = "RUNNING"
        elif state["life_cycle_state"] == "RUNNING" and does != "sleep":
            good = does == "succeed"
            state["life_cycle_state"] = "INTERNAL_ERROR" if does == "crash" else "TERMINATED"
            state["result_state"] = "SUCCESS" if good else "FAILED"
            state["state_message"] = "" if good else "The cluster was lost"
        return {name: value for name, value in run.items() if name not in {"token", "parameters", "asked"}}

    def output(self, request):
        run = self.found(int(request.query["run_id"]) - 1000)
        does = run["parameters"].get("does", "succeed")
        if does == "fail":
            return {"error": "ZeroDivisionError: no birds", "error_trace": "Traceback: line 1\n"}
        result = json.dumps({"result": 7, "parameters": run["parameters"]})
        return {"notebook_output": {"result": result}, "logs": "counted\n"} if does == "succeed" else {}

    def cancel(self, request):
        run = self.found(request.json["run_id"])
        run["state"] = {"life_cycle_state": "TERMINATED", "result_state": "CANCELED", "state_message": "Cancelled"}
        return {}

    def found(self, number):
        run = self.runs.get(int(number))
        if run is None:
            raise Reply(400, {"error_code": "INVALID_PARAMETER_VALUE", "message": f"Run {number} does not exist."})
        return run


class BigQueryServer(Server):
    """Jobs of BigQuery. Results are planned by the statement's text; `fail` and `sleep` in it do so."""

    token = "Bearer ya29"
    page_size = 2

    def start(self):
        self.jobs, self.created, self.results = {}, [], {}

    def routes(self):
        at = "/bigquery/v2/projects/([^/]+)"
        return [
            ("POST", f"{at}/jobs", self.insert),
            ("GET", f"{at}/jobs/([^/]+)", self.get),
            ("POST", f"{at}/jobs/([^/]+)/cancel", self.cancel),
            ("GET", f"{at}/queries/([^/]+)", self.rows),
            ("GET", f"{at}/datasets/([^/]+)/tables/([^/]+)/data", self.table_rows),
        ]

    def insert(self, request, project):
        job = request.json
        name = job["jobReference"]["jobId"]
        if name in self.jobs:
            raise Reply(409, {"error": {"code": 409, "message": f"Already Exists: Job {name}", "errors": []}})
        query = job["configuration"]["query"]
        if "syntax" in query["query"]:
            raise Reply(400, {"error": {"code": 400, "message": "Syntax error: Unexpected identifier", "errors": []}})
        anonymous = {"projectId": project, "datasetId": "_anon", "tableId": f"t_{len(self.jobs)}"}
        query.setdefault("destinationTable", anonymous)
        self.created.append(name)
        self.jobs[name] = {
            "kind": "bigquery#job",
            "id": f"{project}:US.{name}",
            "jobReference": job["jobReference"],
            "configuration": {**job["configuration"], "jobType": "QUERY"},
            "statistics": {"creationTime": "1"},
            "status": {"state": "PENDING"},
        }
        return self.jobs[name]

    def found(self, name):
        if name not in self.jobs:
            raise Reply(404, {"error": {"code": 404, "message": f"Not found: Job {name}", "errors": []}})
        return self.jobs[name]

    def get(self, _, __, name):
        job = self.found(name)
        text = job["configuration"]["query"]["query"]
        status = job["status"]
        if status["state"] == "PENDING":
            status["state"] = "RUNNING"
        elif status["state"] == "RUNNING" and "sleep" not in text:
            status["state"] = "DONE"
            if "fail" in text:
                status["errorResult"] = {"reason": "invalidQuery", "message": "Division by zero"}
            if "crash" in text:
                status["errorResult"] = {"reason": "backendError", "message": "Try again"}
        return job

    def cancel(self, _, __, name):
        job = self.found(name)
        job["status"] = {
            "state": "DONE",
            "errorResult": {"reason": "stopped", "message": "Job execution was cancelled"},
        }
        return {"kind": "bigquery#jobCancelResponse", "job": job}

    def rows(self, request, _, name):
        job = self.found(name)
        done = job["status"]["state"] == "DONE" or "sleep" not in job["configuration"]["query"]["query"]
        if done:
            job["status"]["state"] = "DONE"
        told = {"kind": "bigquery#getQueryResultsResponse", "jobReference": job["jobReference"], "jobComplete": done}
        fields, rows = self.results.get(job["configuration"]["query"]["query"], ([("n", "INTEGER")], [[7]]))
        told["schema"] = {"fields": [{"name": one, "type": kind, "mode": "NULLABLE"} for one, kind in fields]}
        told["totalRows"] = str(len(rows))
        if request.query.get("maxResults") == "0":
            return told
        return {**told, **self.page(rows, request.query)}

    def table_rows(self, request, _, __, table):
        job = next(
            job for job in self.jobs.values() if job["configuration"]["query"]["destinationTable"]["tableId"] == table
        )
        _, rows = self.results.get(job["configuration"]["query"]["query"], ((), [[7]]))
        return self.page(rows, request.query)

    def page(self, rows, query):
        begin = int(query.get("pageToken") or 0)
        shown = rows[begin : begin + self.page_size]
        cells = [{"f": [{"v": None if cell is None else str(cell)} for cell in row]} for row in shown]
        following = {"pageToken": str(begin + self.page_size)} if begin + self.page_size < len(rows) else {}
        return {"rows": cells, **following}
