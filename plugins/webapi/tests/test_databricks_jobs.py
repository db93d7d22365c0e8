"""Runs of Databricks: its own client passes against the server of the tests, and so does the backend."""

from pathlib import Path

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import DatabricksError
from databricks.sdk.service.jobs import NotebookTask, RunLifeCycleState, SubmitTask
from godwit.errors import DeclarationError
from godwit_plugin_api.backend import Handle
from godwit_plugin_api.testing.backend_suite import BackendSuite, Behaviour, assert_error
from godwit_webapi import DatabricksJob, Service
from godwit_webapi.backends.databricks import DatabricksJobs
from godwitidl.core.v1.errors_pb2 import BLAME_INFRASTRUCTURE
from godwitidl.core.v1.values_pb2 import Literal, NamedLiteral, NamedLiterals
from webapi_servers import Reply
from webapi_tasks import FAST, INT, JSON, TEXT, request_of, run, task_of, values_of
from webapi_vendors import DatabricksServer

NOTEBOOK = {"notebook_task": {"notebook_path": "/birds", "base_parameters": {"does": "{does}"}}}


@pytest.fixture
def databricks(monkeypatch):
    monkeypatch.setenv("GODWIT_SECRET_DATABRICKS", "dapi")
    with DatabricksServer().serving() as server:
        yield server


def test_the_vendors_client_passes_against_the_server(databricks):
    client = WorkspaceClient(host=databricks.url, token="dapi", auth_type="pat")
    task = SubmitTask(
        task_key="task", notebook_task=NotebookTask(notebook_path="/birds", base_parameters={"does": "succeed"})
    )
    first = client.jobs.submit(run_name="x", tasks=[task], idempotency_token="t")
    assert client.jobs.submit(run_name="x", tasks=[task], idempotency_token="t").run_id == first.run_id
    for _ in range(3):
        told = client.jobs.get_run(first.run_id)
    assert told.state.life_cycle_state is RunLifeCycleState.TERMINATED
    assert '"result": 7' in client.jobs.get_run_output(told.tasks[0].run_id).notebook_output.result
    other = client.jobs.run_now(9, job_parameters={"does": "sleep"}).run_id
    client.jobs.cancel_run(other)
    assert client.jobs.get_run(other).state.result_state.value == "CANCELED"
    with pytest.raises(DatabricksError, match="does not exist"):
        client.jobs.get_run(77)


class TestDatabricksJobs(BackendSuite):
    outlives_engine = True

    @pytest.fixture(autouse=True)
    def _server(self, databricks):
        self.server = databricks
        yield
        assert len(databricks.created) == len(set(databricks.created)), "a run was started twice"

    def config(self, **what):
        return DatabricksJob(
            service=Service(self.server.url, "databricks", limits=FAST), **(what or {"task": NOTEBOOK})
        )

    def make_backend(self):
        return DatabricksJobs()

    def task(self, behaviour):
        return task_of(self.config(), {"does": TEXT}, {"result": INT}, name=behaviour.value)

    def inputs(self, behaviour):
        return NamedLiterals(values=[NamedLiteral(name="does", value=Literal(string_value=behaviour.value))])

    def test_attaching_to_what_never_was_is_lost(self, backend, host):
        """A run is looked for by its token: where there is none, it is started then, once."""
        request = self.request_for(host, Behaviour.SUCCEED)
        backend.attach([(request, Handle(request.id))])
        assert values_of(self.end_of(host, request), request) == {"result": 7}

    def run_with(self, backend, host, outputs, does="succeed", **what):
        task = task_of(self.config(**what), {"does": TEXT}, outputs)
        request = request_of(task, Path(host.settings.home), {"does": does})
        return request, run(backend, host, request)

    def test_a_job_that_is_there_gets_the_inputs_as_parameters(self, backend, host):
        request, end = self.run_with(backend, host, {"result": INT, "parameters": JSON}, job_id=9)
        assert values_of(end, request) == {"result": 7, "parameters": {"does": "succeed"}}
        assert host.events[0].links[0].url.startswith("https://dbc/#job/run/")
        assert Path(host.settings.log_folder, next(Path(host.settings.log_folder).iterdir())).read_text() == "counted\n"

    def test_an_error_of_the_notebook_is_the_attempts(self, backend, host):
        _, end = self.run_with(backend, host, {}, "fail")
        error = assert_error(end.error)
        assert (error.code, error.message) == ("DATABRICKS_FAILED", "ZeroDivisionError: no birds")

    def test_a_lost_cluster_is_no_fault_of_the_task(self, backend, host):
        _, end = self.run_with(backend, host, {}, "crash")
        error = assert_error(end.error)
        assert error.blame == BLAME_INFRASTRUCTURE
        assert "The cluster was lost" in error.message

    def test_a_job_that_does_not_exist_is_refused(self, backend, host):
        _, end = self.run_with(backend, host, {}, job_id=404)
        error = assert_error(end.error)
        assert error.code == "WEBAPI_REFUSED"
        assert "Job 404 does not exist" in error.message

    def test_a_lost_answer_starts_no_second_run(self, backend, host):
        self.server.plan("POST /api/2.1/jobs/runs/submit", ("after", Reply(503)))
        request, end = self.run_with(backend, host, {"result": INT})
        assert values_of(end, request) == {"result": 7}
        assert len(self.server.runs) == 1

    def test_a_task_that_names_no_input_is_refused(self):
        (fault,) = DatabricksJobs().check(task_of(self.config(), {}, {}))
        assert "{does}" in fault

    @pytest.mark.parametrize("what", [{"job_id": 1, "task": NOTEBOOK}, {"job_id": "1"}, {"task": {1: {2}}}])
    def test_what_makes_no_sense_is_refused(self, what):
        with pytest.raises(DeclarationError):
            self.config(**what)
