-- What was made here is told from what the server wrote before it knew of it, and facts stay 30 days after their answer,
-- whatever the phone's clock said when they were sealed.

ALTER TABLE master_row ADD COLUMN made_by BLOB;   -- the fact that made an own row; NULL = a server's row, or made before this column
ALTER TABLE fact ADD COLUMN answered TEXT;        -- yyyy-mm-dd UTC by the server, when its verdict was heard; NULL = not, or before this column
