"""What goes wrong around a container: what an engine cannot give, full disks, whose files they are."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import godwit as gw
import pytest
from godwit_container import Container, container_task
from godwit_container.outcomes import refusal
from godwitidl.core.v1.errors_pb2 import BLAME_INFRASTRUCTURE, BLAME_USER, RETRY_FORBIDDEN, ExecutionError

TOOLS = "godwit-test-tools:1"


def shell(script, **settings):
    return container_task("task", TOOLS, command=["sh", "-ec", script], **settings)


@pytest.fixture(autouse=True)
def images(tools_image):
    assert tools_image == TOOLS


@pytest.mark.parametrize(
    ("settings", "code", "words"),
    [
        ({"resources": gw.Resources(cpu=4000)}, "RESOURCES_NOT_AVAILABLE", "CPUs"),
        ({"resources": gw.Resources(mem="1Mi")}, "RESOURCES_NOT_AVAILABLE", "memory"),
        ({"resources": gw.Resources(gpu=1)}, "GPU_NOT_AVAILABLE", "gpu"),
        ({"container": Container(TOOLS, user="curlew")}, "USER_NOT_FOUND", "curlew"),
    ],
)
def test_what_the_engine_cannot_give(bench, settings, code, words):
    run = bench.run(shell("true", **settings))
    assert run.error.code == code
    assert (run.error.blame, run.error.retry) == (BLAME_USER, RETRY_FORBIDDEN)
    assert words in run.error.message


def test_an_engine_without_room_is_the_infrastructure():
    error = ExecutionError.FromString(refusal("mkdir /data/overlay2/7: no space left on device"))
    assert error.code == "DOCKER_NO_ROOM"
    assert error.blame == BLAME_INFRASTRUCTURE


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of 1 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "godwit-test", folder]
    if os.geteuid() != 0:
        pytest.skip("needs root, who may mount a small disk")
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("may not mount a small tmpfs")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_log_for_which_there_is_no_room_ends_no_work(bench_in, small_disk):
    task = shell("i=0; while [ $i -lt 300 ]; do head -c 8192 /dev/zero; i=$((i+1)); done; sleep 0.1; exit 3")
    run = bench_in(small_disk / "home").run(task)
    assert run.error.code == "CONTAINER_NOT_TAKEN"
    assert "No space left" in run.error.message
    assert run.error.blame == BLAME_INFRASTRUCTURE


def test_outputs_for_which_there_is_no_room(bench_in, small_disk):
    task = shell("head -c 4000000 /dev/zero > {outputs.zeros} || exit 0", outputs={"zeros": gw.File})
    run = bench_in(small_disk / "home", owning=False).run(task)
    assert run.error.code == "CONTAINER_NOT_TAKEN"
    assert "No space left" in run.error.message


@pytest.mark.parametrize("settings", [{"owning": False}, {"mounting": False}])
def test_folders_are_copied_as_the_program_left_them(bench, tmp_path, settings):
    bench.settings = settings
    one = tmp_path / "one.txt"
    one.write_text("one")
    script = "mkdir {outputs.all}; cd {outputs.all}; cp {inputs.one} a; cp -l a b; mkdir e; cp a e/a"
    task = shell(script, inputs={"one": gw.File}, outputs={"all": gw.Directory})
    tree = bench.run(task, one=str(one)).outputs["all"].directory
    found = Path(tree.uri.removeprefix("file://"))
    assert sorted(path.relative_to(found).as_posix() for path in found.rglob("*")) == ["a", "b", "e", "e/a"]
    assert (found / "b").read_text() == (found / "e" / "a").read_text() == "one"
    assert not list(bench.folder.glob("jobs/*/raw-*"))

    linked = shell("mkdir {outputs.all}; cp -s /bin/sh {outputs.all}/away", outputs={"all": gw.Directory})
    run = bench.run(linked)
    if run.end.error == b"":  # what leads out of the folder does not come with it
        assert run.outputs["all"].directory.file_count == 0


NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
SOURCE = """
import godwit as gw
from godwit_container import Container, container_task

left = container_task(
    "left",
    "godwit-test-tools:1",
    command=["sh", "-ec", "mkdir -p {outputs.tree}/deep; id -u > {outputs.tree}/deep/user; id -u > {outputs.user}"],
    outputs={"tree": gw.Directory, "user": int},
)


@gw.task(task_config=Container(image="godwit-test-python:1"))
def written(tree: gw.Directory) -> gw.Directory:
    folder = gw.Directory.new("copy")
    (folder.path / "deep").mkdir(parents=True)
    (folder.path / "deep" / "user").write_text((tree.path / "deep" / "user").read_text())
    checkpoint = gw.current_context().checkpoint
    (checkpoint.path / "deep").mkdir()
    (checkpoint.path / "deep" / "step").write_text("1")
    checkpoint.save()
    return folder


@gw.workflow
def both() -> tuple[gw.Directory, int]:
    tree, user = left()
    return written(tree=tree), user
"""


@pytest.fixture
def nobody(docker_host):
    """A user who may use the engine, with a folder of theirs."""
    works = subprocess.run([*NOBODY, sys.executable, "-c", "import godwit_core"], check=False, capture_output=True)
    if os.geteuid() != 0 or works.returncode != 0:
        pytest.skip("needs root, who may become another user, and an environment that others may read")
    engine, folder = Path(docker_host.removeprefix("unix://")), Path(tempfile.mkdtemp(prefix="godwit-nobody-"))
    (folder / "tasks.py").write_text(SOURCE)
    engine.parent.chmod(0o711)
    os.chown(engine, 65534, -1)
    os.chown(folder, 65534, -1)
    yield folder
    os.chown(engine, 0, -1)
    engine.parent.chmod(0o700)
    shutil.rmtree(folder)


@pytest.mark.usefixtures("python_image")
def test_what_root_writes_in_a_container_belongs_to_whose_engine_it_is(nobody):
    command = [*NOBODY, sys.executable, "-m", "godwit_core", "--home", nobody / "home", "run", "--json"]
    command = [*command, nobody / "tasks.py", "both"]
    variables = {**os.environ, "HOME": str(nobody), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        list(map(str, command)), cwd=nobody, env=variables, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    outputs = json.loads(done.stdout)["outputs"]
    assert outputs["result_1"] == 0
    assert Path(outputs["result_0"]["uri"].removeprefix("file://"), "deep", "user").read_text() == "0\n"
    removed = subprocess.run([*NOBODY, "rm", "-r", nobody / "home"], check=False, capture_output=True, text=True)
    assert (removed.returncode, removed.stderr) == (0, "")
