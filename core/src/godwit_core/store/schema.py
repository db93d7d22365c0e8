"""The tables, as numbered steps. A step that has been released is never changed; `godwit doctor --schema` prints them.

Portable SQL: what SQLite 3.34 and PostgreSQL 13 both understand, but for `WITHOUT ROWID`, which is stripped there, and
`AUTOINCREMENT`, an identity there. No id is ever given twice: the lease of an engine is a row under its id.
Phases and statuses are the numbers of `godwitidl.core.v1`; times are microseconds since the epoch, leases in
microseconds of the boot clock; messages are encoded protobuf.
"""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
CREATE TABLE engines (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  host TEXT NOT NULL,
  boot TEXT NOT NULL,
  process INTEGER NOT NULL,
  process_start INTEGER NOT NULL,
  lease_until_us BIGINT NOT NULL
)""",
        """
CREATE TABLE registrations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  digest BLOB NOT NULL UNIQUE,
  data BLOB NOT NULL
)""",
        """
CREATE TABLE executions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  project TEXT NOT NULL,
  domain TEXT NOT NULL,
  entity TEXT NOT NULL,
  version TEXT NOT NULL,
  registration INTEGER NOT NULL,
  engine INTEGER,
  phase INTEGER NOT NULL,
  overwrite_cache INTEGER NOT NULL,
  run_what_can_run INTEGER,
  aborting INTEGER NOT NULL,
  abort_reason TEXT NOT NULL,
  inputs BLOB NOT NULL,
  outputs BLOB,
  error BLOB NOT NULL,
  created_us BIGINT NOT NULL,
  finished_us BIGINT NOT NULL
)""",
        """
CREATE TABLE scopes (
  execution INTEGER NOT NULL,
  scope INTEGER NOT NULL,
  parent_node INTEGER,
  workflow INTEGER NOT NULL,
  PRIMARY KEY (execution, scope)
) WITHOUT ROWID""",
        """
CREATE TABLE nodes (
  execution INTEGER NOT NULL,
  node INTEGER NOT NULL,
  phase INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  infrastructure_failures INTEGER NOT NULL,
  engine_losses INTEGER NOT NULL,
  cache INTEGER NOT NULL,
  cache_key BLOB NOT NULL,
  ready_us BIGINT NOT NULL,
  started_us BIGINT NOT NULL,
  finished_us BIGINT NOT NULL,
  due_us BIGINT NOT NULL,
  cancelling TEXT NOT NULL,
  outputs BLOB,
  error BLOB NOT NULL,
  attempt_usage BLOB NOT NULL,
  log BLOB NOT NULL,
  handle BLOB NOT NULL,
  items INTEGER NOT NULL DEFAULT 0,
  items_succeeded INTEGER NOT NULL DEFAULT 0,
  items_failed INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (execution, node)
) WITHOUT ROWID""",
        """
CREATE TABLE map_items (
  execution INTEGER NOT NULL,
  node INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (execution, node, sequence)
) WITHOUT ROWID""",
        """
CREATE TABLE events (
  execution INTEGER NOT NULL,
  sequence BIGINT NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (execution, sequence)
) WITHOUT ROWID""",
        """
CREATE TABLE commands (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  execution INTEGER NOT NULL,
  kind TEXT NOT NULL,
  data TEXT NOT NULL
)""",
        """
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  engine INTEGER NOT NULL,
  execution INTEGER NOT NULL,
  sequence BIGINT NOT NULL
)""",
        """
CREATE TABLE cache (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  cache_key BLOB NOT NULL UNIQUE,
  project TEXT NOT NULL,
  domain TEXT NOT NULL,
  task TEXT NOT NULL,
  version TEXT NOT NULL,
  interface BLOB NOT NULL,
  inputs BLOB NOT NULL,
  outputs BLOB NOT NULL,
  uris TEXT NOT NULL,
  execution INTEGER NOT NULL,
  node INTEGER NOT NULL,
  created_us BIGINT NOT NULL
)""",
        "CREATE INDEX cache_by_task ON cache (project, domain, task)",
        "CREATE INDEX executions_by_engine ON executions (engine)",
    ),
    (
        "ALTER TABLE executions ADD COLUMN recovers BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE nodes ADD COLUMN reuse_key BLOB",
    ),
    (
        "ALTER TABLE nodes ADD COLUMN growths INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE executions ADD COLUMN max_parallelism INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE executions ADD COLUMN priority INTEGER NOT NULL DEFAULT 0",
    ),
    (
        """
CREATE TABLE cache_claims (
  cache_key BLOB NOT NULL PRIMARY KEY,
  execution INTEGER NOT NULL,
  node INTEGER NOT NULL,
  item INTEGER NOT NULL
) WITHOUT ROWID""",
        "CREATE INDEX cache_claims_by_node ON cache_claims (execution, node, item)",
    ),
    (
        "ALTER TABLE engines ADD COLUMN serves INTEGER NOT NULL DEFAULT 0",
        "CREATE INDEX executions_waiting ON executions (priority DESC, id) WHERE engine IS NULL AND finished_us = 0",
    ),
    ("ALTER TABLE scopes ADD COLUMN item INTEGER NOT NULL DEFAULT -1",),
    ("ALTER TABLE nodes ADD COLUMN reproductions INTEGER NOT NULL DEFAULT 0",),
    ("ALTER TABLE executions ADD COLUMN backend TEXT NOT NULL DEFAULT ''",),
)
"""Statements of each step; the version of a database is the number of steps it has taken."""
