-- The journal is append-only: SQLite says no by itself.

CREATE TRIGGER fact_no_update BEFORE UPDATE ON fact
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

CREATE TRIGGER fact_no_delete BEFORE DELETE ON fact
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

CREATE TRIGGER pushed_no_update BEFORE UPDATE ON pushed
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

CREATE TRIGGER pushed_no_delete BEFORE DELETE ON pushed
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

CREATE TRIGGER quarantine_no_update BEFORE UPDATE ON quarantine
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

CREATE TRIGGER quarantine_no_delete BEFORE DELETE ON quarantine
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

CREATE TRIGGER delivery_result_no_update BEFORE UPDATE ON delivery_result
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

CREATE TRIGGER delivery_result_no_delete BEFORE DELETE ON delivery_result
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

CREATE TRIGGER sheet_no_change BEFORE UPDATE OF distributor, day, difference, frozen, body, hash ON sheet
BEGIN SELECT RAISE(ABORT, 'a frozen sheet is never changed'); END;

CREATE TRIGGER sheet_no_delete BEFORE DELETE ON sheet
BEGIN SELECT RAISE(ABORT, 'a frozen sheet is never changed'); END;
