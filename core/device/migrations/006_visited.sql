-- The store that the rep is in, as it was at check-in: it may leave this phone's territory before the visit has ended.
ALTER TABLE open_visit ADD COLUMN shop TEXT;
UPDATE open_visit SET shop = (
    SELECT value FROM master_row WHERE tbl = 'store' AND key = lower(
        substr(hex(open_visit.store), 1, 8) || '-' || substr(hex(open_visit.store), 9, 4) || '-' ||
        substr(hex(open_visit.store), 13, 4) || '-' || substr(hex(open_visit.store), 17, 4) || '-' ||
        substr(hex(open_visit.store), 21)) LIMIT 1);

-- The owner's noes are in the store's ledger since then.
DELETE FROM master_row WHERE tbl = 'declined' AND scope = 'own';
