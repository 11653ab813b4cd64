-- SQLite drops no NOT NULL: the table is written anew.

CREATE TABLE store_order_new (
    id           BLOB    NOT NULL PRIMARY KEY,
    store        BLOB    NOT NULL,
    distributor  TEXT    NOT NULL,
    rep          TEXT    NOT NULL,
    version      INTEGER NOT NULL,            -- of the rep's facts only
    confirmed_on TEXT    NOT NULL,            -- business date of the visit
    promised     TEXT    NOT NULL,            -- day said in the shop
    day          TEXT    NOT NULL,            -- delivery day
    waiting      INTEGER NOT NULL,            -- for the sheet of its day
    late         INTEGER NOT NULL,
    state        TEXT    NOT NULL,            -- JSON OrderState
    flags        TEXT    NOT NULL,            -- JSON list
    body         TEXT    NOT NULL,            -- JSON Order, newest version
    fact         BLOB,                        -- NULL = only a slip tells it
    slip         BLOB,                        -- it came by this slip first
    slip_version INTEGER NOT NULL DEFAULT 0   -- version that only the slip tells; 0 = none
) STRICT;

INSERT INTO store_order_new (id, store, distributor, rep, version, confirmed_on, promised, day, waiting, late, state,
                             flags, body, fact, slip, slip_version)
SELECT id, store, distributor, rep, version, confirmed_on, promised, day, waiting, late, state, flags, body, fact, slip,
       slip_version
FROM store_order;

DROP TABLE store_order;
ALTER TABLE store_order_new RENAME TO store_order;

CREATE INDEX store_order_by_day ON store_order (distributor, day, waiting);
CREATE INDEX store_order_by_store ON store_order (store, confirmed_on);

CREATE TRIGGER slip_no_update BEFORE UPDATE ON slip
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

CREATE TRIGGER slip_no_delete BEFORE DELETE ON slip
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

CREATE TRIGGER slip_order_no_update BEFORE UPDATE ON slip_order
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

CREATE TRIGGER slip_order_no_delete BEFORE DELETE ON slip_order
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
