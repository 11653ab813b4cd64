-- Orders that come by a slip (the sync contract, 3.7): slips as they were read, what became of each of their orders, and a
-- mark on orders that a slip told before their fact.

CREATE TABLE slip (
    hash     BYTEA  NOT NULL PRIMARY KEY,     -- SHA-256 of body
    install  BYTEA  NOT NULL,                 -- whose phone it says to be from
    rep      TEXT   NOT NULL,                 -- whose orders it says to be
    date     TEXT   NOT NULL,                 -- business date of its confirmations
    received BIGINT NOT NULL,
    body     BYTEA  NOT NULL                  -- exactly as signed
) STRICT;

CREATE TABLE slip_order (
    order_id BYTEA  NOT NULL,
    slip     BYTEA  NOT NULL,
    what     TEXT   NOT NULL,                 -- placed or held; a held one later accepted or refused
    doubt    TEXT   NOT NULL,                 -- why it was held; '' otherwise
    login    TEXT   NOT NULL,                 -- who pasted it or decided
    at       BIGINT NOT NULL,
    PRIMARY KEY (order_id, slip, what)
) STRICT;

ALTER TABLE store_order ADD COLUMN slip BYTEA;                              -- it came by this slip first
ALTER TABLE store_order ADD COLUMN slip_version BIGINT NOT NULL DEFAULT 0;  -- version that only the slip tells; 0 = none
-- store_order.fact is NULL until the fact of an order comes: 004_slip.<engine>.sql.
