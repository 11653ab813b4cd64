-- An older server kept the time of a fact alone; its date in UTC is near enough.

UPDATE fact_private SET since = (
    SELECT coalesce(f.effective, date(max(f.captured, 0) / 1000, 'unixepoch')) FROM fact f WHERE f.id = fact_private.id
) WHERE value LIKE '%"fixes":%' OR value LIKE '%"owner_code":%';
