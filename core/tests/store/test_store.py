"""The store: schema, transactions, rows, and what is said when the database is not what it should be."""

import sqlite3

import pytest
from godwit_core.engine.phases import ExecutionPhase
from godwit_core.store import cache, commands, engines, executions, histories, packing, reading
from godwit_core.store.cache import CacheRow
from godwit_core.store.connection import StoreError, open_store, transaction
from godwit_core.store.engines import EngineRow
from godwit_core.store.executions import ExecutionRow
from godwit_core.store.schema import MIGRATIONS
from godwit_plugin_api.errors import InvalidInput
from godwitidl.core.v1.event_pb2 import Event
from godwitidl.rules.framing import frame
from hypothesis import given
from hypothesis import strategies as st


def execution(name, **changes):
    fields = {
        "id": 0,
        "name": name,
        "project": "p",
        "domain": "development",
        "entity": "flow",
        "version": "1",
        "registration": 1,
        "engine": None,
        "phase": ExecutionPhase.RUNNING,
        "overwrite_cache": False,
        "run_what_can_run": None,
        "aborting": False,
        "abort_reason": "",
        "inputs": b"",
        "outputs": None,
        "error": b"",
        "created_us": 1,
        "finished_us": 0,
    }
    return ExecutionRow(**{**fields, **changes})


@pytest.fixture(params=["process", "disk", "memory"])
def connection(request, tmp_path):
    in_memory = request.param == "memory"
    opened = open_store(None) if in_memory else open_store(tmp_path / "godwit.db", request.param)
    yield opened
    opened.close()


@pytest.mark.parametrize(("durability", "synchronous"), [("process", 1), ("disk", 2)])
def test_durability_is_what_the_database_is_told(tmp_path, durability, synchronous):
    connection = open_store(tmp_path / "godwit.db", durability)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (synchronous,)


def test_opening_again_changes_nothing(tmp_path):
    first = open_store(tmp_path / "godwit.db")
    before = list(first.iterdump())
    second = open_store(tmp_path / "godwit.db")
    assert list(second.iterdump()) == before
    assert second.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)


def test_a_newer_database_is_refused(tmp_path):
    open_store(tmp_path / "godwit.db").execute("PRAGMA user_version = 999")
    with pytest.raises(StoreError) as refused:
        open_store(tmp_path / "godwit.db")
    assert "999" in refused.value.message
    assert "Upgrade" in refused.value.hint


def test_a_foreign_database_is_refused_and_left_alone(tmp_path):
    foreign = sqlite3.connect(tmp_path / "godwit.db")
    foreign.execute("CREATE TABLE theirs (x)")
    foreign.commit()
    with pytest.raises(StoreError, match="another program"):
        open_store(tmp_path / "godwit.db")
    assert foreign.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]


def test_a_damaged_database_is_named(tmp_path):
    (tmp_path / "godwit.db").write_bytes(b"this is no database, and long enough to be looked at" * 100)
    with pytest.raises(StoreError) as refused:
        open_store(tmp_path / "godwit.db")
    assert refused.value.code == "STORE_CORRUPT"


def test_no_database_is_made_where_one_is_only_read(tmp_path):
    with pytest.raises(StoreError):
        open_store(tmp_path / "godwit.db", create=False)
    assert not (tmp_path / "godwit.db").exists()


def test_a_transaction_is_whole_or_nothing(connection):
    def fail_half_way():
        with transaction(connection):
            executions.insert(connection, execution("a"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    assert reading.list_executions(connection, limit=9) == []
    with transaction(connection):
        executions.insert(connection, execution("a"))
    assert [row.name for row in reading.list_executions(connection, limit=9)] == ["a"]


def test_executions_are_listed_newest_first_and_page_by_page(connection):
    with transaction(connection):
        for index in range(5):
            phase = ExecutionPhase.FAILED if index % 2 else ExecutionPhase.SUCCEEDED
            executions.insert(connection, execution(f"e{index}", phase=phase))
    page = reading.list_executions(connection, limit=2)
    assert [row.name for row in page] == ["e4", "e3"]
    assert [row.name for row in reading.list_executions(connection, limit=9, before=page[-1].id)] == ["e2", "e1", "e0"]
    failed = reading.list_executions(connection, limit=9, phase=ExecutionPhase.FAILED)
    assert [row.name for row in failed] == ["e3", "e1"]


def test_an_execution_is_found_by_the_beginning_of_its_name_if_it_is_the_only_one(connection):
    with transaction(connection):
        for name in ("abc", "abd", "abcd", "%"):
            executions.insert(connection, execution(name))
    assert reading.get_execution(connection, "abd").name == "abd"
    assert reading.get_execution(connection, "abc").name == "abc"
    for unknown in ("ab", "x", "", "_b"):
        with pytest.raises(InvalidInput):
            reading.get_execution(connection, unknown)


def test_a_row_comes_back_as_it_was_written(connection):
    written = execution("a", run_what_can_run=True, aborting=True, inputs=b"\0\1", outputs=b"", error=b"e", engine=3)
    with transaction(connection):
        key = executions.insert(connection, written)
    assert reading.get_execution(connection, "a") == written._replace(id=key)


def test_a_registration_is_stored_once(connection):
    with transaction(connection):
        first = executions.add_registration(connection, b"1" * 32, b"data")
        assert executions.add_registration(connection, b"1" * 32, b"data") == first
        assert executions.add_registration(connection, b"2" * 32, b"more") != first
    assert executions.get_registration(connection, first) == b"data"


def test_events_are_read_from_any_place(connection):
    def framed(*numbers):
        return b"".join(frame(Event(sequence=number).SerializeToString()) for number in numbers)

    with transaction(connection):
        histories.append(connection, 1, 1, framed(1))
        histories.append(connection, 1, 4, framed(2, 3, 4))
        histories.append(connection, 2, 1, framed(1))
        histories.append(connection, 1, 5, framed(5))
    for after in range(6):
        found = [event.sequence for event in histories.load(connection, 1, after)]
        assert found == list(range(after + 1, 6))
    assert histories.last_sequence(connection, 1) == 5
    assert histories.last_sequence(connection, 3) == 0


def test_commands_reach_the_engine_that_holds_the_execution(connection):
    with transaction(connection):
        mine = executions.insert(connection, execution("mine", engine=1))
        theirs = executions.insert(connection, execution("theirs", engine=2))
        for key in (mine, theirs, mine):
            commands.insert(connection, key, commands.ABORT, "why")
    found = commands.pending(connection, 1)
    assert [(one[1], one[2], one[3]) for one in found] == [(mine, "abort", "why")] * 2
    with transaction(connection):
        commands.delete(connection, [one[0] for one in found])
    assert commands.pending(connection, 1) == []
    assert len(commands.pending(connection, 2)) == 1


def test_an_engine_that_is_removed_holds_nothing(connection):
    row = EngineRow(0, "host", "boot", 1, 2, 3)
    with transaction(connection):
        key = engines.insert(connection, row)
        executions.insert(connection, execution("a", engine=key))
    assert engines.get(connection, key) == row._replace(id=key)
    with transaction(connection):
        engines.renew(connection, key, 99)
    assert engines.get(connection, key).lease_until_us == 99
    with transaction(connection):
        engines.delete(connection, key)
    assert not engines.holds_lease(connection, key)
    assert reading.get_execution(connection, "a").engine is None


def test_a_cached_result_is_found_replaced_and_evicted(connection):
    row = CacheRow(b"k" * 32, "p", "d", "t", "1", b"i" * 32, "x:00", b"out", "", 1, 2, 3)
    other = row._replace(key=b"o" * 32, created_us=4)
    with transaction(connection):
        cache.put(connection, row)
        cache.put(connection, other)
    assert cache.find(connection, row.key) == row
    assert cache.of_task(connection, "p", "d", "t") == [other, row]
    newer = row._replace(outputs=b"newer", created_us=9, execution=7)
    with transaction(connection):
        cache.put(connection, newer)
    assert cache.find(connection, row.key) == newer
    with transaction(connection):
        assert cache.evict(connection, row.key)
        assert not cache.evict(connection, row.key)
    assert cache.find(connection, row.key) is None


@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
        st.tuples(st.binary(max_size=40), st.binary(min_size=32, max_size=32)),
        max_size=5,
    )
)
def test_packed_values_come_back_in_their_order(values):
    packed = packing.pack(values)
    assert list(packing.unpack(packed).items()) == list(values.items())


@given(st.binary(max_size=80))
def test_a_damaged_pack_is_an_error_and_nothing_else(blob):
    try:
        packing.unpack(blob)
    except ValueError:
        return
