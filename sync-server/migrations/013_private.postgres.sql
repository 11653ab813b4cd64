-- An older server kept the time of a fact alone; its date in UTC is near enough.

UPDATE fact_private SET since = (
    SELECT coalesce(
        f.effective,
        to_char(to_timestamp(greatest(f.captured, 0) / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD')
    ) FROM fact f WHERE f.id = fact_private.id
) WHERE value LIKE '%"fixes":%' OR value LIKE '%"owner_code":%';
