from godwit_core.engine.cache_comparison import Difference, KeyParts, compare, nearest, parse_inputs
from hypothesis import given
from hypothesis import strategies as st

TEXTS = st.sampled_from(["a", "b"])
PARTS = st.builds(
    KeyParts, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, st.dictionaries(st.sampled_from(["x", "y", "z"]), TEXTS, max_size=3)
)


@given(PARTS, PARTS)
def test_keys_are_the_same_when_nothing_differs_and_comparing_is_symmetric(ours, theirs):
    differences = compare(ours, theirs)
    assert (ours == theirs) is (not differences)
    mirrored = [Difference(one.part, one.theirs, one.ours) for one in differences]
    assert sorted(mirrored, key=lambda one: one.part) == sorted(compare(theirs, ours), key=lambda one: one.part)


@given(PARTS, st.lists(PARTS))
def test_the_nearest_has_the_fewest_differences_and_is_the_first_of_those(ours, candidates):
    counts = [len(compare(ours, one)) for one in candidates]
    assert nearest(ours, candidates) == (counts.index(min(counts)) if counts else None)


def test_inputs_of_a_stored_entry_are_parsed():
    assert parse_inputs("a:01 b:02") == {"a": "01", "b": "02"}
    assert parse_inputs("") == {}


def test_explains_which_part_of_the_key_differs(godwit):
    first = godwit.json("run", "flows.py", "add", "--a", 1, "--b", 2)["execution"]
    told = godwit.json("cache", "explain", first, "task")
    assert (told["cache"], told["nearest"]) == ("MISS", None)
    second = godwit.json("run", "flows.py", "add", "--a", 1, "--b", 3)["execution"]
    told = godwit.json("cache", "explain", second, "task")
    assert told["nearest"]["execution"] == first
    assert [one["part"] for one in told["nearest"]["differs"]] == ["input b"]
    assert told["nearest"]["same"] == ["project", "domain", "task", "version", "interface", "input a"]
    assert "input b: " in godwit("cache", "explain", second, "task").stdout
    third = godwit.json("run", "flows.py", "add", "--a", 1, "--b", 3, "--project", "other")["execution"]
    assert [one["part"] for one in godwit.json("cache", "explain", third, "task")["nearest"]["differs"]] == ["project"]
    source = godwit.folder / "flows.py"
    source.write_text(source.read_text().replace('Cache(version="1")', 'Cache(version="2")'))
    fourth = godwit.json("run", "flows.py", "add", "--a", 1, "--b", 3)["execution"]
    (difference,) = godwit.json("cache", "explain", fourth, "task")["nearest"]["differs"]
    assert difference == {"part": "version", "ours": "2", "theirs": "1"}
    hit = godwit.json("run", "flows.py", "add", "--a", 1, "--b", 3)["execution"]
    assert fourth in godwit("cache", "explain", hit, "task").stdout


def test_explains_a_node_inside_of_a_sub_workflow_and_one_that_is_not_cached(godwit):
    name = godwit.json("run", "flows.py", "failing", status=1)["execution"]
    assert "The task is not cached" in godwit("cache", "explain", name, "n1/n0").stdout
    assert "Sub-workflows are not cached" in godwit("cache", "explain", name, "n1").stdout


def test_evicts_a_result_a_task_or_all(godwit):
    name = godwit.json("run", "flows.py", "summing")["execution"]
    assert godwit.json("cache", "evict", name, "n1") == {"evicted": 1}
    assert [one["cache"] for one in godwit.json("run", "flows.py", "summing")["nodes"]] == ["HIT", "MISS"]
    assert godwit.json("cache", "evict", "--task", "flows.add", "--project", "other") == {"evicted": 0}
    assert godwit.json("cache", "evict", "--task", "flows.add") == {"evicted": 2}
    assert "No results of a task" in godwit("cache", "evict", "--task", "flows.add").stderr
    assert godwit.json("cache", "evict", "--all") == {"evicted": 0}
    assert godwit("cache", "evict").returncode == 2
    assert godwit("cache", "evict", name, "n1", "--all").returncode == 2


COUNTING = """
    import godwit as gw
    from words_helpers import clean

    LIMIT = 100

    @gw.task(cache=True)
    def count(text: str) -> int:
        return min(LIMIT, len(clean(text)))

    @gw.workflow
    def counting(text: str, where: str = "") -> int:
        return count(text=text)
"""
HELPERS = """
    def clean(text: str) -> str:
        return " ".join(text.split())
"""


def explained(godwit, counting=COUNTING, helpers=HELPERS):
    """Run with these sources, and return what is said of the cache, as JSON and as lines."""
    godwit.write("counting_words.py", counting)
    godwit.write("words_helpers.py", helpers)
    name = godwit.json("run", "counting_words.py", "counting", "--text", "a  b")["execution"]
    told = godwit.json("cache", "explain", name, "n0")
    return told, godwit("cache", "explain", name, "n0").stdout.splitlines()


def test_explains_what_of_the_code_has_changed(godwit):
    explained(godwit)
    told, lines = explained(godwit, helpers=HELPERS.replace('" ".join', '"_".join'))
    (change,) = told["nearest"]["code"]
    assert (change["kind"], change["name"]) == ("function", "words_helpers.py: clean")
    assert "    function words_helpers.py: clean: changed" in lines
    _, lines = explained(godwit, COUNTING.replace("LIMIT = 100", "LIMIT = 99"), HELPERS.replace('" "', '"_"'))
    assert "    constant counting_words.py: LIMIT: changed" in lines
    salted = COUNTING.replace("cache=True", 'cache=gw.Cache(salt="s")').replace("LIMIT = 100", "LIMIT = 99")
    _, lines = explained(godwit, salted, HELPERS.replace('" "', '"_"'))
    assert "    setting environment or salt: new" in lines
    more = COUNTING.replace("len(clean(text))", "len(clean(text)) + len(other(text))").replace(
        "import clean", "import clean, other"
    )
    _, lines = explained(godwit, more, HELPERS + "\n    def other(text):\n        return text\n")
    assert "    function words_helpers.py: other: new" in lines
    assert "    function counting_words.py: count: changed" in lines
    assert godwit("gc", "--keep", "0").returncode == 0
    told, lines = explained(godwit, COUNTING.replace("LIMIT = 100", "LIMIT = 98"))
    assert told["nearest"]["code"] is None
    assert "what of the code differs is not known" in "\n".join(lines)


def test_a_version_of_ones_own_tells_nothing_of_the_code(godwit):
    godwit.json("run", "flows.py", "add", "--a", 1, "--b", 2)
    name = godwit.json("run", "flows.py", "add", "--a", 1, "--b", 3)["execution"]
    assert godwit.json("cache", "explain", name, "task")["nearest"]["code"] == []
