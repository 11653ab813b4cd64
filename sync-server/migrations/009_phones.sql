-- Which phone an install is: renewals and copies have one root (docs/adr/0012).

ALTER TABLE install ADD COLUMN root BYTEA;    -- the install that its code enrolled; NULL = this one
ALTER TABLE install ADD COLUMN since BIGINT;  -- when that was; NULL = when this one was enrolled

WITH RECURSIVE up (id, root, since) AS (
    SELECT id, id, enrolled FROM install WHERE renewed_from IS NULL
    UNION ALL SELECT i.id, up.root, up.since FROM install i JOIN up ON i.renewed_from = up.id
)
UPDATE install SET root = up.root, since = up.since FROM up WHERE up.id = install.id;

CREATE INDEX install_by_root ON install (root, enrolled);

-- What the office took away stays taken away when a restore has lost the install.
CREATE TABLE revocation (
    rep TEXT   NOT NULL,
    at  BIGINT NOT NULL,
    PRIMARY KEY (rep, at)
) STRICT;
INSERT INTO revocation (rep, at) SELECT DISTINCT rep, revoked FROM install WHERE revoked IS NOT NULL;
