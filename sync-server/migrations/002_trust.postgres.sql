-- The journal is append-only: PostgreSQL says no by itself.

CREATE FUNCTION journal_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the journal is append-only';
END $$;

CREATE TRIGGER fact_append_only BEFORE UPDATE OR DELETE ON fact
FOR EACH ROW EXECUTE FUNCTION journal_is_append_only();

CREATE TRIGGER pushed_append_only BEFORE UPDATE OR DELETE ON pushed
FOR EACH ROW EXECUTE FUNCTION journal_is_append_only();

CREATE TRIGGER quarantine_append_only BEFORE UPDATE OR DELETE ON quarantine
FOR EACH ROW EXECUTE FUNCTION journal_is_append_only();

CREATE TRIGGER delivery_result_append_only BEFORE UPDATE OR DELETE ON delivery_result
FOR EACH ROW EXECUTE FUNCTION journal_is_append_only();

CREATE TRIGGER sheet_append_only BEFORE DELETE OR UPDATE OF distributor, day, difference, frozen, body, hash ON sheet
FOR EACH ROW EXECUTE FUNCTION journal_is_append_only();
