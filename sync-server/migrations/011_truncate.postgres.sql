-- A TRUNCATE fires no trigger of rows.
CREATE TRIGGER fact_keeps_all BEFORE TRUNCATE ON fact FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();
CREATE TRIGGER pushed_keeps_all BEFORE TRUNCATE ON pushed FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();
CREATE TRIGGER quarantine_keeps_all BEFORE TRUNCATE ON quarantine FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();
CREATE TRIGGER delivery_result_keeps_all BEFORE TRUNCATE ON delivery_result FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();
CREATE TRIGGER sheet_keeps_all BEFORE TRUNCATE ON sheet FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();
CREATE TRIGGER slip_keeps_all BEFORE TRUNCATE ON slip FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();
CREATE TRIGGER slip_order_keeps_all BEFORE TRUNCATE ON slip_order FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();
CREATE TRIGGER held_decision_keeps_all BEFORE TRUNCATE ON held_decision FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();
