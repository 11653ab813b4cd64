-- The phone's database. Facts go up and are never changed; master rows come down and are never written here.

CREATE TABLE setting (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE fact (
    dseq          INTEGER NOT NULL PRIMARY KEY,  -- gapless per install, from 1
    id            BLOB    NOT NULL UNIQUE,       -- record id, UUIDv7
    kind          TEXT    NOT NULL,
    version       INTEGER NOT NULL,              -- of the kind's schema
    business_date TEXT    NOT NULL,              -- as sealed, yyyy-mm-dd
    captured      TEXT    NOT NULL,              -- JSON stamp: the clocks at sealing
    body          BLOB    NOT NULL,              -- exactly the sealed bytes
    hash          BLOB    NOT NULL,              -- SHA-256 of body
    private       TEXT,                          -- JSON beside the fact: contacts, fixes, owner's code; deletable
    verdict       TEXT                           -- JSON, the server's first word; NULL = not on the server
) STRICT;

CREATE INDEX fact_waiting ON fact (dseq) WHERE verdict IS NULL;
CREATE INDEX fact_by_date ON fact (business_date, dseq);

CREATE TABLE open_visit (
    only_one      INTEGER NOT NULL PRIMARY KEY CHECK (only_one = 1),
    id            BLOB    NOT NULL,
    store         BLOB    NOT NULL,
    planned       INTEGER NOT NULL,              -- 0, 1
    business_date TEXT    NOT NULL,              -- of the check-in
    check_in      TEXT    NOT NULL               -- JSON stamp
) STRICT;

CREATE TABLE draft (
    visit BLOB NOT NULL,
    step  TEXT NOT NULL,
    line  TEXT NOT NULL,                         -- key within the step, e.g. a SKU; '' = the step itself
    value TEXT NOT NULL,                         -- JSON
    PRIMARY KEY (visit, step, line)
) STRICT, WITHOUT ROWID;

CREATE TABLE master_row (
    tbl   TEXT NOT NULL,
    key   TEXT NOT NULL,                         -- parts joined by '/', so that a prefix is a range
    scope TEXT NOT NULL,                         -- a row may be held by several; 'own' = made here, until the server's comes
    value TEXT NOT NULL,                         -- JSON
    PRIMARY KEY (tbl, key, scope)
) STRICT, WITHOUT ROWID;

CREATE INDEX master_row_by_scope ON master_row (scope);
