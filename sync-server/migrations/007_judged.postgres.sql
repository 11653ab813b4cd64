
CREATE TRIGGER held_decision_append_only BEFORE UPDATE OR DELETE ON held_decision
FOR EACH ROW EXECUTE FUNCTION journal_is_append_only();
