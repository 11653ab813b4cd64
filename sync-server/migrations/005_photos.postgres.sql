-- Photos of the visits that are here already. A text with \u0000 in it is no jsonb: such a visit shows no photos.

INSERT INTO visit_photo (fact, sha256)
SELECT DISTINCT v.fact, named #>> '{}' FROM visit v JOIN fact f ON f.id = v.fact,
LATERAL jsonb_path_query(
    (CASE WHEN strpos(f.body, '\u0000') > 0 THEN '{}' ELSE f.body END)::jsonb,
    '$.**.sha256 ? (@.type() == "string")'
) named;
