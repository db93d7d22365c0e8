from pathlib import Path
from re import findall, sub

from godwit_core.compiler.problems import Code

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "contract" / "compile_errors.md"


def test_every_code_is_documented_and_no_other():
    documented = findall(r"^\| `([A-Z_]+)` \|", PAGE.read_text(encoding="utf-8"), flags=8)
    assert documented == [str(code) for code in Code]


def test_every_code_is_used():
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "core/src/godwit_core/compiler").glob("*.py"))
    unused = [code for code in Code if not findall(rf"Code\.{code}\b", source)]
    assert unused == []


def test_every_code_has_a_test():
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_compile_*.py"))
    tests = sub(r"\s+", " ", tests)
    assert [code for code in Code if f'"{code}"' not in tests] == []
