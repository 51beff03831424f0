-- report.sql: a page to look at, of the open database: what it is worth, over time
-- and now, each asset with its last value, and whether the totals add up.
--
--     sqlite3 strata.db ".load ./build/strata" ".param set :out 'strata.html'" ".read sql/report.sql"
--
-- Writes one HTML file that stands alone: pictures are drawn in it, nothing is fetched,
-- nothing is run. It reads in a light and a dark room, on a phone and on paper. The
-- database is only read, as of one moment. Parameters:
--   :out       the file to write (required). Only you can read it. It replaces an earlier
--              page of this script, never another file
--   :title     the heading ('Net worth')
--   :source    what was read, as the page shall call it (the database's file)
--   :exported  when it was exported, for a backup that was restored to look at it
--   :checked   a sentence about how it was checked
--   :path      a backup to compare the database with; this alone needs the extension's diff
--   :now       the moment at which the page was made, instead of the clock's
--
-- How the totals are recomputed, as the app does: at a moment each asset counts with its
-- last value up to then; of several at one instant, with the row that was stored first.
-- What is in the group LIABILITIES lowers the total by its size, whichever sign it is
-- stored with (the app stores it positive). A disposed asset counts until its DISPOSE
-- transaction, or never if there is none. A value without a currency is in the currency
-- that most portfolio snapshots have. Totals are added up in integers, so that a million
-- values lose no cent.
--
-- Long curves keep the lowest and highest value of each of 240 stretches of time, and long
-- tables say how much of how many they show, so that the page stays small.

.bail on
.mode list
.headers off

-- A name that is misspelt, or lacks its colon, must not mean that the default is taken.
.param init
DROP TABLE IF EXISTS temp.parameter;
CREATE TEMP TABLE parameter(
  name TEXT CONSTRAINT "unknown parameter: they are :out, :title, :source, :exported, :checked, :path and :now, with the colon"
  CHECK (name IN (':out', ':title', ':source', ':exported', ':checked', ':path', ':now')));
INSERT INTO parameter SELECT key FROM temp.sqlite_parameters;

DROP TABLE IF EXISTS temp.request;
CREATE TEMP TABLE request(
  out TEXT CONSTRAINT "name the page to write in :out" CHECK (out IS NOT NULL AND out <> ''),
  free INTEGER CONSTRAINT "the file that :out names is not a page of this script: remove it, or name another" CHECK (free),
  whole INTEGER CONSTRAINT "this is not a Strata database: of its nine tables some are missing (sql/schema.sql creates them)" CHECK (whole),
  written INTEGER CONSTRAINT "the file that :out names cannot be written: does its folder exist?" CHECK (written > 0));
INSERT INTO request(out, free, whole)
SELECT CAST(:out AS TEXT), coalesce(substr(CAST(readfile(:out) AS TEXT), 1, 35), '') IN ('', '<!doctype html><!-- strata report -'),
       (SELECT count(*) = 9 FROM main.sqlite_master WHERE type = 'table' AND name IN ('asset_types', 'categories', 'tags',
               'assets', 'asset_snapshots', 'portfolio_snapshots', 'transactions', 'asset_categories', 'asset_tags'));

SAVEPOINT report;

--
-- The data, in one shape whatever the schema's version: a column that a database lacks is
-- NULL, by way of NATURAL LEFT JOIN (SELECT NULL AS …), which takes the table's own column
-- where there is one.
--

DROP TABLE IF EXISTS temp.home;
CREATE TEMP TABLE home AS
SELECT coalesce((SELECT upper(trim(currency)) FROM main.portfolio_snapshots NATURAL LEFT JOIN (SELECT NULL AS currency)
                  WHERE trim(currency) <> '' GROUP BY 1 ORDER BY count(*) DESC, max(observed_at) DESC LIMIT 1), 'EUR') AS currency;

DROP TABLE IF EXISTS temp.thing;
CREATE TEMP TABLE thing(n INTEGER PRIMARY KEY, id, name TEXT, type TEXT, class TEXT, quantity, disposed INTEGER, gone INTEGER);
INSERT INTO thing(id, name, type, class, quantity, disposed)
SELECT a.id, CAST(a.name AS TEXT), CAST(y.label AS TEXT), coalesce(CAST(y.class AS TEXT), 'OTHER'), a.quantity,
       lower(a.disposed) IN ('1', 'true')
  FROM main.assets AS a
  LEFT JOIN (SELECT id, label, "group" AS class FROM main.asset_types NATURAL LEFT JOIN (SELECT NULL AS "group")) AS y
         ON y.id = a.asset_type_id;
CREATE INDEX temp.thing_id ON thing(id);

-- Every amount at a moment: 'a' of an asset, 'p' of the portfolio, 'd' where an asset was disposed of.
-- An amount is kept as a whole number and hundred-millionths, which add up exactly; from a
-- trillion on as a double. A moment is kept in milliseconds since 1970. Either is NULL if it cannot be read.
DROP TABLE IF EXISTS temp.reading;
CREATE TEMP TABLE reading(
  seq INTEGER PRIMARY KEY, kind TEXT, thing INTEGER, currency TEXT, debt INTEGER, amount, stamp, note TEXT,
  value REAL AS (CASE WHEN typeof(amount) IN ('integer', 'real') OR amount GLOB '*[0-9]*' AND amount NOT GLOB '*[^0-9.eE+-]*'
                      THEN CASE WHEN abs(CAST(amount AS REAL)) > 1.7e308 THEN NULL WHEN debt THEN -abs(CAST(amount AS REAL))
                                ELSE CAST(amount AS REAL) END END) STORED,
  big REAL AS (CASE WHEN abs(value) >= 1e12 THEN value ELSE 0.0 END),
  digits TEXT AS (CASE WHEN abs(value) BETWEEN 1e7 AND 1e12 THEN printf('%.*f', 15 - length(CAST(abs(value) AS INTEGER)), value) END),
  whole INTEGER AS (CASE WHEN abs(value) >= 1e12 THEN 0 ELSE CAST(value AS INTEGER) END) STORED,
  rest INTEGER AS (CASE WHEN abs(value) >= 1e12 THEN 0 WHEN digits IS NULL THEN CAST(round((value - whole) * 1e8) AS INTEGER)
                        ELSE CAST(substr(substr(digits, instr(digits, '.') + 1) || '00000000', 1, 8) AS INTEGER) * CASE WHEN value < 0 THEN -1 ELSE 1 END END) STORED,
  iso TEXT AS (CASE WHEN typeof(stamp) <> 'text' THEN NULL WHEN stamp GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*' THEN stamp
                    WHEN stamp GLOB '[+-][0-9][0-9][0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*'
                    THEN 2000 + (CAST(substr(stamp, 1, 7) AS INTEGER) % 400 + 400) % 400 || substr(stamp, 8) END),
  cycles INTEGER AS (CASE WHEN iso = stamp THEN 0 ELSE (CAST(substr(stamp, 1, 7) AS INTEGER) - CAST(substr(iso, 1, 4) AS INTEGER)) / 400 END),
  day REAL AS (coalesce(julianday(iso), julianday(upper(iso)), julianday(substr(upper(iso), 1, length(iso) - 2) || ':' || substr(iso, -2)))),
  t INTEGER AS (CASE WHEN typeof(stamp) IN ('integer', 'real') AND abs(stamp) <= 8.64e15 THEN CAST(stamp AS INTEGER)
                     ELSE CAST(round((day - 2440587.5) * 86400000.0) AS INTEGER) + cycles * 146097 * 86400000 END) STORED);

INSERT INTO reading(kind, currency, amount, stamp, note)
SELECT 'p', upper(coalesce(nullif(trim(currency), ''), (SELECT currency FROM home))), value, observed_at, CAST(nullif(notes, '') AS TEXT)
  FROM main.portfolio_snapshots NATURAL LEFT JOIN (SELECT NULL AS currency, NULL AS notes);
INSERT INTO reading(kind, thing, stamp)
SELECT 'd', thing.n, x.occurred_at FROM main.transactions AS x JOIN thing ON thing.id = x.asset_id WHERE x.type = 'DISPOSE' AND thing.disposed;
UPDATE thing SET gone = (SELECT min(t) FROM reading WHERE kind = 'd' AND thing = thing.n) WHERE disposed;
INSERT INTO reading(kind, thing, currency, debt, amount, stamp)
SELECT 'a', t.n, upper(coalesce(nullif(trim(s.currency), ''), home.currency)), t.class = 'LIABILITIES', s.value, s.observed_at
  FROM (SELECT asset_id, value, observed_at, currency FROM main.asset_snapshots NATURAL LEFT JOIN (SELECT NULL AS currency)) AS s
  JOIN home LEFT JOIN thing AS t ON t.id = s.asset_id;

-- The values of each asset, oldest first: the row before is the value before.
DROP TABLE IF EXISTS temp.step;
CREATE TEMP TABLE step(id INTEGER PRIMARY KEY, thing INTEGER, t INTEGER, currency TEXT, value REAL, whole INTEGER, rest INTEGER, big REAL, below INTEGER);
INSERT INTO step(thing, t, currency, value, whole, rest, big, below)
SELECT thing, t, currency, value, whole, rest, big, debt AND CAST(amount AS REAL) < 0 FROM reading
 WHERE kind = 'a' AND thing IS NOT NULL AND t IS NOT NULL AND value IS NOT NULL ORDER BY thing, t, seq DESC;
DROP TABLE IF EXISTS temp.course;
CREATE TEMP TABLE course(thing INTEGER PRIMARY KEY, first INTEGER, last INTEGER, counted INTEGER);  -- ids in step; the last that counts
INSERT INTO course
SELECT step.thing, min(step.id), max(step.id), max(CASE WHEN NOT thing.disposed OR t < gone THEN step.id END)
  FROM step CROSS JOIN thing ON thing.n = step.thing GROUP BY step.thing;

-- What the assets add up to from each moment on; kept: without those that are disposed of by now.
DROP TABLE IF EXISTS temp.total;
CREATE TEMP TABLE total(currency TEXT, t INTEGER, whole INTEGER, rest INTEGER, big REAL, kept_whole INTEGER, kept_rest INTEGER, kept_big REAL,
                        PRIMARY KEY (currency, t)) WITHOUT ROWID;
INSERT INTO total
SELECT currency, t, sum(whole) OVER past, sum(rest) OVER past, sum(big) OVER past,
       sum(kept_whole) OVER past, sum(kept_rest) OVER past, sum(kept_big) OVER past
  FROM (SELECT currency, t, sum(whole) AS whole, sum(rest) AS rest, sum(big) AS big, sum(whole * kept) AS kept_whole,
               sum(rest * kept) AS kept_rest, sum(big * kept) AS kept_big
          FROM (SELECT s.currency, s.t, NOT thing.disposed AS kept,                       -- a value comes, in the place of the one before
                       s.whole - CASE WHEN p.currency = s.currency THEN p.whole ELSE 0 END AS whole,
                       s.rest - CASE WHEN p.currency = s.currency THEN p.rest ELSE 0 END AS rest,
                       s.big - CASE WHEN p.currency = s.currency THEN p.big ELSE 0 END AS big
                  FROM step AS s CROSS JOIN course ON course.thing = s.thing CROSS JOIN thing ON thing.n = s.thing
                  LEFT JOIN step AS p ON p.id = s.id - 1 AND p.thing = s.thing
                 WHERE s.id <= course.counted
                UNION ALL                                                                 -- which was in another currency
                SELECT p.currency, s.t, NOT thing.disposed, -p.whole, -p.rest, -p.big
                  FROM step AS s CROSS JOIN course ON course.thing = s.thing CROSS JOIN thing ON thing.n = s.thing
                  JOIN step AS p ON p.id = s.id - 1 AND p.thing = s.thing AND p.currency <> s.currency
                 WHERE s.id <= course.counted
                UNION ALL                                                                 -- an asset goes
                SELECT s.currency, thing.gone, 0, -s.whole, -s.rest, -s.big
                  FROM thing JOIN course ON course.thing = thing.n JOIN step AS s ON s.id = course.counted WHERE thing.gone IS NOT NULL)
         GROUP BY currency, t)
WINDOW past AS (PARTITION BY currency ORDER BY t);

-- The portfolio snapshots, and what the assets add up to at each. Below half a cent, or below a
-- millionth where the total itself is that small, a difference is none.
DROP TABLE IF EXISTS temp.mark;
CREATE TEMP TABLE mark(id INTEGER PRIMARY KEY, currency TEXT, t INTEGER, value REAL, computed REAL, gap REAL, kept_gap REAL, note TEXT,
  slack REAL AS (max(min(0.005, 1e-6 * max(abs(value), abs(computed))), 1e-9 * CASE WHEN abs(value) + abs(computed) >= 1e12 THEN abs(value) + abs(computed) ELSE 0 END)),
  verdict TEXT AS (CASE WHEN computed IS NULL THEN 'unknown' WHEN abs(gap) <= slack THEN 'agrees' WHEN abs(kept_gap) <= slack THEN 'later' ELSE 'differs' END));
INSERT INTO mark(currency, t, value, computed, gap, kept_gap, note)
SELECT p.currency, p.t, p.value, c.whole + c.rest / 1e8 + c.big,
       p.whole - c.whole + (p.rest - c.rest) / 1e8 + (p.big - c.big), p.whole - c.kept_whole + (p.rest - c.kept_rest) / 1e8 + (p.big - c.kept_big), p.note
  FROM reading AS p
  LEFT JOIN total AS c ON c.currency = p.currency AND c.t = (SELECT max(t) FROM total WHERE currency = p.currency AND t <= p.t)
 WHERE p.kind = 'p' AND p.t IS NOT NULL AND p.value IS NOT NULL ORDER BY p.currency, p.t, p.seq DESC;
CREATE INDEX temp.mark_time ON mark(currency, t);

--
-- The curves: the currencies with most portfolio snapshots, each with its own scale.
--

DROP TABLE IF EXISTS temp.curve;
CREATE TEMP TABLE curve(currency TEXT, line TEXT, t INTEGER, v REAL);
INSERT INTO curve
WITH chosen AS (SELECT currency FROM (SELECT currency, count(*) AS n FROM mark GROUP BY currency UNION ALL SELECT currency, 0 FROM total GROUP BY currency)
                 GROUP BY currency ORDER BY sum(n) DESC, currency LIMIT 6),
     every AS (SELECT currency, 'recorded' AS line, t, value AS v FROM mark
               UNION ALL SELECT currency, 'computed', t, whole + rest / 1e8 + big FROM total),
     extent AS (SELECT currency, line, count(*) AS n, min(t) AS t0, max(t) AS t1 FROM every GROUP BY currency, line),
     sorted AS (SELECT every.currency, line, every.t, v, CASE WHEN n <= 480 THEN every.t ELSE (every.t - t0) / ((t1 - t0) / 240 + 1) END AS stretch
                  FROM every JOIN chosen USING (currency) JOIN extent USING (currency, line))
SELECT currency, line, t, max(min(v, 1e300), -1e300)
  FROM (SELECT currency, line, t, min(v) AS v FROM sorted GROUP BY currency, line, stretch
        UNION SELECT currency, line, t, max(v) FROM sorted GROUP BY currency, line, stretch
        UNION SELECT currency, line, max(t), v FROM sorted GROUP BY currency, line)
 ORDER BY currency, line, t;

-- Where a curve lies: from t0 to t1, from y0 to y1 with a line every `rung`.
DROP TABLE IF EXISTS temp.frame;
CREATE TEMP TABLE frame(n INTEGER PRIMARY KEY, currency TEXT, t0 INTEGER, t1 INTEGER, low REAL, high REAL, y0 REAL, y1 REAL, rung REAL);
INSERT INTO frame(currency, t0, t1, low, high)
SELECT currency, CASE WHEN min(t) < max(t) THEN min(t) ELSE min(t) - 1296000000 END, CASE WHEN min(t) < max(t) THEN max(t) ELSE max(t) + 1296000000 END, min(v), max(v)
  FROM curve GROUP BY currency ORDER BY sum(line = 'recorded') = 0, (SELECT count(*) FROM mark WHERE mark.currency = curve.currency) DESC, currency;
UPDATE frame SET (y0, y1) =  -- a scale that is near zero begins there; a flat curve lies in the middle
  (CASE WHEN high - low <= 1e-9 * abs(high) THEN low - max(abs(low) / 20, 1e-8) WHEN low > 0 AND low < high / 2 THEN 0 ELSE low END,
   CASE WHEN high - low <= 1e-9 * abs(high) THEN high + max(abs(high) / 20, 1e-8) WHEN high < 0 AND high > low / 2 THEN 0 ELSE high END);
UPDATE frame SET rung = (
  WITH raw AS (SELECT (y1 - y0) / 4 AS v), power AS (SELECT v, CAST('1' || substr(printf('%.6e', v), instr(printf('%.6e', v), 'e')) AS REAL) AS p FROM raw)
  SELECT p * CASE WHEN v / p <= 1.0001 THEN 1 WHEN v / p <= 2.0001 THEN 2 WHEN v / p <= 2.5001 THEN 2.5 WHEN v / p <= 5.0001 THEN 5 ELSE 10 END FROM power);
UPDATE frame SET y0 = rung * (CAST(y0 / rung AS INTEGER) - (y0 / rung < CAST(y0 / rung AS INTEGER))),
                 y1 = rung * (CAST(y1 / rung AS INTEGER) + (y1 / rung > CAST(y1 / rung AS INTEGER)));

-- Each picture is drawn twice, for a wide page and for a phone; CSS shows one of them.
DROP TABLE IF EXISTS temp.layout;
CREATE TEMP TABLE layout(name TEXT, width INTEGER, height INTEGER, right INTEGER, top INTEGER, bottom INTEGER, beats INTEGER);
INSERT INTO layout VALUES ('wide', 720, 300, 26, 14, 28, 7), ('narrow', 360, 230, 26, 12, 26, 3);

DROP TABLE IF EXISTS temp.ytick;
CREATE TEMP TABLE ytick AS
WITH RECURSIVE rungs(n, i, v) AS (
  SELECT n, 0, y0 FROM frame UNION ALL SELECT rungs.n, i + 1, y0 + (i + 1) * rung FROM rungs JOIN frame USING (n) WHERE i < 12 AND y0 + (i + 1) * rung <= y1 + rung / 2),
unit(n, size, name) AS (
  SELECT n, CASE WHEN m >= 1e15 OR m < 0.01 THEN 0 WHEN m >= 1e12 THEN 1e12 WHEN m >= 1e9 THEN 1e9 WHEN m >= 1e6 THEN 1e6 WHEN m >= 1e4 THEN 1e3 ELSE 1 END,
            CASE WHEN m >= 1e15 OR m < 0.01 THEN '' WHEN m >= 1e12 THEN 'tn' WHEN m >= 1e9 THEN 'bn' WHEN m >= 1e6 THEN 'm' WHEN m >= 1e4 THEN 'k' ELSE '' END
    FROM (SELECT n, max(abs(y0), abs(y1)) AS m FROM frame))
SELECT n, i, v, CASE WHEN abs(v) < rung / 1000 THEN '0' ELSE CASE WHEN v < 0 THEN '−' ELSE '' END ||
       CASE size WHEN 0 THEN replace(replace(printf('%.3g', abs(v)), 'e+', 'e'), 'e-', 'e−') ELSE printf('%.10g', abs(v) / size) || name END END AS label
  FROM rungs JOIN frame USING (n) JOIN unit USING (n);

-- Along the time: the finest beat of the calendar, or of the clock, that leaves room for its labels.
DROP TABLE IF EXISTS temp.xtick;
CREATE TEMP TABLE xtick AS
WITH RECURSIVE beat(ms, months) AS (VALUES (1, 0), (10, 0), (100, 0), (1000, 0), (5000, 0), (15000, 0), (60000, 0), (300000, 0), (900000, 0), (3600000, 0), (10800000, 0), (21600000, 0),
     (86400000, 0), (172800000, 0), (604800000, 0), (1209600000, 0), (2629746000, 1), (7889238000, 3), (15778476000, 6), (31556952000, 12), (63113904000, 24),
     (157784760000, 60), (315569520000, 120), (631139040000, 240), (1577847600000, 600), (3155695200000, 1200), (6311390400000, 2400), (15778476000000, 6000),
     (31556952000000, 12000), (63113904000000, 24000), (157784760000000, 60000), (1577847600000000, 600000), (15778476000000000, 6000000)),
chosen AS (SELECT n, name, t0, t1, min(ms) AS ms, months FROM frame JOIN layout JOIN beat ON (t1 - t0) / ms <= beats GROUP BY n, name),
-- The month of t0, counted from year 0, by way of the year in the 400-year cycle that SQLite's own functions know.
start AS (SELECT *, (t0 - 946684800000) / 12622780800000 - (t0 < 946684800000) AS cycle FROM chosen),
month0 AS (SELECT *, CAST(strftime('%Y', (t0 - cycle * 12622780800000) / 1000, 'unixepoch') AS INTEGER) * 12 + cycle * 4800
                     + CAST(strftime('%m', (t0 - cycle * 12622780800000) / 1000, 'unixepoch') AS INTEGER) - 1 AS first FROM start),
ticks(n, name, t1, ms, months, at) AS (
  SELECT n, name, t1, ms, months, CASE months WHEN 0 THEN (t0 / ms - 1) * ms ELSE (first / months - 1) * months END FROM month0
  UNION ALL
  SELECT n, name, t1, ms, months, at + CASE months WHEN 0 THEN ms ELSE months END FROM ticks
   WHERE CASE months WHEN 0 THEN at <= t1 ELSE (at - 24001) * 2629746000 + 946684800000 <= t1 END),
placed AS (
  SELECT *, CASE months WHEN 0 THEN at ELSE CAST(strftime('%s', printf('%04d-%02d-01', 2000 + m / 12, m % 12 + 1)) AS INTEGER) * 1000 + ((at - m) / 4800 - 5) * 12622780800000 END AS t
    FROM (SELECT *, (at % 4800 + 4800) % 4800 AS m FROM ticks))
SELECT p.n, p.name, p.t, p.months, p.ms FROM placed AS p JOIN frame AS f ON f.n = p.n WHERE p.t BETWEEN f.t0 AND f.t1;

DROP TABLE IF EXISTS temp.plot;
CREATE TEMP TABLE plot AS
SELECT f.*, l.*, 14 + 7 * (SELECT max(length(label)) FROM ytick WHERE n = f.n) AS left, NULL AS x, NULL AS y FROM frame AS f JOIN layout AS l;

--
-- What SQL has no function for: each of these tables is one, whose result is a generated column.
--

-- An amount as people write it: 1,234.50, with all its digits; from 10^15 on 1.2345e15.
DROP TABLE IF EXISTS temp.money;
CREATE TEMP TABLE money(
  v REAL PRIMARY KEY ON CONFLICT IGNORE,
  digits TEXT AS (printf('%.*f', max(2, min(8, 15 - length(CAST(CAST(abs(v) AS INTEGER) AS TEXT)))), abs(v))),
  tail TEXT AS (rtrim(substr(digits, instr(digits, '.') + 1), '0')),
  plain TEXT AS (CASE WHEN abs(v) >= 1e15 OR abs(v) < 9.99e-9 AND v <> 0 THEN replace(replace(replace(printf('%.6g', v), 'e+', 'e'), 'e-', 'e−'), '-', '−')
                      ELSE CASE WHEN v < 0 THEN '−' ELSE '' END || printf('%,d', CAST(digits AS INTEGER)) || CASE tail WHEN '' THEN '' ELSE '.' || tail END END),
  text TEXT AS (CASE WHEN instr(plain, 'e') OR length(tail) >= 2 THEN plain WHEN tail = '' THEN plain || '.00' ELSE plain || '0' END),
  change TEXT AS (CASE WHEN v > 0 THEN '+' ELSE '' END || text));

-- A moment as a day: 31 Dec 2024.
DROP TABLE IF EXISTS temp.moment;
CREATE TEMP TABLE moment(
  t INTEGER PRIMARY KEY ON CONFLICT IGNORE,
  cycle INTEGER AS ((t - 946684800000) / 12622780800000 - (t < 946684800000 AND (t - 946684800000) % 12622780800000 <> 0)),
  iso TEXT AS (strftime('%Y-%m-%d %H:%M:%S', (t - cycle * 12622780800000 - ((t % 1000) + 1000) % 1000) / 1000, 'unixepoch')),
  year INTEGER AS (CAST(substr(iso, 1, 4) AS INTEGER) + 400 * cycle),
  month TEXT AS (substr('JanFebMarAprMayJunJulAugSepOctNovDec', CAST(substr(iso, 6, 2) AS INTEGER) * 3 - 2, 3)),
  day TEXT AS (CAST(substr(iso, 9, 2) AS INTEGER) || ' ' || month || printf(' %04d', year)),
  time TEXT AS (substr(iso, 12)));

-- A text of the database, for HTML. Control characters and line breaks are shown as JSON writes them; what
-- is long is cut, and its first part whole in the tooltip; <bdi> keeps the direction of its letters to itself.
DROP TABLE IF EXISTS temp.word;
CREATE TEMP TABLE word(
  raw TEXT PRIMARY KEY ON CONFLICT IGNORE,
  quoted TEXT AS (replace(replace(replace(json_quote(raw), '\\', char(1)), '\"', '"'), char(127), '\u007f')),
  clean TEXT AS (replace(substr(quoted, 2, length(quoted) - 2), char(1), '\')),
  cut TEXT AS (replace(replace(replace(replace(CASE WHEN length(clean) > 70 THEN substr(clean, 1, 69) || '…' ELSE clean END, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;')),
  full TEXT AS (replace(replace(replace(replace(substr(clean, 1, 600), '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;')),
  html TEXT AS ('<bdi' || CASE WHEN length(clean) > 70 THEN ' title="' || full || '"' ELSE '' END || '>' || cut || '</bdi>'));

--
-- The page, a piece at a time.
--

DROP TABLE IF EXISTS temp.page;
CREATE TEMP TABLE page(n INTEGER PRIMARY KEY, html TEXT);

INSERT INTO page(html) VALUES ('<!doctype html><!-- strata report -->
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta http-equiv="Content-Security-Policy" content="default-src ''none''; style-src ''unsafe-inline''">
<style>
:root { color-scheme: light dark; --paper: #fcfbf8; --ink: #22262a; --soft: #5d646b; --line: #dedbd3; --accent: #12607d; --tint: #12607d1c; --warn: #a33b0b }
@media (prefers-color-scheme: dark) { :root { --paper: #15191c; --ink: #e6e4df; --soft: #a0a7ad; --line: #343a40; --accent: #6fbfd9; --tint: #6fbfd922; --warn: #f19a6b } }
* { box-sizing: border-box }
html { background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "DejaVu Sans", sans-serif; -webkit-text-size-adjust: 100% }
body { max-width: 48rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem }
h1, h2, h3 { font-family: "Iowan Old Style", "Palatino Linotype", Palatino, "Book Antiqua", Georgia, "Noto Serif", "DejaVu Serif", serif; font-weight: 600; line-height: 1.2; text-wrap: balance }
h1 { font-size: 2rem; margin: 0 0 .25rem } h2 { font-size: 1.35rem; margin: 3.25rem 0 .5rem } h3 { font-size: 1.05rem; margin: 2rem 0 .25rem }
p { margin: .4rem 0; max-width: 40rem } bdi { overflow-wrap: anywhere } sup { line-height: 0 }
.soft, figcaption, caption { color: var(--soft); font-size: .9rem } .warn { color: var(--warn) }
.now { font-size: 2.6rem; line-height: 1.15; margin: .75rem 0 0; font-variant-numeric: tabular-nums; letter-spacing: -.01em; overflow-wrap: anywhere } .now small { font-size: 1.1rem; color: var(--soft); letter-spacing: 0 }
.moves { display: flex; flex-wrap: wrap; gap: .1rem 1.75rem; margin: .25rem 0 0; padding: 0; list-style: none; font-variant-numeric: tabular-nums } .moves b { font-weight: 600 }
table { border-collapse: collapse; width: 100%; margin: .75rem 0; font-variant-numeric: tabular-nums } caption { text-align: left; padding-bottom: .35rem }
th, td { text-align: left; vertical-align: baseline; padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); font-weight: 400 } th:last-child, td:last-child { padding-right: 0 }
thead th { color: var(--soft); font-size: .82rem; padding-top: 0 } .num { text-align: right; white-space: nowrap } .name { width: 99% } .name small, .num small { display: block; color: var(--soft); font-size: .82rem }
tbody th[scope=rowgroup] { padding-top: 1.25rem; font-weight: 600 } tr.sum th, tr.sum td { font-weight: 600; border-bottom: 0 } .gone { opacity: .75 }
figure { margin: 1rem 0 } figcaption { margin-top: .25rem; max-width: 40rem } svg { display: block; overflow: visible } .chart { width: 100%; height: auto } .narrow { display: none }
.chart text { font: 12px system-ui, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "DejaVu Sans", sans-serif; fill: var(--soft); font-variant-numeric: tabular-nums } .grid { stroke: var(--line); fill: none } .zero { stroke: var(--soft); fill: none }
.recorded { stroke: var(--accent); stroke-width: 2; fill: none; stroke-linejoin: round; stroke-linecap: round } .area { fill: var(--tint); stroke: none } .dot { fill: var(--accent); stroke: var(--paper); stroke-width: 1.5 }
.computed { stroke: var(--soft); stroke-width: 1.25; stroke-dasharray: 4 3; fill: none } .ring { fill: none; stroke: var(--warn); stroke-width: 2 }
.key { display: inline-block; width: 1.6em; height: .7em; vertical-align: baseline } .spark { width: 6rem; height: 1.75rem; display: inline-block; vertical-align: middle } .spark path { vector-effect: non-scaling-stroke; stroke-width: 1.5 } .bar { width: 100%; min-width: 5rem; height: .8rem } .owned { fill: var(--accent) } .owed { fill: var(--soft) }
summary { cursor: pointer; color: var(--accent) } .scroll { overflow-x: auto } dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.25rem; margin: .75rem 0; font-size: .95rem } dt { color: var(--soft) } dd { margin: 0; overflow-wrap: anywhere }
@media (max-width: 35rem) { body { padding: 1.5rem 1rem 3rem } h1 { font-size: 1.6rem } .now { font-size: 2rem } .wide { display: none } .narrow { display: block } .spark { width: 4rem } th, td { padding-right: .6rem } dl { grid-template-columns: 1fr } dt { margin-top: .3rem } .roomy { display: none } .bar { min-width: 3.5rem } }
@media print { :root { --paper: #fff; --ink: #000; --soft: #444; --line: #bbb; --accent: #0b4a63; --tint: #0b4a6318; --warn: #8c2f06 } html { font-size: 10.5pt } body { max-width: none; padding: 0 } h2, h3 { break-after: avoid } figure, tr, .now, .moves { break-inside: avoid } details:not([open]) { display: none } }
</style>');

-- The head: what was read, and what is in it.
INSERT INTO word(raw) SELECT CAST(v AS TEXT) FROM (SELECT coalesce(:title, 'Net worth') AS v UNION ALL SELECT :checked UNION ALL SELECT :exported UNION ALL SELECT :path
  UNION ALL SELECT coalesce(:source, (SELECT nullif(file, '') FROM pragma_database_list WHERE name = 'main'), 'a database in memory')) WHERE v IS NOT NULL;
DROP TABLE IF EXISTS temp.size;
CREATE TEMP TABLE size AS
SELECT 'assets' AS many, 'asset' AS one, (SELECT count(*) FROM main.assets) AS rows
UNION ALL SELECT 'asset values', 'asset value', count(*) FROM main.asset_snapshots
UNION ALL SELECT 'portfolio snapshots', 'portfolio snapshot', count(*) FROM main.portfolio_snapshots
UNION ALL SELECT 'transactions', 'transaction', count(*) FROM main.transactions
UNION ALL SELECT 'asset types', 'asset type', count(*) FROM main.asset_types
UNION ALL SELECT 'categories', 'category', count(*) FROM main.categories
UNION ALL SELECT 'tags', 'tag', count(*) FROM main.tags
UNION ALL SELECT 'assets in categories', 'asset in a category', count(*) FROM main.asset_categories
UNION ALL SELECT 'tags on assets', 'tag on an asset', count(*) FROM main.asset_tags;

INSERT INTO page(html)
SELECT printf('<title>%s</title></head><body><header><h1>%s</h1><dl><dt>Read from</dt><dd>%s</dd>', full, html,
              (SELECT html FROM word WHERE raw = CAST(coalesce(:source, (SELECT nullif(file, '') FROM pragma_database_list WHERE name = 'main'), 'a database in memory') AS TEXT)))
       || coalesce('<dt>Exported</dt><dd>' || (SELECT html FROM word WHERE raw = CAST(:exported AS TEXT)) || '</dd>', '')
       || coalesce('<dt>Checked</dt><dd>' || (SELECT html FROM word WHERE raw = CAST(:checked AS TEXT)) || '</dd>', '')
       || printf('<dt>Page made</dt><dd>%s UTC</dd>', strftime('%Y-%m-%d %H:%M', coalesce(:now, 'now')))
       || '<dt>In it</dt><dd>' || (SELECT group_concat(replace(printf('%,d %s', rows, CASE rows WHEN 1 THEN one ELSE many END), ' ', '&nbsp;'), ', ') FROM size) || '</dd></dl></header><main>'
  FROM word WHERE raw = CAST(coalesce(:title, 'Net worth') AS TEXT);

-- Net worth over time: the last figure of each currency, how it has moved, and its curve.
DROP TABLE IF EXISTS temp.latest;
CREATE TEMP TABLE latest AS
SELECT f.n, f.currency, m.id IS NOT NULL AS recorded, coalesce(m.t, c.t) AS t, coalesce(m.value, c.whole + c.rest / 1e8 + c.big) AS value, m.verdict, m.computed,
       (SELECT max(id) FROM mark WHERE currency = f.currency AND t <= m.t - 91 * 86400000) AS quarter,
       (SELECT max(id) FROM mark WHERE currency = f.currency AND t <= m.t - 365 * 86400000) AS year
  FROM frame AS f LEFT JOIN mark AS m ON m.id = (SELECT max(id) FROM mark WHERE currency = f.currency)
  LEFT JOIN total AS c ON m.id IS NULL AND c.currency = f.currency AND c.t = (SELECT max(t) FROM total WHERE currency = f.currency);
INSERT INTO money(v) SELECT value FROM latest UNION SELECT l.value - m.value FROM latest AS l JOIN mark AS m ON m.id IN (quarter, year)
  UNION SELECT y0 FROM frame UNION SELECT low FROM frame UNION SELECT high FROM frame;
INSERT INTO moment(t) SELECT t FROM latest UNION SELECT m.t FROM latest JOIN mark AS m ON m.id IN (quarter, year) UNION SELECT min(t) FROM curve GROUP BY currency UNION SELECT max(t) FROM curve GROUP BY currency
  UNION SELECT t FROM xtick;
INSERT INTO word(raw) SELECT currency FROM frame;

DROP TABLE IF EXISTS temp.spot;
CREATE TEMP TABLE spot AS
SELECT n, name, line, c.t, v, left + (c.t - t0) * (width - left - right) / (1.0 * (t1 - t0)) AS x, top + (y1 - v) / (y1 - y0) * (height - top - bottom) AS y
  FROM plot JOIN curve AS c USING (currency);
DROP TABLE IF EXISTS temp.stroke;
CREATE TEMP TABLE stroke AS
SELECT n, name, line, count(*) AS spots, 'M' || group_concat(printf('%.1f %.1f', x, y), 'L') AS path, min(x) AS x0, max(x) AS x1 FROM (SELECT * FROM spot ORDER BY n, name, line, t) GROUP BY n, name, line;

DROP TABLE IF EXISTS temp.picture;
CREATE TEMP TABLE picture AS
SELECT p.n, p.name, printf('<svg class="chart %s" viewBox="0 0 %d %d" role="img"><title>Net worth in %s over time</title><desc>From %s to %s; lowest %s, highest %s.</desc>', p.name, width, height,
         (SELECT cut FROM word WHERE raw = p.currency), (SELECT day FROM moment WHERE t = (SELECT min(t) FROM curve WHERE currency = p.currency)),
         (SELECT day FROM moment WHERE t = (SELECT max(t) FROM curve WHERE currency = p.currency)), (SELECT text FROM money WHERE v = low), (SELECT text FROM money WHERE v = high))
       || (SELECT group_concat(printf('<path class="%s" d="M%d %.1fH%d"/><text x="%d" y="%.1f" text-anchor="end">%s</text>', CASE label WHEN '0' THEN 'zero' ELSE 'grid' END, left,
                  top + (y1 - v) / (y1 - y0) * (height - top - bottom), width - right + 10, left - 8, 4 + top + (y1 - v) / (y1 - y0) * (height - top - bottom), label), '') FROM ytick WHERE n = p.n)
       || coalesce((SELECT group_concat(printf('<path class="grid" d="M%.1f %dv5"/><text x="%.1f" y="%d" text-anchor="middle">%s</text>', left + (x.t - t0) * (width - left - right) / (1.0 * (t1 - t0)), height - bottom,
                  left + (x.t - t0) * (width - left - right) / (1.0 * (t1 - t0)), height - bottom + 19,
                  CASE WHEN months >= 12 THEN printf('%04d', d.year) WHEN months > 0 THEN d.month || printf(' %04d', d.year) WHEN ms >= 86400000 THEN rtrim(rtrim(d.day, '0123456789-'))
                       ELSE substr(d.time, 1, CASE WHEN ms < 60000 THEN 8 ELSE 5 END) END), '') FROM xtick AS x JOIN moment AS d ON d.t = x.t WHERE x.n = p.n AND x.name = p.name), '')
       || coalesce((SELECT printf('<path class="area" d="%sL%.1f %.1fL%.1f %.1fZ"/>', path, x1, top + y1 / (y1 - y0) * (height - top - bottom), x0, top + y1 / (y1 - y0) * (height - top - bottom))
                      FROM stroke WHERE n = p.n AND name = p.name AND line = 'recorded' AND spots > 1 AND y0 <= 0 AND y1 >= 0), '')
       || coalesce((SELECT group_concat(printf('<path class="%s" d="%s"/>', line, path), '') FROM (SELECT * FROM stroke WHERE n = p.n AND name = p.name AND spots > 1 ORDER BY line)), '')
       || coalesce((SELECT group_concat(printf('<circle class="dot" cx="%.1f" cy="%.1f" r="%s"/>', x, y, CASE WHEN t = last THEN '4.5' ELSE '3' END), '')
                      FROM (SELECT x, y, t, max(t) OVER () AS last, count(*) OVER () AS spots FROM spot WHERE n = p.n AND name = p.name AND line = 'recorded') WHERE spots <= 60 OR t = last), '')
       || coalesce((SELECT group_concat(printf('<circle class="ring" cx="%.1f" cy="%.1f" r="7"/>', left + (m.t - t0) * (width - left - right) / (1.0 * (t1 - t0)), top + (y1 - max(min(m.value, 1e300), -1e300)) / (y1 - y0) * (height - top - bottom)), '')
                      FROM mark AS m WHERE m.currency = p.currency AND verdict = 'differs' AND (SELECT count(*) FROM mark WHERE currency = p.currency AND verdict = 'differs') <= 40), '')
       || '</svg>' AS svg
  FROM plot AS p;

INSERT INTO page(html) SELECT CASE WHEN (SELECT count(*) FROM thing) + (SELECT count(*) FROM reading) = 0 THEN '<section><h2>Nothing here yet</h2><p>This database has the tables of Strata, and no asset or value in them.</p></section>'
  WHEN (SELECT count(*) FROM frame) = 0 THEN '<section><h2>Over time</h2><p>There is no value in it yet to draw a curve of.</p></section>' ELSE '<section><h2>Over time</h2>' END;
INSERT INTO page(html)
SELECT CASE WHEN (SELECT count(*) FROM frame) > 1 THEN '<h3>' || w.html || '</h3>' ELSE '' END
       || printf('<p class="now">%s <small>%s</small></p><p class="soft">%s on %s%s</p>', (SELECT text FROM money WHERE v = value), w.html,
                 CASE WHEN recorded THEN 'recorded' ELSE 'by the values of the assets (no portfolio snapshot says so)' END, (SELECT day FROM moment WHERE t = l.t),
                 CASE verdict WHEN 'agrees' THEN '; the values of the assets add up to the same' WHEN 'later' THEN '; the values of the assets add up to the same' WHEN 'differs' THEN '; <span class="warn">the values of the assets add up to another amount, see below</span>' ELSE '' END)
       || coalesce('<ul class="moves">' || (SELECT group_concat(printf('<li><b>%s</b>%s since %s</li>', (SELECT change FROM money WHERE v = l.value - m.value),
                       CASE WHEN m.value <> 0 AND abs((l.value - m.value) / m.value) < 100 THEN replace(printf(' (%+.1f&nbsp;%%)', 100 * (l.value - m.value) / abs(m.value)), '-', '−') ELSE '' END, (SELECT day FROM moment WHERE t = m.t)), '')
                     FROM (SELECT * FROM mark WHERE id IN (quarter, year) ORDER BY id DESC) AS m) || '</ul>', '')
       || '<figure>' || (SELECT group_concat(svg, '') FROM (SELECT svg FROM picture WHERE n = l.n ORDER BY name DESC)) || '<figcaption>'
       || (SELECT CASE WHEN r.spots IS NULL THEN '' WHEN r.spots = 1 THEN 'The dot is the only portfolio snapshot so far. '
                       ELSE '<svg class="key" viewBox="0 0 26 10" aria-hidden="true"><path class="recorded" d="M1 6H25"/></svg> as recorded in the portfolio snapshots. ' END
                  || CASE WHEN c.spots > 1 THEN '<svg class="key" viewBox="0 0 26 10" aria-hidden="true"><path class="computed" d="M1 6H25"/></svg> what the values of the assets add up to. ' ELSE '' END
             FROM (SELECT 1) LEFT JOIN stroke AS r ON r.n = l.n AND r.name = 'wide' AND r.line = 'recorded' LEFT JOIN stroke AS c ON c.n = l.n AND c.name = 'wide' AND c.line = 'computed')
       || CASE WHEN EXISTS (SELECT 1 FROM mark WHERE currency = l.currency AND verdict = 'differs')
               THEN CASE WHEN (SELECT count(*) FROM mark WHERE currency = l.currency AND verdict = 'differs') <= 40 THEN '<span class="warn">A ring marks where the two disagree.</span> ' ELSE '' END ELSE '' END
       || CASE WHEN f.y0 > 0 THEN 'The scale begins at ' || (SELECT text FROM money WHERE v = f.y0) || ', not at zero.' ELSE '' END || '</figcaption></figure>'
  FROM latest AS l JOIN frame AS f USING (n) JOIN word AS w ON w.raw = l.currency ORDER BY l.n;

-- The figures of the curve, newest first, with the notes that were written beside them.
DROP TABLE IF EXISTS temp.shown;
CREATE TEMP TABLE shown AS
SELECT * FROM (SELECT m.*, f.n, m.value - lag(m.value) OVER (PARTITION BY m.currency ORDER BY m.id) AS moved, row_number() OVER (PARTITION BY m.currency ORDER BY m.id DESC) AS rank
                 FROM mark AS m JOIN frame AS f USING (currency)) WHERE rank <= 60;
DROP TABLE IF EXISTS temp.odd;
CREATE TEMP TABLE odd AS SELECT *, row_number() OVER (ORDER BY t DESC, id) AS rank FROM mark WHERE verdict = 'differs' ORDER BY rank LIMIT 25;
INSERT INTO money(v) SELECT value FROM shown UNION SELECT moved FROM shown WHERE moved IS NOT NULL UNION SELECT value FROM odd UNION SELECT computed FROM odd UNION SELECT gap FROM odd;
INSERT INTO moment(t) SELECT t FROM shown UNION SELECT t FROM odd;
INSERT INTO word(raw) SELECT note FROM shown WHERE note IS NOT NULL UNION SELECT currency FROM mark UNION SELECT currency FROM step;
INSERT INTO page(html)
SELECT '<details><summary>The figures as a table</summary>' || group_concat(html, '') || '</details></section>' FROM (
  SELECT printf('<table><caption>%sPortfolio snapshots in %s, newest first</caption><thead><tr><th scope="col">Day</th><th scope="col" class="num">Recorded</th><th scope="col" class="num">Change</th></tr></thead><tbody>',
                CASE WHEN all_of > 60 THEN printf('The latest 60 of %,d. ', all_of) ELSE '' END, (SELECT html FROM word WHERE raw = currency))
         || group_concat(html, '') || '</tbody></table>' AS html
    FROM (SELECT s.n, s.currency, (SELECT count(*) FROM mark WHERE currency = s.currency) AS all_of,
                 printf('<tr><th scope="row" class="name">%s%s</th><td class="num">%s</td><td class="num">%s</td></tr>', d.day,
                        coalesce('<small>' || (SELECT html FROM word WHERE raw = s.note) || '</small>', ''), (SELECT text FROM money WHERE v = s.value), coalesce((SELECT change FROM money WHERE v = s.moved), '')) AS html
            FROM shown AS s JOIN moment AS d ON d.t = s.t ORDER BY s.n, s.rank)
   GROUP BY n, currency ORDER BY n) HAVING count(*) > 0
UNION ALL SELECT '</section>' WHERE NOT EXISTS (SELECT 1 FROM shown);

-- Do the totals add up?
INSERT INTO page(html)
SELECT '<section><h2>Do the totals add up?</h2><p>' ||
       CASE WHEN sure = 0 THEN CASE unknown WHEN 1 THEN 'The one portfolio snapshot' ELSE printf('None of the %,d portfolio snapshots', unknown) END ||
                               CASE unknown WHEN 1 THEN ' cannot be checked: no asset had a value by then.' ELSE ' can be checked: no asset had a value in its currency by then.' END
            WHEN differs = 0 THEN CASE sure WHEN 1 THEN 'Yes. The portfolio snapshot that can be checked agrees with the values of the assets.' ELSE printf('Yes. All %,d portfolio snapshots that can be checked agree with the values of the assets.', sure) END
            ELSE printf('<strong class="warn">Not everywhere.</strong> Of %,d portfolio snapshot%s that can be checked, %,d differ%s from what the values of the assets add up to.', sure, CASE sure WHEN 1 THEN '' ELSE 's' END, differs, CASE differs WHEN 1 THEN 's' ELSE '' END) END
       || CASE WHEN later > 0 THEN printf(' %s only without the assets that have been disposed of since: the app leaves them out when it recalculates the past.', CASE later WHEN 1 THEN 'One agrees' ELSE printf('%,d of them agree', later) END) ELSE '' END
       || CASE WHEN unknown > 0 AND sure > 0 THEN printf(' %s cannot be checked, as no asset had a value in its currency by then.', CASE unknown WHEN 1 THEN 'One more' ELSE printf('%,d more', unknown) END) ELSE '' END || '</p>'
  FROM (SELECT count(*) AS n, sum(verdict <> 'unknown') AS sure, sum(verdict = 'later') AS later, sum(verdict = 'differs') AS differs, sum(verdict = 'unknown') AS unknown FROM mark) WHERE n > 0;
INSERT INTO page(html)
SELECT printf('<table><caption>%s</caption><thead><tr><th scope="col">Day</th><th scope="col" class="num">Recorded</th><th scope="col" class="num">The assets add up to</th><th scope="col" class="num">Difference</th></tr></thead><tbody>',
              CASE WHEN all_of > 25 THEN printf('The latest 25 of %,d that differ', all_of) ELSE 'Where they differ, newest first' END) || group_concat(html, '') || '</tbody></table>'
  FROM (SELECT (SELECT count(*) FROM mark WHERE verdict = 'differs') AS all_of,
               printf('<tr><th scope="row">%s</th><td class="num">%s%s</td><td class="num">%s</td><td class="num warn">%s</td></tr>', (SELECT day FROM moment WHERE t = odd.t), (SELECT text FROM money WHERE v = value),
                      CASE WHEN (SELECT count(DISTINCT currency) FROM mark) > 1 THEN '<small>' || (SELECT html FROM word WHERE raw = currency) || '</small>' ELSE '' END,
                      (SELECT text FROM money WHERE v = computed), (SELECT change FROM money WHERE v = gap)) AS html
          FROM odd ORDER BY rank) HAVING count(*) > 0;
INSERT INTO page(html)
SELECT '<p class="soft">The rule, which is the app''s: each asset counts with its last value up to that moment; liabilities lower the total; an asset that was disposed of counts until then. Less than half a cent is no difference.'
       || CASE WHEN (SELECT count(DISTINCT currency) FROM reading) > 1 THEN ' Values without a currency are taken to be in ' || (SELECT html FROM word JOIN home ON raw = currency) || ', and only values in one currency are added up.' ELSE '' END || '</p>'
       || coalesce((SELECT printf('<p class="soft">%s below zero. Here they count as owed all the same; the app subtracts what is stored, and would add them.</p>',
                                  CASE count(*) WHEN 1 THEN 'One liability is stored' ELSE printf('%,d liabilities are stored', count(*)) END)
                      FROM thing JOIN course ON course.thing = thing.n JOIN step ON step.id = course.counted WHERE below AND NOT disposed HAVING count(*) > 0), '') || '</section>'
 WHERE EXISTS (SELECT 1 FROM mark);

-- What it consists of: a bar for each group, from zero to the right what is owned, to the left what is owed.
DROP TABLE IF EXISTS temp.class;
CREATE TEMP TABLE class(name TEXT PRIMARY KEY, label TEXT, rank INTEGER);
INSERT INTO class VALUES ('FINANCIAL', 'Financial', 1), ('REAL_ESTATE', 'Real estate', 2), ('PERSONAL_PROPERTY', 'Personal property', 3), ('PHYSICAL_COLLECTIONS', 'Collections', 4), ('OTHER', 'Other', 5), ('LIABILITIES', 'Liabilities', 7);
INSERT INTO class SELECT DISTINCT class, class, 6 FROM thing WHERE class NOT IN (SELECT name FROM class) LIMIT 40;
INSERT INTO word(raw) SELECT label FROM class UNION SELECT currency FROM home;
DROP TABLE IF EXISTS temp.part;
CREATE TEMP TABLE part AS
SELECT s.currency, thing.class, count(*) AS assets, sum(s.whole) + sum(s.rest) / 1e8 + sum(s.big) AS value, sum(s.whole) AS whole, sum(s.rest) AS rest, sum(s.big) AS big
  FROM thing JOIN course ON course.thing = thing.n JOIN step AS s ON s.id = course.counted WHERE NOT disposed GROUP BY s.currency, thing.class;
DROP TABLE IF EXISTS temp.whole;
CREATE TEMP TABLE whole AS
SELECT currency, sum(assets) AS assets, sum(whole) + sum(rest) / 1e8 + sum(big) AS value, sum(max(value, 0)) AS owned, max(max(value), 0) AS high, min(min(value), 0) AS low, row_number() OVER (ORDER BY sum(assets) DESC, currency) AS rank
  FROM part GROUP BY currency;
INSERT INTO money(v) SELECT value FROM part UNION SELECT value FROM whole;
INSERT INTO page(html)
SELECT '<section><h2>What it consists of</h2><p class="soft">The last value of each asset that is not disposed of, by group.' || CASE WHEN (SELECT count(*) FROM whole) > 6 THEN printf(' The 6 currencies of %,d with the most assets.', (SELECT count(*) FROM whole)) ELSE '' END || '</p>'
       || group_concat(html, '') || '</section>'
  FROM (SELECT printf('<table><caption>In %s</caption><thead><tr><th scope="col">Group</th><th scope="col" style="width:40%%"><span class="roomy">Below and above zero</span></th><th scope="col" class="num">Amount</th><th scope="col" class="num roomy">Of what is owned</th></tr></thead><tbody>', (SELECT html FROM word WHERE raw = w.currency))
               || (SELECT group_concat(html, '') FROM (
                     SELECT printf('<tr><th scope="row">%s</th><td><svg class="bar" viewBox="0 0 200 10" preserveAspectRatio="none" aria-hidden="true"><rect class="%s" x="%.2f" width="%.2f" height="10"/><path class="zero" d="M%.2f -3V13"/></svg></td><td class="num">%s</td><td class="num roomy">%s</td></tr>',
                                   (SELECT word.html FROM word WHERE raw = coalesce(c.label, p.class)), CASE WHEN p.value < 0 THEN 'owed' ELSE 'owned' END,
                                   200 * (min(p.value, 0) - w.low) / (w.high - w.low), max(200 * abs(p.value) / (w.high - w.low), 0.5), 200 * -w.low / (w.high - w.low), (SELECT text FROM money WHERE v = p.value),
                                   CASE WHEN w.owned > 0 AND abs(p.value / w.owned) < 100 THEN replace(printf('%.1f&nbsp;%%', 100 * p.value / w.owned), '-', '−') ELSE '' END) AS html
                       FROM part AS p LEFT JOIN class AS c ON c.name = p.class WHERE p.currency = w.currency ORDER BY coalesce(c.rank, 6), p.value DESC LIMIT 40))
               || printf('<tr class="sum"><th scope="row">Together</th><td></td><td class="num">%s</td><td class="roomy"></td></tr></tbody></table>', (SELECT text FROM money WHERE v = w.value)) AS html
          FROM whole AS w WHERE rank <= 6 AND high > low ORDER BY rank) HAVING count(*) > 0;

-- Each asset, by group, the largest first.
DROP TABLE IF EXISTS temp.line;
CREATE TEMP TABLE line AS
SELECT thing.*, CASE WHEN disposed THEN 8 ELSE coalesce(class.rank, 6) END AS part, coalesce(class.label, thing.class) AS heading, s.t, s.value, s.currency, course.first, course.last, row_number() OVER (ORDER BY abs(s.value) DESC, thing.n) AS size
  FROM thing LEFT JOIN class ON class.name = thing.class LEFT JOIN course ON course.thing = thing.n LEFT JOIN step AS s ON s.id = course.last
 ORDER BY size LIMIT 200;
DROP TABLE IF EXISTS temp.spark;
CREATE TEMP TABLE spark AS  -- of many values the lowest and the highest of each fortieth of the time
WITH each AS (SELECT line.n, s.t, s.value AS v, CASE WHEN last - first < 80 THEN s.t ELSE (s.t - a.t) / ((line.t - a.t) / 40 + 1) END AS stretch
                FROM line CROSS JOIN step AS a ON a.id = line.first CROSS JOIN step AS s ON s.id BETWEEN line.first AND line.last WHERE +s.currency = line.currency)
SELECT n, t, min(v) AS v FROM each GROUP BY n, stretch UNION SELECT n, t, max(v) FROM each GROUP BY n, stretch;
DROP TABLE IF EXISTS temp.sparkline;
CREATE TEMP TABLE sparkline AS
SELECT n, low, high, 'M' || group_concat(printf('%.1f %.1f', CASE WHEN t1 > t0 THEN 3 + 90.0 * (t - t0) / (t1 - t0) ELSE 93 END, CASE WHEN high > low THEN 25 - 22 * ((v / 2 - low / 2) / (high / 2 - low / 2)) ELSE 14 END), 'L') AS path,
       CASE WHEN high > low THEN 25 - 22 * ((last / 2 - low / 2) / (high / 2 - low / 2)) ELSE 14 END AS y
  FROM (SELECT *, min(t) OVER each AS t0, max(t) OVER each AS t1, min(v) OVER each AS low, max(v) OVER each AS high, (SELECT value FROM line WHERE line.n = spark.n) AS last FROM spark WINDOW each AS (PARTITION BY n) ORDER BY n, t)
 GROUP BY n;
CREATE UNIQUE INDEX temp.sparkline_n ON sparkline(n);
INSERT INTO money(v) SELECT value FROM line WHERE value IS NOT NULL UNION SELECT CAST(quantity AS REAL) FROM line WHERE quantity IS NOT NULL UNION SELECT low FROM sparkline UNION SELECT high FROM sparkline;
INSERT INTO moment(t) SELECT t FROM line WHERE t IS NOT NULL UNION SELECT gone FROM line WHERE gone IS NOT NULL;
INSERT INTO word(raw) SELECT name FROM line UNION SELECT coalesce(type, '') FROM line UNION SELECT heading FROM line;
INSERT INTO page(html)
SELECT printf('<section><h2>Each asset</h2><table><caption>The last value of each, the largest first%s%s. A curve has its own scale, from its lowest to its highest value.</caption><thead><tr><th scope="col">Asset</th><th scope="col">Trend</th><th scope="col" class="num">Last value</th></tr></thead>',
              CASE WHEN (SELECT count(DISTINCT currency) FROM line) = 1 THEN ', in ' || (SELECT html FROM word WHERE raw = (SELECT currency FROM line WHERE currency IS NOT NULL)) ELSE '' END,
              CASE WHEN (SELECT count(*) FROM thing) > 200 THEN printf(': 200 of %,d assets', (SELECT count(*) FROM thing)) ELSE '' END)
       || group_concat(html, '') || '</table></section>'
  FROM (SELECT printf('<tbody%s><tr><th scope="rowgroup" colspan="3">%s</th></tr>', CASE part WHEN 8 THEN ' class="gone"' ELSE '' END, CASE part WHEN 8 THEN 'Disposed of' ELSE (SELECT word.html FROM word WHERE raw = heading) END) || group_concat(row, '') || '</tbody>' AS html
          FROM (SELECT l.part, CASE l.part WHEN 8 THEN '' ELSE l.heading END AS heading,
                       printf('<tr><th scope="row" class="name">%s<small>%s%s%s</small></th><td>%s</td><td class="num">%s<small>%s</small></td></tr>',
                              CASE WHEN coalesce(l.name, '') = '' THEN '<em>no name</em>' ELSE (SELECT html FROM word WHERE raw = l.name) END, (SELECT html FROM word WHERE raw = coalesce(l.type, '')),
                              CASE WHEN l.quantity IS NULL OR l.quantity = 1 THEN '' ELSE ', quantity ' || (SELECT plain FROM money WHERE v = CAST(l.quantity AS REAL)) END,
                              CASE WHEN l.gone IS NULL THEN '' ELSE ', until ' || (SELECT day FROM moment WHERE t = l.gone) END,
                              coalesce(printf('<svg class="spark" viewBox="0 0 96 28" role="img"><title>%s</title><path class="recorded" d="%s"/><circle class="dot" cx="93" cy="%.1f" r="3"/></svg>',
                                              CASE WHEN k.low = k.high THEN 'Always ' || (SELECT text FROM money WHERE v = k.low) ELSE printf('%,d values from %s to %s', l.last - l.first + 1, (SELECT text FROM money WHERE v = k.low), (SELECT text FROM money WHERE v = k.high)) END, k.path, k.y), ''),
                              CASE WHEN l.value IS NULL THEN 'no value' ELSE (SELECT text FROM money WHERE v = l.value) END,
                              coalesce((SELECT day FROM moment WHERE t = l.t), '') || CASE WHEN (SELECT count(DISTINCT currency) FROM line) > 1 THEN coalesce(' ' || (SELECT html FROM word WHERE raw = l.currency), '') ELSE '' END) AS row
                  FROM line AS l LEFT JOIN sparkline AS k ON k.n = l.n ORDER BY part, heading, size)
         GROUP BY part, heading ORDER BY part, heading) HAVING count(*) > 0;

-- What differs from a backup.
DROP TABLE IF EXISTS temp.difference;
CREATE TEMP TABLE difference(n INTEGER PRIMARY KEY, name TEXT, change TEXT, key TEXT, field TEXT, backup TEXT, live TEXT);
INSERT INTO difference(name, change, key, field, backup, live)
SELECT name, change, CASE WHEN n <= 60 THEN key END, field, CASE WHEN n <= 60 THEN backup END, CASE WHEN n <= 60 THEN "database" END
  FROM (SELECT d.*, row_number() OVER () AS n FROM (SELECT 1 WHERE :path IS NOT NULL) CROSS JOIN strata_backup_diff(readfile(:path)) AS d);
INSERT INTO word(raw) SELECT key FROM difference WHERE n <= 60 UNION SELECT backup FROM difference WHERE backup IS NOT NULL UNION SELECT live FROM difference WHERE live IS NOT NULL UNION SELECT field FROM difference WHERE field IS NOT NULL;
INSERT INTO page(html)
SELECT printf('<section><h2>Compared with the backup</h2><p>%s: ', (SELECT html FROM word WHERE raw = CAST(:path AS TEXT)))
       || CASE WHEN count(*) = 0 THEN 'no difference, field by field.</p>' ELSE
          (SELECT group_concat(text, ', ') FROM (SELECT printf('%,d %s', sum(change = 'removed'), CASE sum(change = 'removed') WHEN 1 THEN 'row is only in the backup' ELSE 'rows are only in the backup' END) AS text FROM difference
             UNION ALL SELECT printf('%,d %s', sum(change = 'added'), CASE sum(change = 'added') WHEN 1 THEN 'row is only in the database' ELSE 'rows are only in the database' END) FROM difference
             UNION ALL SELECT printf('%,d %s', sum(change = 'changed'), CASE sum(change = 'changed') WHEN 1 THEN 'field has another value' ELSE 'fields have other values' END) FROM difference)) || '.</p>' END
  FROM difference WHERE :path IS NOT NULL HAVING :path IS NOT NULL;
INSERT INTO page(html)
SELECT printf('<div class="scroll"><table><caption>%s</caption><thead><tr><th scope="col">What</th><th scope="col">In the backup</th><th scope="col">In the database</th></tr></thead><tbody>',
              CASE WHEN all_of > 60 THEN printf('The first 60 of %,d differences', all_of) ELSE 'Every difference' END) || group_concat(html, '') || '</tbody></table></div>'
  FROM (SELECT (SELECT count(*) FROM difference) AS all_of,
               printf('<tr><th scope="row" class="key"><bdi>%s</bdi> %s%s</th><td>%s</td><td>%s</td></tr>', name, (SELECT html FROM word WHERE raw = d.key), CASE WHEN field IS NULL THEN '' ELSE '<br>' || (SELECT html FROM word WHERE raw = d.field) END,
                      CASE change WHEN 'added' THEN '–' ELSE coalesce((SELECT html FROM word WHERE raw = d.backup), '<em>empty</em>') END, CASE change WHEN 'removed' THEN '–' ELSE coalesce((SELECT html FROM word WHERE raw = d.live), '<em>empty</em>') END) AS html
          FROM difference AS d WHERE n <= 60 ORDER BY n) HAVING count(*) > 0;
INSERT INTO page(html) SELECT '</section>' WHERE :path IS NOT NULL;

-- What this page could not use.
INSERT INTO page(html)
SELECT '<section><h2>Left out</h2><p>These are in the database, but not in the figures above: ' || group_concat(printf('%,d %s', n, what), ', ') || '.</p></section>'
  FROM (SELECT count(*) AS n, CASE WHEN kind = 'a' AND thing IS NULL THEN 'asset values of no asset' WHEN t IS NULL THEN 'moments that cannot be read as a date' ELSE 'amounts that are no number, or infinite' END AS what
          FROM reading WHERE t IS NULL OR kind <> 'd' AND value IS NULL OR kind = 'a' AND thing IS NULL GROUP BY what ORDER BY n DESC) HAVING count(*) > 0;
INSERT INTO page(html) VALUES ('</main><footer><p class="soft">Made by strata. All times are UTC. Nothing on this page is fetched or run; it holds what was in the database, and only you can read it.</p></footer></body></html>');

-- An empty file first, so that nobody else can read it at any moment.
UPDATE request SET written = writefile(out, '', 384) IS NOT NULL;
UPDATE request SET written = writefile(out, (SELECT group_concat(html, char(10)) FROM (SELECT html FROM page ORDER BY n)) || char(10));
RELEASE report;
SELECT printf('%s: %,d bytes', out, written) FROM request;
