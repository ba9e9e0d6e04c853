PRAGMA journal_mode = OFF; PRAGMA cache_size = -65536; -- 64 MB of it in memory
CREATE TABLE known (file TEXT PRIMARY KEY, looked BLOB) WITHOUT ROWID;
CREATE TABLE listed (number INTEGER PRIMARY KEY, found BLOB, looked BLOB);
CREATE TABLE first (hash BLOB PRIMARY KEY, path TEXT NOT NULL) WITHOUT ROWID;
BEGIN
