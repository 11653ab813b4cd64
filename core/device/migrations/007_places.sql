-- What is sealed never changes; where it stands in the row and what the server says of it does. Apart from each other, so that a
-- verdict rewrites a hundred bytes instead of ten thousand, and a new install's row of a year is made in one short commit.

CREATE TABLE fact_7 (
    n             INTEGER NOT NULL PRIMARY KEY,  -- order of capture
    id            BLOB    NOT NULL UNIQUE,       -- record id, UUIDv7
    kind          TEXT    NOT NULL,
    version       INTEGER NOT NULL,              -- of the kind's schema
    business_date TEXT    NOT NULL,              -- as sealed, yyyy-mm-dd
    captured      TEXT    NOT NULL,              -- JSON stamp: the clocks at sealing
    hash          BLOB    NOT NULL,              -- SHA-256 of the body
    verdict       TEXT,                          -- JSON, the server's first word in this epoch; NULL = not known to be there
    told          TEXT,                          -- JSON, the verdict of an earlier epoch; NULL = there was none
    answered      TEXT,                          -- yyyy-mm-dd UTC by the server, when its verdict was heard
    left_by       TEXT,                          -- the rep who left it here; NULL = the rep whose phone this is
    journaled     INTEGER NOT NULL DEFAULT 0,    -- 1 = it was not on the server and is in an exported journal
    listed        INTEGER NOT NULL DEFAULT 0     -- 1 = a closing whose day was listed to the server
) STRICT;

-- The sealed bytes.
CREATE TABLE sealed (
    n       INTEGER NOT NULL PRIMARY KEY REFERENCES fact_7 (n) ON DELETE CASCADE,
    body    BLOB    NOT NULL,                    -- exactly as they were sealed
    private TEXT                                 -- JSON beside the fact: contacts, fixes, owner's code; deletable
) STRICT;

-- The install's row of facts. A fact without a place was pushed by an earlier install.
CREATE TABLE place (
    dseq INTEGER NOT NULL PRIMARY KEY,           -- gapless per install, from 1
    fact INTEGER NOT NULL UNIQUE REFERENCES fact_7 (n) ON DELETE CASCADE
) STRICT;

INSERT INTO fact_7 SELECT n, id, kind, version, business_date, captured, hash, verdict, told, answered, left_by, journaled, listed
    FROM fact;
INSERT INTO sealed SELECT n, body, private FROM fact;
INSERT INTO place SELECT dseq, n FROM fact WHERE dseq IS NOT NULL ORDER BY dseq;
DROP TABLE fact;
ALTER TABLE fact_7 RENAME TO fact;
CREATE INDEX fact_waiting ON fact (n) WHERE verdict IS NULL;
CREATE INDEX fact_by_date ON fact (business_date, n);
CREATE INDEX fact_closing ON fact (business_date, n) WHERE kind = 'day_closed';
