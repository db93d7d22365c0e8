"""Images that know nothing of Godwit: inputs are files, and so are outputs."""

from datetime import timedelta
from pathlib import Path

import godwit as gw
import pytest
from godwit_container import Container, container_task
from godwit_plugin_api.polling import job_name
from godwitidl.core.v1.errors_pb2 import BLAME_USER, RETRY_FORBIDDEN, RETRY_WITH_MORE_MEMORY

TOOLS = "godwit-test-tools:1"


def shell(script: str, name: str = "task", **settings):
    return container_task(name, TOOLS, command=["sh", "-ec", script], **settings)


@pytest.fixture(autouse=True)
def images(tools_image):
    assert tools_image == TOOLS


def test_values_are_plain_text_and_come_back(bench):
    kinds = {"text": str, "number": int, "share": float, "yes": bool, "wait": timedelta}
    task = shell(
        "cd /var/inputs; for name in *; do cp $name /var/outputs/got_$name; done; cat text number share yes wait",
        inputs=kinds,
        outputs={f"got_{name}": kind for name, kind in kinds.items()},
    )
    run = bench.run(task, text="two\nlines", number=7, share=0.5, yes=True, wait="1h")
    assert run.log == "two\nlines70.5true3600s"
    assert run.outputs["got_text"].string_value == "two\nlines"
    assert run.outputs["got_number"].int_value == 7
    assert run.outputs["got_share"].float_value == 0.5
    assert run.outputs["got_yes"].bool_value
    assert run.outputs["got_wait"].duration.seconds == 3600


def test_everything_else_is_json_and_text_where_that_is_asked_for(bench):
    task = shell(
        "cd /var/inputs; cat words birds; cp words /var/outputs/same; cp birds /var/outputs",
        inputs={"words": str, "birds": dict[str, list[int]]},
        outputs={"same": str, "birds": dict[str, list[int]]},
        json=["words", "same"],
    )
    run = bench.run(task, words="a b", birds={"knot": [1, 2]})
    assert run.log == '"a b"{"knot": [1, 2]}'
    assert run.outputs["same"].string_value == "a b"
    assert list(run.outputs["birds"].map.entries[0].value.ints.items) == [1, 2]


def test_words_of_the_command_are_filled_in(bench):
    task = container_task(
        "words",
        TOOLS,
        command=["sh", "-c", 'echo "$0 $1"; echo {inputs.count} > {outputs.twice}; echo ${HOME} {other}'],
        arguments=["{inputs.who}", "{inputs.file}"],
        inputs={"who": str, "count": int, "file": gw.File},
        outputs={"twice": int},
    )
    path = Path(__file__)
    run = bench.run(task, who="a knot", count=3, file=str(path))
    assert run.log.splitlines()[0] == "a knot /var/inputs/file"
    assert run.log.splitlines()[1].endswith("{other}")
    assert run.outputs["twice"].int_value == 3


def test_files_and_folders_go_in_and_out_by_reference(bench, tmp_path):
    folder = tmp_path / "birds"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "knot.txt").write_text("knot")
    task = shell(
        "cat /var/inputs/one /var/inputs/many/deep/knot.txt; cp /var/inputs/one /var/outputs/copy;"
        " mkdir -p /var/outputs/all/sub; cp /var/inputs/one /var/outputs/all/sub/x; ! echo > /var/inputs/one",
        inputs={"one": gw.File, "many": gw.Directory},
        outputs={"copy": gw.File, "all": gw.Directory},
    )
    one = tmp_path / "one.txt"
    one.write_text("one")
    run = bench.run(task, one=str(one), many=str(folder))
    assert "oneknot" in run.log
    assert "Read-only file system" in run.log
    copy, tree = run.outputs["copy"].file, run.outputs["all"].directory
    assert Path(copy.uri.removeprefix("file://")).read_text() == "one"
    assert copy.uri.startswith(bench.prefix)
    assert copy.size_bytes == 3
    assert copy.digest.startswith("sha256:")
    assert Path(tree.uri.removeprefix("file://"), "sub", "x").read_text() == "one"
    assert tree.file_count == 1


def test_what_may_be_none_may_be_missing(bench):
    task = shell("ls /var/inputs", inputs={"given": int | None, "absent": int | None}, outputs={"nothing": str | None})
    run = bench.run(task, given=1, absent=None)
    assert run.log == "given\n"
    assert run.outputs["nothing"].WhichOneof("kind") == "none"


def test_a_large_value_is_stored_and_can_be_given_on(bench):
    script = "cd /tmp; echo 12345678 > t; i=0; while [ $i -lt 14 ]; do cat t t > u; cp u t; i=$((i+1)); done"
    task = shell(f"{script}; cp t /var/outputs/text", outputs={"text": str})
    value = bench.run(task).outputs["text"]
    assert value.reference.size_bytes > 65_536
    assert Path(value.reference.uri.removeprefix("file://")).is_file()


@pytest.mark.parametrize(
    ("script", "code", "words"),
    [
        ("true=1", "OUTPUT_MISSING", "number"),
        ("echo many > /var/outputs/number", "OUTPUT_INVALID", "many"),
        ("mkdir /var/outputs/number", "OUTPUT_INVALID", "number"),
        ("cd /var/outputs; cp -s /bin/sh number", "OUTPUT_INVALID", "symbolic link"),
        ("echo no wind; exit 3", "CONTAINER_FAILED", "no wind"),
        ("kill -9 $$", "JOB_LOST", "SIGKILL"),
    ],
)
def test_a_program_that_fails_says_why(bench, script, code, words):
    run = bench.run(shell(script, outputs={"number": int}))
    assert run.error.code == code
    assert words in run.error.message


def test_more_memory_than_it_may_take_is_seen_as_such(bench):
    hungry = "a=12345678; while true; do a=$a$a; done"
    run = bench.run(shell(hungry, resources=gw.Resources(mem="16Mi")))
    assert run.error.code == "OUT_OF_MEMORY"
    assert run.error.retry == RETRY_WITH_MORE_MEMORY
    assert "16777216" in run.error.message


def test_resources_are_limits(bench, client):
    task = shell("sleep 60", resources=gw.Resources(cpu=0.5, mem="32Mi", shared_memory="1Mi"))
    backend, request = bench.start(task)
    told = client.inspect_container(job_name(request.id))
    limits = told["HostConfig"]
    assert (limits["NanoCpus"], limits["Memory"], limits["MemorySwap"]) == (500_000_000, 2**25, 2**25)
    assert limits["ShmSize"] == 2**20
    assert told["Config"]["Labels"]["dev.godwit.attempt"] == request.id
    backend.cancel([request.id])
    assert bench.end_of(backend, request).error.code == "CANCELLED"


def test_environment_secrets_and_user(bench, monkeypatch):
    monkeypatch.setenv("GODWIT_SECRET_TOKEN", "s3cret")
    monkeypatch.setenv("GODWIT_SECRET_DB_PASSWORD", "pa55")
    task = shell(
        "echo $PLACE $PASSWORD; cat /run/secrets/token; echo; id -u; id -g",
        environment={"PLACE": "here"},
        secrets=["token", gw.Secret("password", group="db", environment_variable="PASSWORD")],
        container=Container(TOOLS, user="1234:567"),
    )
    run = bench.run(task)
    assert run.log == "here pa55\ns3cret\n1234\n567\n"
    assert run.end.error == b""
    assert not list(Path("/dev/shm").glob("godwit-*"))
    assert all(
        b"s3cret" not in path.read_bytes()
        for path in bench.folder.rglob("*")
        if path.is_file() and path.suffix != ".log"
    )


def test_a_secret_that_is_nowhere_is_the_error_of_the_attempt(bench):
    run = bench.run(shell("ls", secrets=["no_such_secret"]))
    assert run.error.code == "SECRET_NOT_FOUND"
    assert "no_such_secret" in run.error.message


def test_a_network_of_the_engine_is_joined(bench, client):
    network = client.create_network("godwit-test-network", labels={"dev.godwit.test": "yes"})["Id"]
    try:
        task = shell("cat /etc/hosts", container=Container(TOOLS, network=network, hosts={"nest": "10.1.2.3"}))
        run = bench.run(task)
        assert "10.1.2.3\tnest" in run.log
    finally:
        client.remove_network(network)
    assert (
        bench.run(
            shell("ls", container=Container(TOOLS, network=network)),
        ).error.code
        == "NETWORK_NOT_FOUND"
    )


def test_a_value_that_is_too_long_for_a_command(bench):
    task = container_task("task", TOOLS, command=["sh", "-c", "true", "{inputs.text}"], inputs={"text": str})
    run = bench.run(task, text="x" * 200_000)
    assert run.error.code == "COMMAND_TOO_LONG", run.error.message[:500]
    assert run.error.retry == RETRY_FORBIDDEN


def test_a_program_that_the_image_does_not_have(bench):
    run = bench.run(container_task("task", TOOLS, command=["no-such-program"]))
    assert run.error.code == "COMMAND_NOT_FOUND"
    assert run.error.blame == BLAME_USER
    assert run.error.retry == RETRY_FORBIDDEN
    assert "no-such-program" in run.error.message
