-- golden.sql: a small database with odd values in it, cell by cell in the forms
-- that a restore stores; for sql/schema.sql. golden.json beside it is its backup,
-- to the byte but for exportedAt. Both are written by hand.

INSERT INTO asset_types (id, code, label, "group") VALUES
    ('', 'EMPTY_KEY', '', 'OTHER'),
    ('at_cash', 'CASH', 'Cash', 'FINANCIAL'),
    ('at_gold', 'GOLD', 'Gold "999.9"', 'PHYSICAL_COLLECTIONS'),
    ('𝒳', 'DEBT', 'Dette d''été \ dépôt/prêt', 'LIABILITIES');

-- The parents have later rowids than their children; one is its own parent, and two are each other's.
INSERT INTO categories (id, name, parent_id) VALUES
    ('c3', 'grandchild', 'c2'),
    ('c2', 'child', 'c1'),
    ('c1', 'parent', NULL),
    ('own', 'own parent', 'own'),
    ('x', 'one of two', 'y'),
    ('y', 'the other', 'x');

INSERT INTO tags (id, name) VALUES
    ('controls', 'bell' || char(7) || ', tab' || char(9) || ', line' || char(10) || 'end' || char(13, 10) || ', escape' || char(27)),
    ('delete', 'del' || char(127) || ' and next line' || char(133)),
    ('emoji', '👩‍👩‍👧‍👦 🏖️ – 時計'),
    ('nul', 'a' || char(0) || 'b' || char(0)),
    ('number', '007'),
    ('separators', 'line' || char(8232) || 'paragraph' || char(8233) || 'mark' || char(65279));

INSERT INTO assets (id, name, quantity, disposed, asset_type_id, created_at, updated_at) VALUES
    ('A', 'capital first', NULL, 0, 'at_cash', '1969-12-31T23:59:59.999+00:00', '2024-02-29T12:34:56.789+00:00'),
    ('a', 'a satoshi', 0.00000001, 1, 'at_gold', '0000-01-01T00:00:00.000+00:00', '9999-12-31T23:59:59.999+00:00'),
    ('b', 'the largest integer', 9223372036854775807, 0, '', '+010000-01-01T00:00:00.000+00:00', '-000001-12-31T23:59:59.999+00:00'),
    ('c', 'beyond it', 1e19, 0, '𝒳', '2025-01-15T09:42:11.123456789+00:00', '2025-01-15T09:42:11.100+00:00'),
    ('é', 'nothing', 0, 0, 'at_cash', '1970-01-01T00:00:00.000+00:00', '1970-01-01T00:00:00.000+00:00');

INSERT INTO asset_snapshots (id, asset_id, value, currency, observed_at, created_at) VALUES
    ('s1', 'a', 250, 'EUR', '2025-01-15T00:00:00.000+00:00', '2025-01-15T00:00:00.000+00:00'),
    ('s10', 'a', 0.1, NULL, '2025-01-15T00:00:00.000+00:00', '2025-01-15T00:00:00.001+00:00'),
    ('s2', 'b', -0.125, '', '2025-01-16T00:00:00.000+00:00', '2025-01-15T00:00:00.000+00:00'),
    ('s3', 'b', 123456789012.12346, 'EUR', '2025-01-16T00:00:00.000+00:00', '2025-01-15T00:00:00.000+00:00');

INSERT INTO portfolio_snapshots (id, value, currency, notes, observed_at, created_at) VALUES
    ('p1', -9223372036854775808, 'EUR', NULL, '2025-01-15T00:00:00.000+00:00', '2025-01-15T00:00:00.000+00:00'),
    ('p2', 7.922816251426434e28, 'JPY', '', '2025-01-16T00:00:00.000+00:00', '2025-01-15T00:00:00.000+00:00'),
    ('p3', 0.30000000000000004, 'EUR', '{"not":"json"}', '2025-01-17T00:00:00.000+00:00', '2025-01-15T00:00:00.000+00:00');

INSERT INTO transactions (id, asset_id, type, unit_price, quantity, currency, occurred_at, created_at) VALUES
    ('1', 'a', 'ACQUIRE', 19.99, 1.5, 'EUR', '2025-01-15T00:00:00.000+00:00', '2025-01-15T00:00:00.000+00:00'),
    ('10', 'a', 'DISPOSE', 9007199254740993, -1, 'EUR', '2025-01-15T00:00:00.000+00:00', '2025-01-15T00:00:00.000+00:00'),
    ('2', 'é', 'ADJUST', 1e-10, 0, 'EUR', '2025-01-15T00:00:00.000+00:00', '2025-01-15T00:00:00.000+00:00');

INSERT INTO asset_categories (asset_id, category_id) VALUES ('a', 'own'), ('A', 'x'), ('a', 'c3');

-- asset_tags stays empty.
