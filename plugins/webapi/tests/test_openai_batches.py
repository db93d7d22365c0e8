"""Batch inference: the vendor's own client passes against the server of the tests, and so does the backend."""

from pathlib import Path

import openai
import pytest
from godwit_plugin_api.testing.backend_suite import BackendSuite, Behaviour, assert_error
from godwit_webapi import OpenAIBatch, Service
from godwit_webapi.backends.openai_batch import OpenAIBatches
from godwitidl.core.v1.values_pb2 import NamedLiteral, NamedLiterals, Type
from godwitidl.rules.value_json import from_json
from webapi_servers import Reply
from webapi_tasks import FAST, JSON, TEXT, list_of, request_of, run, task_of, values_of

SAYS = {Behaviour.SUCCEED: "hello", Behaviour.FAIL: "fail", Behaviour.SLEEP: "sleep", Behaviour.CRASH: "expire"}


def batch(server, **changes):
    return OpenAIBatch("gpt-test", Service(f"{server.url}/v1", "openai_api_key", limits=FAST), **changes)


def test_the_vendors_client_passes_against_the_server(openai_server, tmp_path):
    client = openai.OpenAI(base_url=f"{openai_server.url}/v1", api_key="sk-test", max_retries=0)
    path = tmp_path / "requests.jsonl"
    body = '{"model": "m", "messages": [{"role": "user", "content": "bird"}]}'
    path.write_text(
        f'{{"custom_id": "a", "method": "POST", "url": "/v1/chat/completions", "body": {body}}}\n', encoding="utf-8"
    )
    with path.open("rb") as content:
        file = client.files.create(file=content, purpose="batch")
    made = client.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h", metadata={"godwit_job": "x"}
    )
    assert next(one for one in client.batches.list() if one.metadata == {"godwit_job": "x"}).id == made.id
    for _ in range(3):
        made = client.batches.retrieve(made.id)
    assert made.status == "completed"
    assert made.request_counts.completed == 1
    assert '"BIRD"' in client.files.content(made.output_file_id).text
    with pytest.raises(openai.ConflictError):
        client.batches.cancel(made.id)
    client.close()
    with (
        openai.OpenAI(base_url=f"{openai_server.url}/v1", api_key="wrong", max_retries=0) as stranger,
        pytest.raises(openai.AuthenticationError),
    ):
        stranger.batches.retrieve(made.id)


class TestOpenAIBatches(BackendSuite):
    outlives_engine = True
    workers = 3

    @pytest.fixture(autouse=True)
    def _server(self, openai_server):
        self.server = openai_server
        yield
        names = [name for name in openai_server.created if name]
        assert len(names) == len(set(names)), "a batch was created twice"

    def make_backend(self):
        return OpenAIBatches()

    def task(self, behaviour):
        return task_of(batch(self.server), {"prompts": list_of(TEXT)}, {"result": list_of(TEXT)}, name=behaviour.value)

    def inputs(self, behaviour):
        value = from_json([SAYS[behaviour]], list_of(TEXT))
        return NamedLiterals(values=[NamedLiteral(name="prompts", value=value)])

    def run_with(self, backend, host, prompts, of=TEXT, returns=TEXT, **changes):
        task = task_of(batch(self.server, **changes), {"prompts": list_of(of)}, {"result": list_of(returns)})
        request = request_of(task, Path(host.settings.home), {"prompts": prompts})
        return request, run(backend, host, request)

    def test_answers_come_in_the_order_of_the_requests(self, backend, host):
        prompts = [f"bird {number}" for number in range(25)]
        request, end = self.run_with(backend, host, prompts)
        assert values_of(end, request) == {"result": [prompt.upper() for prompt in prompts]}

    def test_a_request_that_fails_fails_the_task(self, backend, host):
        _, end = self.run_with(backend, host, ["a", "fail", "b"])
        error = assert_error(end.error)
        assert error.code == "REQUESTS_FAILED"
        assert "1 of 3" in error.message
        assert "Request 1" in error.message
        assert "I would rather not" in error.message

    def test_a_request_that_fails_may_be_none(self, backend, host):
        nullable = Type(simple=TEXT.simple, nullable=True)
        request, end = self.run_with(backend, host, ["a", "fail", "b"], returns=nullable, failed_is_none=True)
        assert values_of(end, request) == {"result": ["A", None, "B"]}

    def test_whole_bodies_may_be_given_and_whole_answers_taken(self, backend, host):
        body = {"messages": [{"role": "user", "content": "knot"}], "model": "another"}
        request, end = self.run_with(backend, host, [body], JSON, JSON, answer="/model", parameters={"seed": 1})
        assert values_of(end, request) == {"result": ["another"]}

    def test_a_batch_that_expires_is_told(self, backend, host):
        _, end = self.run_with(backend, host, ["expire"])
        error = assert_error(end.error)
        assert error.code == "BATCH_FAILED"
        assert "expired" in error.message

    def test_a_lost_answer_creates_no_second_batch(self, backend, host):
        self.server.plan("POST /v1/batches", ("after", Reply(502)))
        request, end = self.run_with(backend, host, ["a"])
        assert values_of(end, request) == {"result": ["A"]}
        assert len(self.server.created) == 1

    def test_a_wrong_key_is_told(self, backend, host, monkeypatch):
        monkeypatch.setenv("GODWIT_SECRET_OPENAI_API_KEY", "sk-wrong")
        _, end = self.run_with(backend, host, ["a"])
        assert assert_error(end.error).code == "WEBAPI_UNAUTHORIZED"

    def test_an_old_batch_is_found_behind_many(self, backend, host):
        for number in range(250):
            self.server.batches[f"old_{number}"] = {"id": f"old_{number}", "status": "completed"}
        request, end = self.run_with(backend, host, ["a"])
        assert values_of(end, request) == {"result": ["A"]}

    def test_a_task_of_another_shape_is_refused(self):
        task = task_of(batch(self.server), {"prompt": TEXT}, {"result": TEXT})
        assert len(OpenAIBatches().check(task)) == 2
