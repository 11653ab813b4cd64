-- The server's database. Ids are 16 bytes, times are milliseconds since 1970 UTC, dates are yyyy-mm-dd, flags are 0/1,
-- documents are JSON. Facts are never changed; everything else can be derived from facts and master data.

CREATE TABLE server_setting (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE account (
    login    TEXT   NOT NULL PRIMARY KEY,
    role     TEXT   NOT NULL,                 -- office, supervisor, distributor
    subject  TEXT   NOT NULL,                 -- rep or distributor number; '' for the office
    password TEXT   NOT NULL,                 -- argon2, never the word itself
    created  BIGINT NOT NULL
) STRICT;

CREATE TABLE session (
    token_hash BYTEA  NOT NULL PRIMARY KEY,   -- SHA-256
    login      TEXT   NOT NULL,
    expires    BIGINT NOT NULL
) STRICT;

CREATE TABLE enrol_code (
    code_hash  BYTEA  NOT NULL PRIMARY KEY,   -- SHA-256
    rep        TEXT   NOT NULL,
    expires    BIGINT NOT NULL,
    used_by    BYTEA                          -- the install; NULL = unused
) STRICT;

CREATE TABLE install (
    id           BYTEA  NOT NULL PRIMARY KEY,
    rep          TEXT   NOT NULL,
    token_hash   BYTEA  NOT NULL,
    public_key   TEXT   NOT NULL,
    enrolled     BIGINT NOT NULL,
    acked_dseq   BIGINT NOT NULL DEFAULT 0,
    last_dseq    BIGINT NOT NULL DEFAULT 0,   -- as the phone says; drained when acked_dseq has reached it
    last_contact BIGINT NOT NULL DEFAULT 0,
    revoked      BIGINT                       -- since when
) STRICT;

CREATE TABLE fact (
    id       BYTEA  NOT NULL PRIMARY KEY,
    install  BYTEA  NOT NULL,                 -- who sent it first
    rep      TEXT   NOT NULL,
    kind     TEXT   NOT NULL,
    version  BIGINT NOT NULL,
    date     TEXT   NOT NULL,                 -- business date as sealed; the effective one is the projection's
    store    BYTEA,
    captured BIGINT NOT NULL,                 -- effective
    received BIGINT NOT NULL,
    body     TEXT   NOT NULL,                 -- exactly the sealed bytes
    hash     BYTEA  NOT NULL,                 -- SHA-256 of body
    verdict  TEXT   NOT NULL                  -- the first word, repeated on replay
) STRICT;

CREATE INDEX fact_by_store ON fact (store, captured);
CREATE INDEX fact_by_day ON fact (date, rep);

CREATE TABLE fact_private (
    id    BYTEA NOT NULL PRIMARY KEY,
    value TEXT  NOT NULL                      -- contacts, fixes, owner's code: deletable
) STRICT;

CREATE TABLE pushed (
    install BYTEA  NOT NULL,
    dseq    BIGINT NOT NULL,
    id      BYTEA  NOT NULL,
    PRIMARY KEY (install, dseq)
) STRICT;

CREATE TABLE quarantine (
    id       BYTEA  NOT NULL,
    install  BYTEA  NOT NULL,
    hash     BYTEA  NOT NULL,
    reason   TEXT   NOT NULL,
    received BIGINT NOT NULL,
    body     TEXT   NOT NULL,
    PRIMARY KEY (id, hash)
) STRICT;

CREATE TABLE master (
    tbl   TEXT NOT NULL,
    key   TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (tbl, key)
) STRICT;

CREATE TABLE scope (
    name    TEXT   NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL                   -- bumped first by every writer: allocation order = commit order
) STRICT;

CREATE TABLE scope_row (
    scope   TEXT   NOT NULL,
    tbl     TEXT   NOT NULL,
    key     TEXT   NOT NULL,
    version BIGINT NOT NULL,
    value   TEXT,                             -- NULL = deleted
    PRIMARY KEY (scope, tbl, key)
) STRICT;

CREATE INDEX scope_row_by_version ON scope_row (scope, version, tbl, key);

CREATE TABLE visit (
    id        BYTEA  NOT NULL PRIMARY KEY,
    fact      BYTEA  NOT NULL,
    store     BYTEA  NOT NULL,
    rep       TEXT   NOT NULL,
    date      TEXT   NOT NULL,
    check_in  BIGINT NOT NULL,
    check_out BIGINT NOT NULL,
    planned   BIGINT NOT NULL,
    result    TEXT   NOT NULL,                -- complete, partial, failed
    counted   BIGINT NOT NULL,                -- visited = the count was done
    effective BIGINT NOT NULL                 -- at least one confirmed line
) STRICT;

CREATE INDEX visit_by_day ON visit (date, rep);

CREATE TABLE store_order (
    id           BYTEA  NOT NULL PRIMARY KEY,
    store        BYTEA  NOT NULL,
    distributor  TEXT   NOT NULL,
    rep          TEXT   NOT NULL,
    version      BIGINT NOT NULL,             -- of the rep's facts only
    confirmed_on TEXT   NOT NULL,             -- business date of the visit
    promised     TEXT   NOT NULL,             -- day said in the shop
    day          TEXT   NOT NULL,             -- delivery day
    waiting      BIGINT NOT NULL,             -- for the sheet of its day
    late         BIGINT NOT NULL,
    state        TEXT   NOT NULL,             -- JSON OrderState
    flags        TEXT   NOT NULL,             -- JSON list
    body         TEXT   NOT NULL,             -- JSON Order, newest version
    fact         BYTEA  NOT NULL
) STRICT;

CREATE INDEX store_order_by_day ON store_order (distributor, day, waiting);
CREATE INDEX store_order_by_store ON store_order (store, confirmed_on);

CREATE TABLE sheet (
    distributor TEXT   NOT NULL,
    day         TEXT   NOT NULL,
    difference  BIGINT NOT NULL,              -- 0 = the sheet, n = its n-th difference
    frozen      BIGINT NOT NULL,
    body        TEXT   NOT NULL,              -- JSON stops, or changes; never changed
    hash        TEXT   NOT NULL,              -- SHA-256 of body, hexadecimal
    opened      BIGINT,
    accepted    BIGINT,
    accepted_by TEXT,
    PRIMARY KEY (distributor, day, difference)
) STRICT;

CREATE TABLE van_plan (
    distributor TEXT NOT NULL,
    day         TEXT NOT NULL,
    body        TEXT NOT NULL,                -- JSON; changeable, outside the sheet's hash
    PRIMARY KEY (distributor, day)
) STRICT;

CREATE TABLE van_link (
    secret_hash BYTEA  NOT NULL PRIMARY KEY,  -- SHA-256 of at least 128 random bits
    distributor TEXT   NOT NULL,
    day         TEXT   NOT NULL,
    van         BIGINT NOT NULL,              -- from 1
    made        BIGINT NOT NULL,
    reads_until BIGINT NOT NULL,
    takes_until BIGINT NOT NULL
) STRICT;

CREATE TABLE delivery_result (
    id         BYTEA  NOT NULL PRIMARY KEY,   -- the client's
    order_id   BYTEA  NOT NULL,
    version    BIGINT NOT NULL,               -- 1, then the dispatcher's corrections; 0 = differing, not in effect
    made_by    TEXT   NOT NULL,
    reason     TEXT   NOT NULL,               -- of a correction
    at         BIGINT NOT NULL,
    received   BIGINT NOT NULL,
    outcome    TEXT   NOT NULL,
    body       TEXT   NOT NULL                -- JSON DeliveryResult
) STRICT;

CREATE INDEX delivery_result_by_order ON delivery_result (order_id, version);

CREATE TABLE code_try (
    order_id BYTEA  NOT NULL PRIMARY KEY,
    wrong    BIGINT NOT NULL
) STRICT;

CREATE TABLE late_order (
    order_id    BYTEA  NOT NULL PRIMARY KEY,
    distributor TEXT   NOT NULL,
    promised    TEXT   NOT NULL,
    went        TEXT   NOT NULL,              -- sheet number or day
    cause       TEXT   NOT NULL,
    at          BIGINT NOT NULL
) STRICT;

CREATE TABLE promo_use (
    order_id BYTEA  NOT NULL,
    promo    TEXT   NOT NULL,
    store    BYTEA  NOT NULL,
    period   TEXT   NOT NULL,
    times    BIGINT NOT NULL,
    units    BIGINT NOT NULL,
    PRIMARY KEY (order_id, promo)
) STRICT;

CREATE INDEX promo_use_by_store ON promo_use (store, promo, period);
