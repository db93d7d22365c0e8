"""What a jar says of itself: its specs, and its digest."""

import hashlib
import os
import subprocess
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import Final

from godwitidl.core.v1.bundle_pb2 import Bundle
from google.protobuf.message import DecodeError

from godwit_jvm.errors import JarUnreadable
from godwit_jvm.machine import find_java, find_runner

BUNDLE: Final = "META-INF/godwit/bundle.pb"
"""Entry with the specs, written when the jar is built."""

_SERIALIZE_S: Final = 60
_WITHOUT_TASKS: Final = "JAR_WITHOUT_TASKS"


def read_bundle(path: Path) -> Bundle:
    """Return the specs of a jar: those that it holds, else what its own classes say, which takes a machine to ask.

    Raises:
        JarUnreadable: it cannot be read, is no jar, or declares nothing, or something wrong.
        GodwitError: it has to be asked, and there is no Java.
    """
    try:
        with zipfile.ZipFile(path) as jar:
            if BUNDLE in jar.namelist():
                return _parsed(jar.read(BUNDLE), path)
    except OSError as error:
        raise JarUnreadable(f"{path} cannot be read: {error.strerror or error}.", hint="Check the path.") from None
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as error:
        raise JarUnreadable(f"{path} is no jar: {error}.", hint="Build it again.", code="JAR_INVALID") from None
    return _asked(path)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a jar in hexadecimal: the version of all code in it.

    Raises:
        JarUnreadable: it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise JarUnreadable(f"{path} cannot be read: {error.strerror}.", hint="Check the path.") from None


def _parsed(data: bytes, path: Path) -> Bundle:
    try:
        return Bundle.FromString(data)
    except DecodeError:
        raise JarUnreadable(
            f"{BUNDLE} of {path} is no encoded Bundle.", hint="Build it again.", code="JAR_INVALID"
        ) from None


def _asked(path: Path) -> Bundle:
    """Have the classes of a jar serialized by a machine."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "bundle.pb")
        runner = str(find_runner(os.environ))
        command = [find_java(os.environ), "-cp", runner, "dev.godwit.runner.Serialize", str(path), str(target)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SERIALIZE_S)
        except subprocess.TimeoutExpired:
            raise JarUnreadable(
                f"Serializing {path} took more than {_SERIALIZE_S} s.",
                hint="Declare tasks in static fields; do nothing else there.",
                code="JAR_NOT_SERIALIZED",
            ) from None
        if done.returncode != 0 or not target.is_file():
            words = done.stderr.strip() or f"it ended with {done.returncode}"
            code = _WITHOUT_TASKS if words.startswith(_WITHOUT_TASKS) else "JAR_NOT_SERIALIZED"
            raise JarUnreadable(f"{path} cannot be serialized: {words}", code=code)
        return _parsed(target.read_bytes(), path)
