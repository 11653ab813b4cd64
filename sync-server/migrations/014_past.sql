-- What phones have no longer of the ledgers of stores (docs/adr/0018): it goes on teaching, and `verify` finds it here.

CREATE TABLE past (
    store BYTEA NOT NULL,
    tbl   TEXT  NOT NULL,                     -- ledger, delivery
    key   TEXT  NOT NULL,                     -- as phones had it
    value TEXT  NOT NULL,                     -- as it stood when it ended; a newer row of the feed is nearer to the truth
    PRIMARY KEY (store, tbl, key)
) STRICT;
