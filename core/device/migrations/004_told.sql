-- What the server said of a fact before it was restored, so that it can be said again where an order went.

ALTER TABLE fact ADD COLUMN told TEXT;   -- JSON, the verdict of an earlier epoch; NULL = there was none
