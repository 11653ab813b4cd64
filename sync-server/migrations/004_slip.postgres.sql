ALTER TABLE store_order ALTER COLUMN fact DROP NOT NULL;

CREATE TRIGGER slip_append_only BEFORE UPDATE OR DELETE ON slip
FOR EACH ROW EXECUTE FUNCTION journal_is_append_only();

CREATE TRIGGER slip_order_append_only BEFORE UPDATE OR DELETE ON slip_order
FOR EACH ROW EXECUTE FUNCTION journal_is_append_only();
