"""`gc`, `doctor`, `plugins`, and commands of plugins."""

import json
import re
import subprocess
import sys
from pathlib import Path

FILES = """
    import godwit as gw

    @gw.task(cache=gw.Cache(version="1"))
    def one(text: str) -> gw.File:
        file = gw.File.new("data.txt")
        file.path.write_text(text)
        return file

    @gw.task
    def many(count: int) -> list[gw.File]:
        files = []
        for number in range(count):
            file = gw.File.new(f"{number}.txt")
            file.path.write_text("x" * 100)
            files.append(file)
        return files

    @gw.task
    def text() -> str:
        print("said")
        return "y" * 100_000
"""


def blobs(godwit) -> list[Path]:
    return [path for path in (godwit.home / "blobs").rglob("*") if path.is_file()]


def test_what_executions_refer_to_stays(godwit):
    godwit.write("files.py", FILES)
    godwit("run", "files.py", "one", "--text", "a")
    godwit("run", "files.py", "many", "--count", "1500")
    name = godwit.json("run", "files.py", "text")["execution"]
    before = sorted(blobs(godwit))
    assert len(before) > 1500
    assert godwit.json("gc")["executions"] == []
    assert sorted(blobs(godwit)) == before
    assert godwit("executions", "logs", name).stdout.endswith("said\n")


def test_old_executions_go_with_what_only_they_refer_to(godwit):
    godwit.write("files.py", FILES)
    godwit("run", "files.py", "one", "--text", "a")
    godwit("run", "files.py", "text")
    stray = godwit.home / "blobs" / "lost" / "1-1" / "stray"
    stray.parent.mkdir(parents=True)
    stray.write_text("nobody refers to it")
    told = godwit.json("gc", "--keep", "0", "--dry-run")
    assert len(told["executions"]) == 2
    assert stray.exists()
    assert godwit.json("gc", "--older-than", "1h")["executions"] == []
    assert not stray.exists()
    assert not stray.parent.parent.exists()
    assert len(godwit.json("gc", "--keep", "0")["executions"]) == 2
    assert godwit.names() == []
    assert [path.read_text() for path in blobs(godwit)] == ["a"], "the cache refers to it"
    assert godwit.json("run", "files.py", "one", "--text", "a")["nodes"][0]["cache"] == "HIT"
    godwit("cache", "evict", "--all")
    godwit("gc", "--keep", "0")
    assert blobs(godwit) == []
    assert [path for path in (godwit.home / "logs").rglob("*") if path.is_file()] == []


def test_cached_results_without_their_data_go(godwit):
    godwit.write("files.py", FILES)
    godwit("run", "files.py", "one", "--text", "a")
    for path in blobs(godwit):
        path.unlink()
    assert godwit.json("gc")["cache_entries"] == 1
    assert godwit.json("gc")["cache_entries"] == 0


def test_nothing_of_an_execution_under_way_is_touched(godwit):
    process = godwit.hold()
    (name,) = godwit.names()
    fresh = godwit.home / "blobs" / name / "9-1" / "being-written"
    fresh.parent.mkdir(parents=True)
    fresh.write_text("x")
    assert godwit.json("gc", "--keep", "0")["executions"] == []
    assert fresh.exists()
    godwit.release()
    assert process.wait(60) == 0
    process.communicate()


def test_folders_of_jobs_go_with_their_executions_end(godwit):
    process = godwit.hold()
    (name,) = godwit.names()
    for folder, attempt in (("ended", "other/1/1"), ("live", f"{name}/1/1")):
        job = godwit.home / "jobs" / folder
        job.mkdir(parents=True)
        (job / "launch.json").write_text(json.dumps({"attempt": attempt}))
        log = godwit.home / "logs" / "jobs" / f"{folder}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("words")
    godwit("gc", "--older-than", "0s")
    assert [path.name for path in (godwit.home / "jobs").iterdir()] == ["live"]
    assert [path.name for path in (godwit.home / "logs" / "jobs").iterdir()] == ["live.log"]
    godwit.release()
    assert process.wait(60) == 0
    process.communicate()


def test_gc_needs_no_database_and_a_sensible_age(godwit):
    assert godwit.json("gc")["files"] == 0
    assert not godwit.home.exists()
    assert "30d" in godwit("gc", "--older-than", "soon").stderr


def test_doctor_finds_everything_in_order_and_makes_nothing(godwit):
    told = godwit.json("doctor")
    assert told["ok"]
    checks = {one["check"] for one in told["checks"]}
    assert {"python", "home", "disk", "database", "plugins", "runner .py"} <= checks
    assert not godwit.home.exists()
    assert "CREATE TABLE executions" in godwit("doctor", "--schema").stdout


def test_doctor_finds_a_damaged_database(godwit):
    godwit("run", "flows.py", "summing")
    with (godwit.home / "godwit.db").open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 8192)
    for extra in godwit.home.glob("godwit.db-*"):
        extra.unlink()
    done = godwit("doctor")
    assert done.returncode == 1
    assert re.search("FAIL +database", done.stdout)


def test_lists_plugins(godwit):
    told = godwit.json("plugins")
    core = next(one for one in told["plugins"] if one["name"] == "godwit-core")
    assert core["distribution"] == "godwit-core"
    assert ("backend", "local") in {(one["kind"], one["key"]) for one in core["records"]}
    shown = godwit("plugins").stdout
    assert re.search(r"persistence +file", shown)
    assert godwit("--disable-plugin", "godwit", "run", "flows.py", "summing").returncode == 2


def install(folder: Path, module: str) -> None:
    """Lay out an installed distribution that offers a command."""
    (folder / "greeting.py").write_text(module)
    info = folder / "greeting-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: greeting\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text("[godwit.plugins]\ngreeting = greeting\n")


PLUGIN = """
from godwit_plugin_api import API_VERSION, Kind, Manifest, Record, hookimpl

@hookimpl
def godwit_manifest():
    record = Record(Kind.CLI_COMMAND, "greet", "greeting_command:greet", "Say hello.")
    return Manifest("greeting", API_VERSION, (record,))
"""


def test_commands_of_plugins_are_listed_and_called(godwit, tmp_path):
    site = tmp_path / "site"
    site.mkdir()
    install(site, PLUGIN)
    (site / "greeting_command.py").write_text(
        "import click\n\n@click.command()\n@click.option('--name')\ndef greet(name):\n    print('hello', name)\n"
    )
    godwit.environment["PYTHONPATH"] = str(site)
    assert re.search("greet +Say hello.", godwit("--help").stdout)
    assert godwit("greet", "--name", "you").stdout == "hello you\n"
    assert "hello" not in godwit("--disable-plugin", "greeting", "greet").stdout
    assert "Did you mean greet" in godwit("gret").stderr


def test_a_broken_plugin_stops_the_start_and_is_named(godwit, tmp_path):
    site = tmp_path / "site"
    site.mkdir()
    install(site, "raise RuntimeError('broken')")
    godwit.environment["PYTHONPATH"] = str(site)
    done = godwit("plugins")
    assert done.returncode == 2
    assert "greeting 1.2" in done.stderr
    assert "--disable-plugin greeting" in done.stderr
    assert godwit("plugins", "--disable-plugin", "greeting").returncode == 0
    assert godwit("doctor").returncode == 1


def test_help_is_quick_to_import(godwit):
    program = (
        "import sys\nfrom godwit_core.cli.application import invoke\ninvoke(['--help'])\n"
        "heavy = {'google.protobuf', 'rich', 'yaml', 'sqlite3', 'importlib.metadata', 'asyncio', 'godwit.tasks'}\n"
        "print(sorted(heavy & sys.modules.keys()), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=godwit.environment, capture_output=True, text=True, check=True
    )
    assert done.stderr.strip() == "[]"
