"""The runtime keeps the contract: it inherits the suite; and what reports hold."""

import json

import pytest
from godwit_plugin_api.testing.task_runtime_suite import TaskRuntimeSuite
from godwit_spark import Spark
from godwit_spark.errors import SparkUnavailable
from godwit_spark.event_log import excerpt, read_events
from godwit_spark.report import page, unpack
from godwit_spark.runtime import SparkRuntime


@pytest.mark.slow  # each test has an application of its own
class TestSparkRuntime(TaskRuntimeSuite):
    def make_runtime(self):
        return SparkRuntime()

    def payloads(self):
        return [Spark("local[1]").payload()]

    def test_one_application_serves_many_tasks_and_each_is_reported_apart(self, runtime, tmp_path):
        told = []
        names, pages = [], []
        try:
            for number in range(3):
                attempt = self.attempt(tmp_path / str(number), Spark("local[1]").payload())
                attempt = attempt._replace(link=lambda *link: told.append(link))
                with runtime.around(attempt) as given:
                    spark = given["spark"]
                    names.append(spark.sparkContext.applicationId)
                    assert spark.catalog.listTables() == []
                    spark.range(10 * number).createOrReplaceTempView("birds")
                    for _ in range(number):
                        spark.sql("select count(*) from birds").collect()
                pages.append(attempt.report.read_text())
        finally:
            runtime.close()
        assert len(set(names)) == 1
        assert [name for name, _ in told] == ["Spark UI"] * 3
        assert told[0][1].startswith("http://127.0.0.1:")
        done = [page.count("succeeded") for page in pages]
        assert done[0] < done[1] < done[2]
        log = unpack(tmp_path / "2" / "report.html", tmp_path / "history")
        assert log.name == names[0]
        events = [json.loads(line)["Event"] for line in log.read_text().splitlines()]
        assert events[0] == "SparkListenerLogStart"
        assert events[-1] == "SparkListenerApplicationEnd"

    def test_a_task_of_other_settings_has_an_application_of_its_own(self, runtime, tmp_path):
        names = []
        try:
            for number, config in enumerate((Spark("local[1]"), Spark("local[1]", {"spark.x": 1}, reuse=False))):
                with runtime.around(self.attempt(tmp_path / str(number), config.payload())) as given:
                    names.append(given["spark"].sparkContext.applicationId)
                    assert given["spark"].conf.get("spark.x", "none") == ("1" if number else "none")
        finally:
            runtime.close()
        assert len(set(names)) == 2

    def test_an_application_that_is_gone_is_followed_by_another(self, runtime, tmp_path):
        try:
            with runtime.around(self.attempt(tmp_path / "1", Spark("local[1]").payload())) as given:
                given["spark"].sparkContext._gateway.proc.kill()
                given["spark"].sparkContext._gateway.proc.wait()
            with runtime.around(self.attempt(tmp_path / "2", Spark("local[1]").payload())) as given:
                assert given["spark"].range(3).count() == 3
        finally:
            runtime.close()


@pytest.mark.parametrize("master", ["spark://127.0.0.1:9", "spark://127.0.0.1:9,127.0.0.1:19", "sc://127.0.0.1:9"])
def test_a_place_where_nobody_answers_is_said(master, tmp_path):
    attempt = TestSparkRuntime().attempt(tmp_path / "1", Spark(master).payload())
    with pytest.raises(SparkUnavailable, match="nobody answers"), SparkRuntime().around(attempt):
        pass


def test_what_a_log_says_is_summed_and_what_is_unknown_passed_over():
    task = {
        "Event": "SparkListenerTaskEnd",
        "Stage ID": 1,
        "Stage Attempt ID": 0,
        "Task Info": {"Launch Time": 10, "Finish Time": 40, "Failed": True},
        "Task Metrics": {"Executor CPU Time": 5_000_000, "Input Metrics": {"Bytes Read": 7}},
    }
    info = {
        "Stage ID": 1,
        "Stage Attempt ID": 0,
        "Stage Name": "<count>",
        "Number of Tasks": 2,
        "Failure Reason": "x\ny",
    }
    lines = [
        "no json",
        "[]",
        '{"Event":"SparkListenerOfTomorrow"}',
        json.dumps(task),
        json.dumps(task),
        json.dumps({"Event": "SparkListenerStageCompleted", "Stage Info": info}),
    ]
    summary = read_events(lines)
    (stage,) = summary.stages.values()
    assert (stage.failed_tasks, stage.durations, stage.cpu, stage.read) == (2, [30, 30], 10.0, 14)
    shown = page("<task>", "local[1]", summary, lines, wall_s=1)
    assert "&lt;count&gt;: x" in shown
    assert "<task>" not in shown


def test_a_log_that_is_not_there_or_torn_is_no_failure(tmp_path):
    log = tmp_path / "app.inprogress"
    assert excerpt(log, 0) is None
    assert "kept where Spark's settings say" in page("task", "yarn", None, None, wall_s=1)
    log.write_text('{"Event":"SparkListenerLogStart"}\n{"Event":"SparkListenerJobEn')
    lines = excerpt(log, 0)
    assert [json.loads(line)["Event"] for line in lines] == ["SparkListenerLogStart", "SparkListenerApplicationEnd"]
    (tmp_path / "report.html").write_text("<p>nothing")
    with pytest.raises(ValueError, match="no event log"):
        unpack(tmp_path / "report.html", tmp_path)
