-- What the sync contract promises after the first schema: renewal, backups that are confirmed, parked records, tombstones
-- that end, rights by history. The triggers that keep the journal append-only are in 002_trust.<engine>.sql.

ALTER TABLE install ADD COLUMN durable_upto BIGINT NOT NULL DEFAULT 0; -- everything up to here is in a confirmed backup
ALTER TABLE install ADD COLUMN last_captured BIGINT;                   -- effective time of its newest record
ALTER TABLE install ADD COLUMN renewed_from BYTEA;                     -- the install that this one replaced
ALTER TABLE install ADD COLUMN closed BIGINT;                          -- since when another one replaces it
ALTER TABLE install ADD COLUMN superseded BIGINT;                      -- since when its rep has a newer phone

ALTER TABLE pushed ADD COLUMN hash BYTEA;                              -- of the bytes that this install pushed
ALTER TABLE pushed ADD COLUMN date TEXT;                               -- sealed business date
ALTER TABLE pushed ADD COLUMN closing BIGINT NOT NULL DEFAULT 0;       -- a day_closed, in no digest

CREATE INDEX pushed_by_day ON pushed (install, date);
CREATE INDEX pushed_by_id ON pushed (id);

CREATE TABLE install_day (
    install BYTEA  NOT NULL,
    day     TEXT   NOT NULL,
    records BIGINT NOT NULL,                  -- new ones; replays do not count
    bytes   BIGINT NOT NULL,
    PRIMARY KEY (install, day)
) STRICT;

CREATE TABLE fact_verdict (
    fact    BYTEA  NOT NULL PRIMARY KEY,      -- the verdict changed after the first word
    verdict TEXT   NOT NULL,
    at      BIGINT NOT NULL
) STRICT;

CREATE TABLE parked (
    fact    BYTEA NOT NULL PRIMARY KEY,
    missing BYTEA NOT NULL                    -- store or order that it waits for
) STRICT;

CREATE INDEX parked_by_missing ON parked (missing);

ALTER TABLE scope ADD COLUMN floor BIGINT NOT NULL DEFAULT 0;          -- tombstones up to this version are gone

CREATE TABLE scope_mark (
    scope   TEXT   NOT NULL,
    day     TEXT   NOT NULL,
    version BIGINT NOT NULL,                  -- that the scope had when the day began
    PRIMARY KEY (scope, day)
) STRICT;

CREATE TABLE assignment (
    store BYTEA NOT NULL,
    since TEXT  NOT NULL,                     -- first day of the plan
    rep   TEXT  NOT NULL,
    PRIMARY KEY (store, since, rep)
) STRICT;
