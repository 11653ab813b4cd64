
CREATE TRIGGER held_decision_no_update BEFORE UPDATE ON held_decision
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

CREATE TRIGGER held_decision_no_delete BEFORE DELETE ON held_decision
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
