-- A phone can get a new install (3-sync 3.1): facts keep their order of capture, places in the row are the install's.

CREATE TABLE fact_2 (
    n             INTEGER NOT NULL PRIMARY KEY,  -- order of capture
    dseq          INTEGER UNIQUE,                -- gapless per install, from 1; NULL = pushed by an earlier install
    id            BLOB    NOT NULL UNIQUE,       -- record id, UUIDv7
    kind          TEXT    NOT NULL,
    version       INTEGER NOT NULL,              -- of the kind's schema
    business_date TEXT    NOT NULL,              -- as sealed, yyyy-mm-dd
    captured      TEXT    NOT NULL,              -- JSON stamp: the clocks at sealing
    body          BLOB    NOT NULL,              -- exactly the sealed bytes
    hash          BLOB    NOT NULL,              -- SHA-256 of body
    private       TEXT,                          -- JSON beside the fact: contacts, fixes, owner's code; deletable
    verdict       TEXT                           -- JSON, the server's first word in this epoch; NULL = not known to be there
) STRICT;

INSERT INTO fact_2 SELECT dseq, dseq, id, kind, version, business_date, captured, body, hash, private, verdict FROM fact;
DROP TABLE fact;
ALTER TABLE fact_2 RENAME TO fact;
CREATE INDEX fact_waiting ON fact (dseq) WHERE verdict IS NULL;
CREATE INDEX fact_by_date ON fact (business_date, n);

-- The highest place ever given: pruning must not make a place come twice.
INSERT INTO setting (name, value) SELECT 'last_dseq', coalesce(max(dseq), 0) FROM fact WHERE true
    ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- How far each scope was pulled. The one cursor over all scopes ends here; the next pull is a full one.
CREATE TABLE scope_cursor (
    scope  TEXT NOT NULL PRIMARY KEY,
    cursor TEXT NOT NULL
) STRICT, WITHOUT ROWID;
DELETE FROM setting WHERE name = 'cursor';

CREATE TABLE photo (
    sha256  TEXT    NOT NULL PRIMARY KEY,        -- hexadecimal, also the file's name
    length  INTEGER NOT NULL,
    taken   INTEGER NOT NULL,                    -- wall clock, orders the queue
    sent    INTEGER NOT NULL DEFAULT 0           -- 1 = the server has the whole of it
) STRICT, WITHOUT ROWID;

-- A snapshot is laid over the old rows; those that it does not bring go when it has ended, so that a cut in between
-- leaves a phone that works.
ALTER TABLE master_row ADD COLUMN stale INTEGER NOT NULL DEFAULT 0;
CREATE INDEX master_row_stale ON master_row (scope) WHERE stale = 1;
