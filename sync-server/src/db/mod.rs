//! One thin layer over SQLite and PostgreSQL: every SQL text is written once.
