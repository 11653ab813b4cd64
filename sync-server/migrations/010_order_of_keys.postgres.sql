-- Pages and ranges go by the bytes of keys, whatever the locale of the database.
ALTER TABLE scope_row
    ALTER COLUMN scope TYPE TEXT COLLATE "C",
    ALTER COLUMN tbl TYPE TEXT COLLATE "C",
    ALTER COLUMN key TYPE TEXT COLLATE "C";
ALTER TABLE master
    ALTER COLUMN tbl TYPE TEXT COLLATE "C",
    ALTER COLUMN key TYPE TEXT COLLATE "C";
