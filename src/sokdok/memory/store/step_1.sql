-- The tables of the first schema; statements are apart by empty lines.
CREATE TABLE conversations (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT

CREATE TABLE turns (
    id INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL AS (id >> 32),
    number INTEGER NOT NULL AS (id & 0xFFFFFFFF),
    role TEXT NOT NULL,
    text TEXT NOT NULL,
    time TEXT NOT NULL, -- UTC, ISO 8601
    meta TEXT NOT NULL, -- JSON
    important INTEGER NOT NULL,
    checksum INTEGER NOT NULL, -- CRC-32 of id, role, text, time, meta and important
    start INTEGER NOT NULL, -- on the conversation's stream, in drawing cells, as is size
    size INTEGER NOT NULL,
    key_start INTEGER NOT NULL, -- the same on its stream of important things
    key_size INTEGER NOT NULL,
    digest TEXT NOT NULL,
    weight REAL NOT NULL
) STRICT

CREATE INDEX turns_on_stream ON turns (conversation, start, size, weight)

CREATE INDEX turns_on_key_stream ON turns (conversation, key_start) WHERE key_size > 0

CREATE TRIGGER turns_stay BEFORE DELETE ON turns
BEGIN SELECT RAISE(ABORT, 'turns are append-only: none is deleted'); END

CREATE TRIGGER turns_stay_exact BEFORE UPDATE OF id, role, text, time, meta, important, checksum ON turns
BEGIN SELECT RAISE(ABORT, 'turns are append-only: none is changed'); END

CREATE TABLE images (
    id INTEGER PRIMARY KEY,
    sha256 TEXT NOT NULL UNIQUE,
    media_type TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    data BLOB NOT NULL
) STRICT

CREATE TABLE turn_images (
    turn INTEGER NOT NULL,
    position INTEGER NOT NULL,
    image INTEGER NOT NULL,
    UNIQUE (turn, position)
) STRICT

CREATE TABLE facts (
    turn INTEGER NOT NULL,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (turn, position)
) STRICT, WITHOUT ROWID

CREATE TABLE recalls (
    conversation INTEGER NOT NULL,
    at INTEGER NOT NULL, -- turns that the conversation had then
    number INTEGER NOT NULL,
    PRIMARY KEY (conversation, at, number)
) STRICT, WITHOUT ROWID

-- Tokens are separated by spaces and hold any other character; the texts were folded before.
CREATE VIRTUAL TABLE grams USING fts5 (
    tokens, content = '', tokenize = 'ascii tokenchars ''!"#$%&''''()*+,-./:;<=>?@[\]^_`{|}~'''
)
