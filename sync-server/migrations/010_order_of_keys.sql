-- The contacts of stores that reps had opened were told to phones and kept nowhere else.
INSERT INTO master (tbl, key, value)
SELECT 'contact_told', key, '{"contact":' || min(value) || ',"at":0}' FROM scope_row
WHERE tbl = 'contact' AND value IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM master m WHERE m.key = scope_row.key AND m.tbl IN ('contact', 'contact_told'))
GROUP BY key;
