-- A store as the first schema held it. It stays as it is: later versions must go on opening it.

CREATE TABLE conversations (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE
    ) STRICT
;
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
;
CREATE INDEX turns_on_stream ON turns (conversation, start, size, weight);
CREATE INDEX turns_on_key_stream ON turns (conversation, key_start) WHERE key_size > 0;
CREATE TRIGGER turns_stay BEFORE DELETE ON turns
    BEGIN SELECT RAISE(ABORT, 'turns are append-only: none is deleted'); END;
CREATE TRIGGER turns_stay_exact BEFORE UPDATE OF id, role, text, time, meta, important, checksum ON turns
    BEGIN SELECT RAISE(ABORT, 'turns are append-only: none is changed'); END;
CREATE TABLE images (
        id INTEGER PRIMARY KEY,
        sha256 TEXT NOT NULL UNIQUE,
        media_type TEXT NOT NULL,
        width INTEGER NOT NULL,
        height INTEGER NOT NULL,
        data BLOB NOT NULL
    ) STRICT
;
CREATE TABLE turn_images (
        turn INTEGER NOT NULL,
        position INTEGER NOT NULL,
        image INTEGER NOT NULL,
        UNIQUE (turn, position)
    ) STRICT
;
CREATE TABLE facts (
        turn INTEGER NOT NULL,
        position INTEGER NOT NULL,
        kind TEXT NOT NULL,
        text TEXT NOT NULL,
        PRIMARY KEY (turn, position)
    ) STRICT, WITHOUT ROWID
;
CREATE TABLE recalls (
        conversation INTEGER NOT NULL,
        at INTEGER NOT NULL, -- turns that the conversation had then
        number INTEGER NOT NULL,
        PRIMARY KEY (conversation, at, number)
    ) STRICT, WITHOUT ROWID
;
CREATE VIRTUAL TABLE grams USING fts5 (
        tokens, content = '', tokenize = 'ascii tokenchars ''!"#$%&''''()*+,-./:;<=>?@[\]^_`{|}~'''
    );
INSERT INTO conversations (id, name) VALUES (1, '여행');
INSERT INTO turns (id, role, text, time, meta, important, checksum, start, size, key_start, key_size, digest, weight) VALUES (4294967297, 'user', '부산 여행 요약', '2026-03-01T08:30:00.000000+00:00', '{"a":[1]}', 1, 3103266983, 0, 41, 0, 24, '부산 여행 요약', 1.01386294361119894e+02);
INSERT INTO turns (id, role, text, time, meta, important, checksum, start, size, key_start, key_size, digest, weight) VALUES (4294967298, 'assistant', 'see /tmp/one', '2026-03-01T08:30:00.000000+00:00', '{}', 0, 2859161834, 41, 27, 24, 0, 'see /tmp/one', 3.0);
INSERT INTO facts (turn, position, kind, text) VALUES (4294967298, 0, 'path', '/tmp/one');
INSERT INTO recalls (conversation, at, number) VALUES (1, 2, 1);
INSERT INTO grams (rowid, tokens) VALUES (4294967297, '부산 산 여행 행 요약 약');
INSERT INTO grams (rowid, tokens) VALUES (4294967298, 'see ee e /tm tmp mp/ p/o /on one ne e');
PRAGMA application_id = 1936681828;
PRAGMA user_version = 1;
