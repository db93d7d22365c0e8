"""What the tests need besides the plugin's environment, made once and kept in the user's cache."""

import fcntl
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from machines import Machines
from machines import missing as machines_missing

TORCH = ["torch==2.13.0", "numpy"]
HOROVOD = "horovod==0.28.1"
CMAKE = "cmake>=3.18,<4"
FOR_HOROVOD = ["wheel", "setuptools<81", "packaging", "cffi", "cloudpickle", "psutil", "pyyaml"]
MPICH = ["mpich==5.0.2"]
PYTHON = f"py{sys.version_info.major}{sys.version_info.minor}"
REAL_HOME = Path(os.environ.get("HOME", "/"))


def cache():
    return Path(os.environ.get("XDG_CACHE_HOME") or REAL_HOME / ".cache") / "godwit-tests"


@contextmanager
def made_once(name):
    """Yield a folder of the cache, and whether it has still to be made; one process at a time."""
    folder = cache() / name
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = folder / ".made"
        if done.exists():
            yield folder, False
            return
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        yield folder, True
        done.touch()


def uv():
    program = os.environ.get("UV") or shutil.which("uv")
    if not program:
        pytest.skip("uv is not on PATH: pip install uv, or run make test-plugin PLUGIN=mpi")
    return program


def install(folder, *packages):
    environment = dict(os.environ)
    if "PIP_FIND_LINKS" in environment:
        environment.setdefault("UV_FIND_LINKS", environment["PIP_FIND_LINKS"])
    command = [
        uv(),
        "pip",
        "install",
        "--quiet",
        "--compile-bytecode",
        "--python",
        sys.executable,
        "--target",
        str(folder),
        *packages,
    ]
    subprocess.run(command, env=environment, check=True)


@pytest.fixture(scope="session")
def mpich_prefix():
    """A folder into which MPICH is installed, as a wheel puts it."""
    with made_once(f"mpich-5.0.2-{PYTHON}") as (folder, new):
        if new:
            environment = folder / "environment"
            subprocess.run([uv(), "venv", "--quiet", "--python", sys.executable, str(environment)], check=True)
            python = str(environment / "bin" / "python")
            subprocess.run([uv(), "pip", "install", "--quiet", "--python", python, *MPICH], check=True)
    return folder / "environment"


@pytest.fixture
def mpich(mpich_prefix, monkeypatch):
    monkeypatch.setenv("PATH", f"{mpich_prefix / 'bin'}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture(scope="session")
def torch_folder():
    """A folder of modules with PyTorch, too large for the environment of every change."""
    with made_once(f"torch-2.13.0-{PYTHON}") as (folder, new):
        if new:
            install(folder, *TORCH, *FOR_HOROVOD)
    return folder


@pytest.fixture
def torch(torch_folder, monkeypatch):
    on_path(monkeypatch, torch_folder)
    return torch_folder


@pytest.fixture(scope="session")
def horovod_folder(torch_folder):
    """A folder of modules with Horovod, built against that PyTorch: three minutes, once."""
    with made_once(f"horovod-0.28.1-torch-2.13.0-{PYTHON}") as (folder, new):
        if new:
            wheels = folder / "wheels"
            if not list(wheels.glob("horovod-*.whl")):
                build_horovod(torch_folder, folder)
            (wheel,) = wheels.glob("horovod-*.whl")
            install(folder / "modules", "--no-deps", str(wheel))
    return folder / "modules"


def build_horovod(torch_folder, folder):
    """Build Horovod as C++17, which today's PyTorch needs and it does not ask for."""
    compiler = folder / "c++17"
    compiler.write_text(
        '#!/bin/bash\nfor a in "$@"; do [ "$a" = "-std=c++14" ] && a=-std=c++17; set -- "${@:2}" "$a"; done\n'
        f'exec {shutil.which("g++") or "c++"} "$@"\n'
    )
    compiler.chmod(0o755)
    environment = {
        **os.environ,
        "CXX": str(compiler),
        "PYTHONPATH": str(torch_folder),
        "HOROVOD_WITH_PYTORCH": "1",
        "HOROVOD_WITH_GLOO": "1",
        "HOROVOD_WITHOUT_MPI": "1",
        "HOROVOD_WITHOUT_TENSORFLOW": "1",
        "HOROVOD_WITHOUT_MXNET": "1",
    }
    python = folder / "environment"
    subprocess.run([uv(), "venv", "--quiet", "--seed", "--python", sys.executable, str(python)], check=True)
    program = str(python / "bin" / "python")
    if shutil.which("cmake") is None:
        subprocess.run([uv(), "pip", "install", "--quiet", "--python", program, CMAKE], check=True)
        environment["HOROVOD_CMAKE"] = str(python / "bin" / "cmake")
    command = [program, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", str(folder / "wheels"), HOROVOD], env=environment, check=True)


@pytest.fixture
def horovod(torch_folder, horovod_folder, monkeypatch):
    on_path(monkeypatch, horovod_folder, torch_folder)
    return horovod_folder


def on_path(monkeypatch, *folders):
    """Have this process and those that it starts find modules in *folders*."""
    for folder in folders:
        monkeypatch.syspath_prepend(str(folder))
    joined = os.pathsep.join([*map(str, folders), *filter(None, [os.environ.get("PYTHONPATH")])])
    monkeypatch.setenv("PYTHONPATH", joined)


@pytest.fixture(scope="session")
def machines(tmp_path_factory):
    reason = machines_missing()
    if reason:
        pytest.skip(reason)
    with Machines(tmp_path_factory.mktemp("machines")) as machines:
        yield machines
