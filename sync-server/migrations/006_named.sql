-- Which photos a visit names stands in its fact: rows of it cost ingest a quarter of its pace.

DROP TABLE visit_photo;
