-- What was judged when a fact came stays with it, for facts that take effect later; and who decided about held facts.

ALTER TABLE fact ADD COLUMN effective TEXT;     -- effective business date; NULL = came to an older server
ALTER TABLE fact ADD COLUMN unverified BIGINT;  -- 1 = its time stands on the phone's word alone; NULL as above

CREATE TABLE held_decision (
    fact  BYTEA  NOT NULL PRIMARY KEY,
    what  TEXT   NOT NULL,                      -- released or refused
    code  TEXT   NOT NULL,                      -- why it was held
    login TEXT   NOT NULL,                      -- who decided
    at    BIGINT NOT NULL
) STRICT;
