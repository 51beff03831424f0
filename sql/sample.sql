-- sample.sql: a small, made-up portfolio, to try things out with.
--
--     sqlite3 new.db < sql/schema.sql
--     sqlite3 -bail new.db < sql/sample.sql
--
-- For an empty database; with -bail, a database that has these rows already is left alone.
-- Twelve assets, valued at the end of each quarter of 2024 (the car was sold before the
-- last), and their totals. Beside ordinary values there are some that are easy to get wrong:
-- a single satoshi, a hundred trillion, an overdrawn account, an unknown quantity, quotes,
-- accents, emoji, a line break, and categories whose parents have later ids. The app stores
-- a debt as a positive value and subtracts it, by its group LIABILITIES. Timestamps have the
-- form that the app stores.

BEGIN;

INSERT INTO asset_types (id, code, label, "group") VALUES
    ('at_checking', 'CHECKING_ACCOUNT', 'Current account', 'FINANCIAL'),
    ('at_savings', 'SAVINGS_ACCOUNT', 'Savings', 'FINANCIAL'),
    ('at_cash', 'CASH', 'Cash at hand', 'FINANCIAL'),
    ('at_estate', 'REAL_ESTATE', 'House and land', 'REAL_ESTATE'),
    ('at_stocks', 'STOCKS', 'Shares and funds', 'FINANCIAL'),
    ('at_crypto', 'CRYPTO', 'Crypto ₿', 'FINANCIAL'),
    ('at_bonds', 'BONDS', 'Bonds', 'FINANCIAL'),
    ('at_property', 'PERSONAL_PROPERTY', 'Belongings', 'PERSONAL_PROPERTY'),
    ('at_vehicle', 'VEHICLE', 'Car, bike, boat', 'PERSONAL_PROPERTY'),
    ('at_loan', 'LOAN', 'Loan', 'LIABILITIES'),
    ('at_collect', 'COLLECTIBLES', 'Collector''s items', 'PHYSICAL_COLLECTIONS'),
    ('at_business', 'BUSINESS', 'Share in a business', 'OTHER'),
    ('at_other', 'OTHER', 'Anything else', 'OTHER');

INSERT INTO categories (id, name, parent_id) VALUES
    ('c_wealth', 'Wealth', NULL),
    ('c_invest', 'Investments', 'c_wealth'),
    ('c_funds', 'Funds & ETFs', 'c_invest'),
    ('c_home', 'Home 🏠', NULL),
    ('c_debt', 'Debts', 'c_home');

INSERT INTO tags (id, name) VALUES
    ('t_long', 'long-term'),
    ('t_insured', 'insured'),
    ('t_dream', '🏖️ rêve d''été');

INSERT INTO assets (id, name, quantity, disposed, asset_type_id, created_at, updated_at) VALUES
    ('a_account', 'Compte courant – Crédit Agricole', 1, 0, 'at_checking', '2023-01-08T17:04:11.208+00:00', '2024-12-31T18:30:02.117+00:00'),
    ('a_livret', 'Livret A', 1, 0, 'at_savings', '2023-01-08T17:05:40.031+00:00', '2024-12-31T18:30:41.660+00:00'),
    ('a_wallet', 'Wallet', NULL, 0, 'at_cash', '2023-01-08T17:06:02.500+00:00', '2024-12-31T18:31:09.004+00:00'),
    ('a_flat', 'Flat "Les Tilleuls", 3ᵉ étage', 1, 0, 'at_estate', '2023-01-08T17:11:56.742+00:00', '2024-12-31T18:33:20.951+00:00'),
    ('a_world', 'MSCI World ETF', 120.5, 0, 'at_stocks', '2023-01-08T17:15:27.090+00:00', '2024-12-31T18:34:00.000+00:00'),
    ('a_bitcoin', 'Bitcoin', 0.35000001, 0, 'at_crypto', '2023-02-11T09:41:33.376+00:00', '2024-12-31T18:35:12.345+00:00'),
    ('a_bond', 'OAT 0,75 % 2028', 5, 0, 'at_bonds', '2023-02-11T09:44:59.999+00:00', '2024-12-31T18:35:50.783+00:00'),
    ('a_watch', 'Grandfather''s watch (精工舎 時計)', 1, 0, 'at_collect', '2023-03-05T20:12:08.415+00:00', '2024-12-31T18:36:31.220+00:00'),
    ('a_note', '100 trillion Zimbabwe dollars, one note', 100000000000000, 0, 'at_collect', '2023-03-05T20:14:47.002+00:00', '2024-12-31T18:36:55.871+00:00'),
    ('a_car', 'Renault Zoé ⚡', 0, 1, 'at_vehicle', '2023-03-05T20:20:19.640+00:00', '2024-11-16T10:02:13.507+00:00'),
    ('a_bakery', 'O''Brien & Söhne Bäckerei, 12.5 %', 0.125, 0, 'at_business', '2023-06-30T07:55:00.128+00:00', '2024-12-31T18:37:40.266+00:00'),
    ('a_mortgage', 'Home loan', NULL, 0, 'at_loan', '2023-01-08T17:20:05.333+00:00', '2024-12-31T18:38:15.914+00:00');

INSERT INTO asset_snapshots (id, asset_id, value, currency, observed_at, created_at) VALUES
    ('s_01', 'a_account', 2310.42, NULL, '2024-03-31T00:00:00.000+00:00', '2024-03-31T18:30:13.137+00:00'),
    ('s_02', 'a_account', -124.10, NULL, '2024-06-30T00:00:00.000+00:00', '2024-06-30T18:30:26.274+00:00'),
    ('s_03', 'a_account', 2604.17, 'EUR', '2024-09-30T00:00:00.000+00:00', '2024-09-30T18:30:39.411+00:00'),
    ('s_04', 'a_account', 2988.03, 'EUR', '2024-12-31T00:00:00.000+00:00', '2024-12-31T18:30:52.548+00:00'),
    ('s_05', 'a_livret', 21480, NULL, '2024-03-31T00:00:00.000+00:00', '2024-03-31T18:30:05.685+00:00'),
    ('s_06', 'a_livret', 23960, NULL, '2024-06-30T00:00:00.000+00:00', '2024-06-30T18:30:18.822+00:00'),
    ('s_07', 'a_livret', 22440, 'EUR', '2024-09-30T00:00:00.000+00:00', '2024-09-30T18:30:31.959+00:00'),
    ('s_08', 'a_livret', 22950, 'EUR', '2024-12-31T00:00:00.000+00:00', '2024-12-31T18:31:44.096+00:00'),
    ('s_09', 'a_wallet', 61.50, NULL, '2024-03-31T00:00:00.000+00:00', '2024-03-31T18:31:57.233+00:00'),
    ('s_10', 'a_wallet', 40, NULL, '2024-06-30T00:00:00.000+00:00', '2024-06-30T18:31:10.370+00:00'),
    ('s_11', 'a_wallet', 1.50, 'EUR', '2024-09-30T00:00:00.000+00:00', '2024-09-30T18:31:23.507+00:00'),
    ('s_12', 'a_wallet', 85.20, 'EUR', '2024-12-31T00:00:00.000+00:00', '2024-12-31T18:31:36.644+00:00'),
    ('s_13', 'a_flat', 385000, NULL, '2024-03-31T00:00:00.000+00:00', '2024-03-31T18:31:49.781+00:00'),
    ('s_14', 'a_flat', 387500, NULL, '2024-06-30T00:00:00.000+00:00', '2024-06-30T18:31:02.918+00:00'),
    ('s_15', 'a_flat', 389000, 'EUR', '2024-09-30T00:00:00.000+00:00', '2024-09-30T18:31:15.055+00:00'),
    ('s_16', 'a_flat', 392000, 'EUR', '2024-12-31T00:00:00.000+00:00', '2024-12-31T18:32:28.192+00:00'),
    ('s_17', 'a_world', 11206.50, NULL, '2024-03-31T00:00:00.000+00:00', '2024-03-31T18:32:41.329+00:00'),
    ('s_18', 'a_world', 11688.50, NULL, '2024-06-30T00:00:00.000+00:00', '2024-06-30T18:32:54.466+00:00'),
    ('s_19', 'a_world', 11929.50, 'EUR', '2024-09-30T00:00:00.000+00:00', '2024-09-30T18:32:07.603+00:00'),
    ('s_20', 'a_world', 12893.50, 'EUR', '2024-12-31T00:00:00.000+00:00', '2024-12-31T18:32:20.740+00:00'),
    ('s_21', 'a_bitcoin', 22995.001, NULL, '2024-03-31T00:00:00.000+00:00', '2024-03-31T18:32:33.877+00:00'),
    ('s_22', 'a_bitcoin', 20475.01, NULL, '2024-06-30T00:00:00.000+00:00', '2024-06-30T18:32:46.014+00:00'),
    ('s_23', 'a_bitcoin', 19880.33, 'EUR', '2024-09-30T00:00:00.000+00:00', '2024-09-30T18:32:59.151+00:00'),
    ('s_24', 'a_bitcoin', 31920.125, 'EUR', '2024-12-31T00:00:00.000+00:00', '2024-12-31T18:33:12.288+00:00'),
    ('s_25', 'a_bond', 4710.25, NULL, '2024-03-31T00:00:00.000+00:00', '2024-03-31T18:33:25.425+00:00'),
    ('s_26', 'a_bond', 4689.10, NULL, '2024-06-30T00:00:00.000+00:00', '2024-06-30T18:33:38.562+00:00'),
    ('s_27', 'a_bond', 4781.75, 'EUR', '2024-09-30T00:00:00.000+00:00', '2024-09-30T18:33:51.699+00:00'),
    ('s_28', 'a_bond', 4790.05, 'EUR', '2024-12-31T00:00:00.000+00:00', '2024-12-31T18:33:04.836+00:00'),
    ('s_29', 'a_watch', 900, NULL, '2024-03-31T00:00:00.000+00:00', '2024-03-31T18:33:17.973+00:00'),
    ('s_30', 'a_watch', 900, NULL, '2024-06-30T00:00:00.000+00:00', '2024-06-30T18:33:30.110+00:00'),
    ('s_31', 'a_watch', 950, 'EUR', '2024-09-30T00:00:00.000+00:00', '2024-09-30T18:33:43.247+00:00'),
    ('s_32', 'a_watch', 950, 'EUR', '2024-12-31T00:00:00.000+00:00', '2024-12-31T18:34:56.384+00:00'),
    ('s_33', 'a_note', 80, NULL, '2024-03-31T00:00:00.000+00:00', '2024-03-31T18:34:09.521+00:00'),
    ('s_34', 'a_note', 85, NULL, '2024-06-30T00:00:00.000+00:00', '2024-06-30T18:34:22.658+00:00'),
    ('s_35', 'a_note', 90, 'EUR', '2024-09-30T00:00:00.000+00:00', '2024-09-30T18:34:35.795+00:00'),
    ('s_36', 'a_note', 95, 'EUR', '2024-12-31T00:00:00.000+00:00', '2024-12-31T18:34:48.932+00:00'),
    ('s_37', 'a_car', 9400, NULL, '2024-03-31T00:00:00.000+00:00', '2024-03-31T18:34:01.069+00:00'),
    ('s_38', 'a_car', 8900, NULL, '2024-06-30T00:00:00.000+00:00', '2024-06-30T18:34:14.206+00:00'),
    ('s_39', 'a_car', 8400, 'EUR', '2024-09-30T00:00:00.000+00:00', '2024-09-30T18:34:27.343+00:00'),
    ('s_40', 'a_bakery', 15000, NULL, '2024-03-31T00:00:00.000+00:00', '2024-03-31T18:35:40.480+00:00'),
    ('s_41', 'a_bakery', 15000, NULL, '2024-06-30T00:00:00.000+00:00', '2024-06-30T18:35:53.617+00:00'),
    ('s_42', 'a_bakery', 16250, 'EUR', '2024-09-30T00:00:00.000+00:00', '2024-09-30T18:35:06.754+00:00'),
    ('s_43', 'a_bakery', 16250, 'EUR', '2024-12-31T00:00:00.000+00:00', '2024-12-31T18:35:19.891+00:00'),
    ('s_44', 'a_mortgage', 181250.75, NULL, '2024-03-31T00:00:00.000+00:00', '2024-03-31T18:35:32.028+00:00'),
    ('s_45', 'a_mortgage', 179410.20, NULL, '2024-06-30T00:00:00.000+00:00', '2024-06-30T18:35:45.165+00:00'),
    ('s_46', 'a_mortgage', 177560.08, 'EUR', '2024-09-30T00:00:00.000+00:00', '2024-09-30T18:35:58.302+00:00'),
    ('s_47', 'a_mortgage', 175700.36, 'EUR', '2024-12-31T00:00:00.000+00:00', '2024-12-31T18:35:11.439+00:00');

INSERT INTO portfolio_snapshots (id, value, currency, notes, observed_at, created_at) VALUES
    ('p_1', 251340, 'EUR', NULL, '2023-03-31T00:00:00.000+00:00', '2023-03-31T19:00:00.000+00:00'),
    ('p_2', 255118.40, 'EUR', 'Bakery bought 🥐', '2023-06-30T00:00:00.000+00:00', '2023-06-30T19:01:07.111+00:00'),
    ('p_3', 258007.95, 'EUR', NULL, '2023-09-30T00:00:00.000+00:00', '2023-09-30T19:02:14.222+00:00'),
    ('p_4', 266420.10, 'EUR', 'Year end.' || char(10) || 'The flat is worth what "Maître Lefèvre" says it is.', '2023-12-31T00:00:00.000+00:00', '2023-12-31T19:03:21.333+00:00'),
    ('p_5', 291892.921, 'EUR', NULL, '2024-03-31T00:00:00.000+00:00', '2024-03-31T19:04:28.444+00:00'),
    ('p_6', 293703.31, 'EUR', NULL, '2024-06-30T00:00:00.000+00:00', '2024-06-30T19:05:35.555+00:00'),
    ('p_7', 298767.17, 'EUR', 'Rates fell; bonds didn''t.', '2024-09-30T00:00:00.000+00:00', '2024-09-30T19:06:42.666+00:00'),
    ('p_8', 309221.545, 'EUR', 'Car sold.' || char(10) || '– to do: invest the money', '2024-12-31T00:00:00.000+00:00', '2024-12-31T19:07:49.777+00:00');

INSERT INTO transactions (id, asset_id, type, unit_price, quantity, currency, occurred_at, created_at) VALUES
    ('x_1', 'a_flat', 'ACQUIRE', 372000, 1, 'EUR', '2016-02-29T00:00:00.000+00:00', '2023-01-08T17:12:30.815+00:00'),
    ('x_2', 'a_world', 'ACQUIRE', 71.50, 120.5, 'EUR', '2023-01-09T08:00:00.250+00:00', '2023-01-09T18:20:44.190+00:00'),
    ('x_3', 'a_bitcoin', 'ACQUIRE', 23174.60, 0.35, 'USD', '2023-02-10T22:59:59.999+00:00', '2023-02-11T09:42:10.005+00:00'),
    ('x_4', 'a_bitcoin', 'ADJUST', 0.00023, 0.00000001, 'USD', '2023-05-01T12:34:56.789+00:00', '2023-05-01T12:35:20.400+00:00'),
    ('x_5', 'a_car', 'DISPOSE', 7850, 1, 'EUR', '2024-11-15T00:00:00.000+00:00', '2024-11-16T10:02:13.499+00:00'),
    ('x_6', 'a_mortgage', 'ADJUST', 175700.36, 1, 'EUR', '2024-12-31T00:00:00.000+00:00', '2024-12-31T18:38:15.900+00:00');

INSERT INTO asset_categories (asset_id, category_id) VALUES
    ('a_account', 'c_wealth'),
    ('a_livret', 'c_wealth'),
    ('a_world', 'c_funds'),
    ('a_world', 'c_wealth'),
    ('a_bitcoin', 'c_invest'),
    ('a_bond', 'c_invest'),
    ('a_bakery', 'c_invest'),
    ('a_flat', 'c_home'),
    ('a_mortgage', 'c_debt');

INSERT INTO asset_tags (asset_id, tag_id) VALUES
    ('a_world', 't_long'),
    ('a_flat', 't_insured'),
    ('a_watch', 't_insured'),
    ('a_livret', 't_dream');

COMMIT;
