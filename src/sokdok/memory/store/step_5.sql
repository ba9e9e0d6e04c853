-- What an embedding model makes of turns, so that it is asked once for each; it can be asked again.
CREATE TABLE embeddings (
    turn INTEGER NOT NULL,
    model TEXT NOT NULL,
    vector BLOB NOT NULL, -- float16 values, of length one together
    UNIQUE (turn, model)
) STRICT
