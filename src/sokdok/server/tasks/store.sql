PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;
CREATE TABLE IF NOT EXISTS task (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, job BLOB NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL,
    pages INTEGER NOT NULL, failed INTEGER NOT NULL, bytes INTEGER NOT NULL, created REAL NOT NULL, ended REAL,
    fault TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS kept (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, owner TEXT NOT NULL, upload TEXT NOT NULL, bytes INTEGER NOT NULL,
    created REAL NOT NULL, value BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS task_owner ON task (owner, created);
CREATE INDEX IF NOT EXISTS task_ended ON task (ended);
CREATE INDEX IF NOT EXISTS kept_owner ON kept (owner, kind, created);
