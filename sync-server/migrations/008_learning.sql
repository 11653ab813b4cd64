-- What the company learns from its visits (docs/adr/0010). Both tables are made again from the ledgers if they are lost.

CREATE TABLE believed (
    scope   TEXT   NOT NULL PRIMARY KEY,      -- a territory
    version BIGINT NOT NULL                   -- up to this version of it the ledgers were replayed
) STRICT;

CREATE TABLE belief (
    store  BYTEA NOT NULL PRIMARY KEY,
    value  TEXT  NOT NULL,                    -- as phones pull it
    taught TEXT  NOT NULL                     -- what its visits say of weeks and events, for the nightly sums
) STRICT;
