-- Photos of the visits that are here already.

INSERT INTO visit_photo (fact, sha256)
SELECT DISTINCT v.fact, named.value FROM visit v JOIN fact f ON f.id = v.fact, json_tree(f.body) named
WHERE named.key = 'sha256' AND named.type = 'text';
