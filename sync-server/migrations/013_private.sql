-- What is private ends (1-field 1.10). The row stays when it is emptied: a fact that is sent again brings nothing back.

ALTER TABLE fact_private ADD COLUMN since TEXT;   -- business date of its fact; NULL = no position or owner's code is in it
ALTER TABLE fact_private ADD COLUMN store BYTEA;  -- whose names or phone are in it; NULL = nobody's

-- "owner" is not the beginning of "owner_code": the quote ends it.
UPDATE fact_private SET store = (SELECT f.store FROM fact f WHERE f.id = fact_private.id)
WHERE value LIKE '%"owner":%' OR value LIKE '%"receiver":%' OR value LIKE '%"phone":%';

CREATE INDEX fact_private_by_age ON fact_private (since) WHERE since IS NOT NULL;
CREATE INDEX fact_private_by_store ON fact_private (store) WHERE store IS NOT NULL;

-- Whose people asked to be forgotten: what was captured before and comes later names nobody.
CREATE TABLE forgotten (
    store BYTEA  NOT NULL,
    at    BIGINT NOT NULL,
    PRIMARY KEY (store, at)
) STRICT;
