-- A phone goes from one rep to another (3-sync 3.1: one install = one rep), and days that are to be listed survive a cut.

ALTER TABLE fact ADD COLUMN left_by TEXT;                          -- the rep who left it here; NULL = the rep whose phone this is
ALTER TABLE fact ADD COLUMN journaled INTEGER NOT NULL DEFAULT 0;  -- 1 = it was not on the server and is in an exported journal
ALTER TABLE fact ADD COLUMN listed INTEGER NOT NULL DEFAULT 0;     -- 1 = a closing whose day was listed to the server

CREATE INDEX fact_closing ON fact (business_date, n) WHERE kind = 'day_closed';
