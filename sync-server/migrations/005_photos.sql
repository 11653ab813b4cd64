-- Photos: which are here, who has sent them, which visits name them. Their bytes lie in a folder or a bucket, whole and
-- checked before any of these rows is written. Why rows and not marks beside the bytes: a flag, a counter and a quota are
-- questions to tables, and a bucket answers lists slowly; after a restore the shelf itself says what lies there.

CREATE TABLE photo (
    sha256  TEXT   NOT NULL PRIMARY KEY,      -- hexadecimal, also its name on the shelf
    bytes   BIGINT NOT NULL,
    stored  BIGINT NOT NULL,                  -- when it came, or came again: its life begins
    found   BIGINT NOT NULL DEFAULT 0,        -- 1 = it lay on the shelf and nobody knew who had sent it
    removed BIGINT                            -- since when its life is over and its bytes are gone
) STRICT;

CREATE INDEX photo_by_age ON photo (stored) WHERE removed IS NULL;

CREATE TABLE photo_sent (
    sha256  TEXT   NOT NULL,
    install BYTEA  NOT NULL,
    phone   BYTEA  NOT NULL,                  -- the first of its installs: a renewed one is the same phone
    rep     TEXT   NOT NULL,
    bytes   BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    PRIMARY KEY (sha256, install)
) STRICT;

CREATE INDEX photo_sent_by_phone ON photo_sent (phone, at);

CREATE TABLE visit_photo (
    fact    BYTEA NOT NULL,                   -- of a visit that took effect
    sha256  TEXT  NOT NULL,
    PRIMARY KEY (fact, sha256)
) STRICT;
