-- Facts that a person, or a newer server, must look at; the row goes when somebody did.

CREATE TABLE held (
    fact BYTEA NOT NULL PRIMARY KEY,
    code TEXT  NOT NULL                       -- unknown_kind, capture_time, revoked_device
) STRICT;

INSERT INTO held SELECT id, 'unknown_kind' FROM fact
    WHERE verdict LIKE '{"verdict":"held","code":"unknown_kind"%' AND id NOT IN (SELECT fact FROM fact_verdict);
INSERT INTO held SELECT id, 'capture_time' FROM fact
    WHERE verdict LIKE '{"verdict":"held","code":"capture_time"%' AND id NOT IN (SELECT fact FROM fact_verdict);
INSERT INTO held SELECT id, 'revoked_device' FROM fact
    WHERE verdict LIKE '{"verdict":"held","code":"revoked_device"%' AND id NOT IN (SELECT fact FROM fact_verdict);
