"""Run the suites of plugins, each in an environment of its own with all of the plugin's extras: `plugins/NAME/.venv`.

plugin_suites.py NAME…       these; `together` is the suite of all plugins in one environment, `.venvs/together`
plugin_suites.py --all       all there are
plugin_suites.py --changed   those that differ from where this branch left the main one; all, when in doubt

With any plugin's suite goes that of all together, but where single ones are named.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[1]
TOGETHER = "together"
MAIN_BRANCHES = ("origin/main", "main")
EXAMPLES = "examples/backends/"
"""Each is run by the suite of its plugin; which that is, nobody knows here."""
HARMLESS = ("docs/", "changelog/", "benchmarks/", "conformance/", "examples/", "tests/", "CONTRIBUTING.md", "LICENSE")
"""What no suite of a plugin reads. Everything else that is in no plugin may change what any of them does."""


def plugins_in(root: Path) -> list[str]:
    """Return the names of the plugins: folders with a project of their own."""
    return sorted(file.parent.name for file in root.glob("plugins/*/pyproject.toml"))


def affected(changed: Iterable[str] | None, plugins: Sequence[str]) -> list[str]:
    """Return the plugins whose suites are to be run after changes of paths; None: nobody knows what changed."""
    if changed is None:
        return [*plugins, TOGETHER]
    found = set()
    for path in changed:
        parts = path.split("/")
        if parts[0] == "plugins" and len(parts) > 2:
            found |= {parts[1], TOGETHER}
        elif path.startswith("tests/backends/"):
            found.add(TOGETHER)
        elif path.startswith(EXAMPLES) or (not path.startswith(HARMLESS) and path != "README.md"):
            return [*plugins, TOGETHER]
    return [name for name in (*plugins, TOGETHER) if name in found]


def changed_paths(root: Path, base: str = "") -> list[str] | None:
    """Return the paths that differ from where this branch left the main one, uncommitted ones too; None: in doubt.

    *base*: the main branch; empty: the first of `MAIN_BRANCHES` that there is.
    """
    head = _git(root, "rev-parse", "HEAD")
    for branch in [base] if base else MAIN_BRANCHES:
        left = _git(root, "merge-base", "HEAD", branch)
        if left is None:
            continue
        if left == head:
            return None  # this is the main branch
        differing = _git(root, "diff", "--name-only", "--no-renames", left)
        untracked = _git(root, "ls-files", "--others", "--exclude-standard")
        return None if differing is None or untracked is None else [*differing.splitlines(), *untracked.splitlines()]
    return None


def _git(root: Path, *arguments: str) -> str | None:
    """Return what git prints, without the end of the last line; None when it fails."""
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)
    except OSError:
        return None
    return done.stdout.rstrip("\n") if done.returncode == 0 else None


def run_suite(root: Path, name: str, *, without_slow: bool = False, output: IO[bytes] | None = None) -> bool:
    """Make the environment of a suite, run its tests there, and return whether they pass.

    *output*: where what is printed goes; None: where this process prints.
    """
    if name == TOGETHER:
        venv, tests = root / ".venvs" / TOGETHER, root / "tests" / "backends"
        what = ["--all-packages", "--all-extras", "--no-default-groups"]
    else:
        folder = root / "plugins" / name
        venv, tests = folder / ".venv", folder / "tests"
        project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]["name"]
        what = ["--package", project, "--all-extras", "--all-groups"]
    environment = {**os.environ, "UV_PROJECT_ENVIRONMENT": str(venv)}
    environment.pop("VIRTUAL_ENV", None)
    uv = os.environ.get("UV") or "uv"
    sync = [uv, "sync", "--quiet", "--locked", *what]
    chosen = ["-m", "not slow"] if without_slow else []
    run = [str(venv / "bin" / "python"), "-m", "pytest", "-q", "--durations=5", *chosen, str(tests)]
    for command in (sync, run):
        done = subprocess.run(command, cwd=root, env=environment, check=False, stdout=output, stderr=output)
        if done.returncode != 0:
            return False
    return True


def run_suites(root: Path, names: Sequence[str], *, without_slow: bool, jobs: int) -> list[str]:
    """Run suites, *jobs* at a time, and return those that failed. Of several at a time, each prints at its end.

    That of all together comes last, alone: it starts every server there is.
    """
    failed = []

    def run(name: str) -> None:
        started = time.monotonic()
        title = "all plugins together" if name == TOGETHER else f"plugins/{name}"
        if jobs == 1:
            print(f"== {title}", flush=True)
            passed = run_suite(root, name, without_slow=without_slow)
        else:
            with tempfile.TemporaryFile() as output:
                passed = run_suite(root, name, without_slow=without_slow, output=output)
                output.seek(0)
                text = output.read().decode(errors="replace")
            print(f"== {title}\n{text}", end="", flush=True)
        print(f"== {name}: {'passed' if passed else 'failed'}, {time.monotonic() - started:.0f} s", flush=True)
        if not passed:
            failed.append(name)

    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(run, [name for name in names if name != TOGETHER]))
    if TOGETHER in names:
        run(TOGETHER)
    return failed


def main(arguments: Sequence[str]) -> int:
    """Run what the arguments say, and return the exit status: 1 when a suite failed, 2 when there is no such plugin."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="a folder of plugins/")
    parser.add_argument("--all", action="store_true", help="every plugin")
    parser.add_argument("--changed", action="store_true", help="every plugin that a change may have broken")
    parser.add_argument("--base", default="", help="with --changed: the branch to compare with")
    parser.add_argument("--without-slow", action="store_true", help="leave out the tests that are marked as slow")
    parser.add_argument("--jobs", type=int, default=1, help="how many suites at a time")
    parser.add_argument("--list", action="store_true", help="only say which")
    options = parser.parse_args(arguments)
    plugins = plugins_in(ROOT)
    suites = [*plugins, TOGETHER]
    chosen = suites if options.all else affected(changed_paths(ROOT, options.base), plugins)
    if options.names:
        unknown = [name for name in options.names if name not in suites]
        if unknown:
            print(f"There is no plugin {', '.join(unknown)}; there are: {', '.join(suites)}.", file=sys.stderr)
            return 2
        chosen = options.names
    elif not (options.all or options.changed):
        parser.error("say which plugins: NAME…, --all or --changed")
    if options.list:
        print(*chosen, sep="\n")
        return 0
    failed = run_suites(ROOT, chosen, without_slow=options.without_slow, jobs=options.jobs)
    if failed:
        print(f"These suites failed: {', '.join(failed)}.", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
