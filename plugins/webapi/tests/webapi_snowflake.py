"""A server that speaks the protocol of Snowflake's own client, as far as statements need it."""

import gzip
import json
import re
import uuid

from webapi_servers import Reply, Server

NOTHING = {
    "precision": None,
    "scale": None,
    "length": None,
    "byteLength": None,
    "database": "",
    "schema": "",
    "table": "",
}
KINDS = {"fixed": {"precision": 38, "scale": 0}, "text": {"length": 100}, "real": {}}


class SnowflakeServer(Server):
    """Statements of Snowflake. Results are planned by the statement's text; `fail` and `sleep` in it do so."""

    def start(self):
        self.queries, self.created, self.results = {}, [], {}

    def routes(self):
        return [
            ("POST", "/session/v1/login-request", self.login),
            ("POST", "/session", lambda _: {"success": True}),
            ("POST", "/telemetry/send", lambda _: {"success": True}),
            ("POST", "/queries/v1/query-request", self.query),
            ("GET", "/monitoring/queries/([^/]+)", self.monitor),
            ("GET", "/queries/([^/]+)/result", self.result),
        ]

    def body(self, request):
        zipped = request.headers.get("Content-Encoding") == "gzip"
        return json.loads(gzip.decompress(request.body) if zipped else request.body)

    def login(self, request):
        told = self.body(request)["data"]
        if told.get("TOKEN") != "snow":
            return {"data": None, "code": "390303", "message": "Invalid OAuth access token.", "success": False}
        session = {"token": "t", "masterToken": "m", "sessionId": 1, "parameters": [], "sessionInfo": {}}
        return {"data": {**session, "validityInSeconds": 3600}, "code": None, "message": None, "success": True}

    def query(self, request):
        if request.headers.get("Authorization") != 'Snowflake Token="t"':
            raise Reply(403)
        asked = self.body(request)
        text = asked["sqlText"]
        bound = [asked["bindings"][name]["value"] for name in sorted(asked.get("bindings") or {}, key=int)]
        if "QUERY_HISTORY" in text:
            found = [[one["id"]] for one in self.queries.values() if one["tag"] == bound[0]]
            return self.rows("h", [("QUERY_ID", "text")], found)
        if "CANCEL_QUERY" in text:
            self.queries[bound[0]]["status"] = "FAILED_WITH_ERROR"
            self.queries[bound[0]]["error"] = "SQL execution canceled"
            return self.rows("c", [("R", "text")], [["terminated"]])
        scanned = re.search(r"result_scan\('([^']+)'\)", text)
        if scanned:
            return self.result(request, scanned[1])
        if "syntax" in text:
            data = {"queryId": "x", "errorCode": "001003", "sqlState": "42000"}
            return {"data": data, "code": "001003", "message": "SQL compilation error", "success": False}
        number = str(uuid.uuid5(uuid.NAMESPACE_URL, request.query["requestId"]))
        if number in self.queries:  # the client asks again where an answer was lost
            return self.started(number)
        tag = (asked.get("parameters") or {}).get("QUERY_TAG")
        self.created.append(tag)
        self.queries[number] = {
            "id": number,
            "tag": tag,
            "text": text,
            "bound": bound,
            "status": "RUNNING",
            "asked": asked,
        }
        if not asked.get("asyncExec"):
            return self.result(request, number)
        return self.started(number)

    def started(self, number):
        data = {"queryId": number, "getResultUrl": f"/queries/{number}/result", "queryAbortsAfterSecs": 300}
        return {"data": data, "code": "333334", "message": "running", "success": True}

    def monitor(self, _, number):
        query = self.queries.get(number)
        if query is None:
            return {"data": {"queries": []}, "success": True, "code": None, "message": None}
        told = {"id": number, "status": query["status"], "sqlText": query["text"]}
        if query["status"] == "RUNNING" and "sleep" not in query["text"]:
            bad = {"fail": "FAILED_WITH_ERROR", "crash": "FAILED_WITH_INCIDENT"}
            query["status"] = next((status for word, status in bad.items() if word in query["text"]), "SUCCESS")
        if query["status"].startswith("FAILED"):
            message = query.get("error", "Division by zero")
            told |= {"errorCode": "100051", "errorMessage": message}
        return {"data": {"queries": [told]}, "success": True, "code": None, "message": None}

    def result(self, _, number):
        columns, rows = self.results.get(self.queries[number]["text"], ([("N", "fixed")], [["7"]]))
        return self.rows(number, columns, rows)

    def rows(self, number, columns, rows):
        described = [{"name": name, "type": kind, "nullable": True, **NOTHING, **KINDS[kind]} for name, kind in columns]
        data = {
            "parameters": [],
            "rowtype": described,
            "rowset": rows,
            "total": len(rows),
            "returned": len(rows),
            "queryId": number,
            "queryResultFormat": "json",
            "statementTypeId": 4096,
            "version": 1,
        }
        return {"data": data, "code": None, "message": None, "success": True}
