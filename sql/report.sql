-- report.sql: a page for a browser that shows the open database: the net worth over time,
-- what it consists of, each asset with its last value, and whether the totals add up.
--
--     sqlite3 strata.db ".load ./build/strata" ".param set :out 'strata.html'" ".read sql/report.sql"
--
-- Writes one HTML file that stands alone: the charts are inline SVG, and the page fetches and
-- runs nothing. It follows the light or dark setting, and reads well on a phone and on paper.
-- The database is only read, as of one moment. Parameters:
--   :out       the file to write (required). Only you can read it. It replaces an earlier
--              page of this script, never another file
--   :title     the heading (default: Net worth)
--   :source    the name of the source, as the page shows it (default: the database's file)
--   :exported  for a restored backup: when it was exported
--   :checked   a sentence that says how it was checked
--   :path      a backup to compare the database with
--   :now       the time that the page shows as its own, instead of the clock's
--
-- Totals follow the app's rule: at any moment each asset counts with its last value up to then
-- (of several at one instant, with the row that was stored first), and values in the group
-- LIABILITIES are subtracted. In two points this page is more careful than the app: a liability
-- lowers the total whatever its sign (the app stores it positive), and a disposed asset counts
-- until its DISPOSE transaction (never, if it has none). A value without a currency is taken to
-- be in the currency of most portfolio snapshots.
--
-- How it works: amounts become integers, so that a million of them add up to the cent. Long
-- curves keep the lowest and the highest value of each of 240 stretches of time, and long tables
-- say how many of how many rows they show: the page of a million values takes 350 kB.

.bail on
.mode list
.headers off

-- A parameter that is misspelled, or lacks its colon, is an error: it must not silently mean the default.
.param init
DROP TABLE IF EXISTS temp.parameter;
CREATE TEMP TABLE parameter(
  name TEXT CONSTRAINT "unknown parameter: this script takes :out, :title, :source, :exported, :checked, :path and :now, each with its colon"
  CHECK (name IN (':out', ':title', ':source', ':exported', ':checked', ':path', ':now')));
INSERT INTO parameter SELECT key FROM temp.sqlite_parameters;

DROP TABLE IF EXISTS temp.request;
CREATE TEMP TABLE request(
  out TEXT CONSTRAINT "set :out to the file to write" CHECK (out IS NOT NULL AND out <> ''),
  free INTEGER CONSTRAINT "the page would replace a file that is not an earlier page: remove it, or name another" CHECK (free),
  known INTEGER CONSTRAINT "this is not a Strata database: some of the nine tables are missing"
  CHECK (known),
  source TEXT, title TEXT,
  written INTEGER CONSTRAINT "the page cannot be written: is the disk full?" CHECK (written > 0));
INSERT INTO request(out, free, known, source, title)
SELECT CAST(:out AS TEXT), coalesce(CAST(substr(readfile(:out), 1, 33) AS TEXT), '') IN ('', '<!doctype html><!-- strata report'),
       (SELECT count(*) = 9 FROM main.sqlite_master
         WHERE type = 'table' AND name IN (SELECT table_name FROM strata_backup_counts('{"schemaVersion":"1","data":{}}'))),
       CAST(coalesce(:source, nullif(file, ''), 'a database in memory') AS TEXT), CAST(coalesce(:title, 'Net worth') AS TEXT)
  FROM pragma_database_list WHERE name = 'main';

-- One moment for all reads. At the end everything that is created from here on is rolled back.
SAVEPOINT report;

--
-- The data, in one shape whatever the version of the schema. A column that the database lacks is
-- NULL: NATURAL LEFT JOIN (SELECT NULL AS …) adds it, unless the table has it.
--

CREATE TEMP TABLE home AS
SELECT coalesce((SELECT upper(trim(currency)) FROM main.portfolio_snapshots NATURAL LEFT JOIN (SELECT NULL AS currency)
                  WHERE trim(currency) <> '' GROUP BY 1 ORDER BY count(*) DESC, max(observed_at) DESC LIMIT 1), 'EUR') AS currency;

CREATE TEMP TABLE class(name TEXT PRIMARY KEY, label TEXT, part INTEGER);
INSERT INTO class VALUES ('FINANCIAL', 'Financial', 1), ('REAL_ESTATE', 'Real estate', 2), ('PERSONAL_PROPERTY', 'Personal property', 3),
  ('PHYSICAL_COLLECTIONS', 'Collections', 4), ('OTHER', 'Other', 5), ('LIABILITIES', 'Liabilities', 7);

CREATE TEMP TABLE thing(  -- an asset, and when it was disposed of
  n INTEGER PRIMARY KEY, id, name TEXT, type TEXT, class TEXT, quantity, disposed INTEGER, gone INTEGER);
INSERT INTO thing(id, name, type, class, quantity, disposed)
SELECT a.id, CAST(a.name AS TEXT), coalesce(CAST(y.label AS TEXT), ''), coalesce(CAST(y.class AS TEXT), 'OTHER'), a.quantity,
       lower(a.disposed) IN ('1', 'true')
  FROM main.assets AS a
  LEFT JOIN (SELECT id, label, "group" AS class FROM main.asset_types NATURAL LEFT JOIN (SELECT NULL AS "group")) AS y
         ON y.id = a.asset_type_id;
CREATE INDEX temp.thing_id ON thing(id);

-- Every amount and its moment: kind 'a' of an asset, 'p' of the portfolio, 'd' of the disposal of an asset. An
-- amount is split into a whole number and hundred-millionths, which add up exactly; from a trillion on it stays a
-- double (big). A moment is milliseconds since 1970. Either is NULL if it cannot be read. SQLite's functions know
-- the years 0000 to 9999; any other is moved into 2000 to 2399 by whole cycles of the calendar.
CREATE TEMP TABLE reading(
  seq INTEGER PRIMARY KEY, kind TEXT, thing INTEGER, currency TEXT, debt INTEGER, note TEXT, amount, stamp,
  size REAL AS (CASE WHEN typeof(amount) IN ('integer', 'real') OR amount GLOB '*[0-9]*' AND amount NOT GLOB '*[^0-9.eE+-]*'
                     THEN CAST(amount AS REAL) END),
  value REAL AS (CASE WHEN abs(size) > 1e300 THEN NULL WHEN debt THEN -abs(size) ELSE size END) STORED,
  big REAL AS (CASE WHEN abs(value) >= 1e12 THEN value ELSE 0.0 END),
  digits TEXT AS (CASE WHEN abs(value) BETWEEN 1e7 AND 1e12  -- no more of them than a double has
                       THEN printf('%.*f', 15 - length(CAST(abs(value) AS INTEGER)), abs(value)) END),
  whole INTEGER AS (CASE WHEN abs(value) >= 1e12 THEN 0 ELSE CAST(value AS INTEGER) END) STORED,
  rest INTEGER AS (CASE WHEN abs(value) >= 1e12 THEN 0
                        WHEN digits IS NULL THEN CAST(round((value - whole) * 1e8) AS INTEGER)
                        ELSE CAST(substr(substr(digits, instr(digits, '.') + 1) || '00000000', 1, 8) AS INTEGER)
                             * CASE WHEN value < 0 THEN -1 ELSE 1 END END) STORED,
  iso TEXT AS (CASE WHEN typeof(stamp) <> 'text' THEN NULL
                    WHEN stamp GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*' THEN stamp
                    WHEN stamp GLOB '[+-][0-9][0-9][0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*'
                    THEN (2000 + (CAST(substr(stamp, 1, 7) AS INTEGER) % 400 + 400) % 400) || substr(stamp, 8) END),
  cycles INTEGER AS (CASE WHEN iso = stamp THEN 0
                          ELSE (CAST(substr(stamp, 1, 7) AS INTEGER) - CAST(substr(iso, 1, 4) AS INTEGER)) / 400 END),
  day REAL AS (coalesce(julianday(iso), julianday(upper(iso)),
                        julianday(substr(upper(iso), 1, length(iso) - 2) || ':' || substr(iso, -2)))),
  t INTEGER AS (CASE WHEN typeof(stamp) IN ('integer', 'real') AND abs(stamp) <= 8.64e15 THEN CAST(stamp AS INTEGER)
                     ELSE CAST(round((day - 2440587.5) * 86400000.0) AS INTEGER) + cycles * 12622780800000 END) STORED);
INSERT INTO reading(kind, currency, amount, stamp, note)
SELECT 'p', upper(coalesce(nullif(trim(currency), ''), (SELECT currency FROM home))), value, observed_at, CAST(nullif(notes, '') AS TEXT)
  FROM main.portfolio_snapshots NATURAL LEFT JOIN (SELECT NULL AS currency, NULL AS notes);
INSERT INTO reading(kind, thing, stamp)
SELECT 'd', thing.n, x.occurred_at FROM main.transactions AS x JOIN thing ON thing.id = x.asset_id
 WHERE x.type = 'DISPOSE' AND thing.disposed;
UPDATE thing SET gone = (SELECT min(t) FROM reading WHERE kind = 'd' AND thing = thing.n) WHERE disposed;
INSERT INTO reading(kind, thing, currency, debt, amount, stamp)
SELECT 'a', t.n, upper(coalesce(nullif(trim(s.currency), ''), home.currency)), t.class = 'LIABILITIES', s.value, s.observed_at
  FROM (SELECT asset_id, value, observed_at, currency
          FROM main.asset_snapshots NATURAL LEFT JOIN (SELECT NULL AS currency)) AS s
  JOIN home LEFT JOIN thing AS t ON t.id = s.asset_id;

-- The values of each asset, oldest first: row n - 1 is the previous value of the same asset.
CREATE TEMP TABLE step(id INTEGER PRIMARY KEY, thing INTEGER, t INTEGER, currency TEXT, value REAL, whole INTEGER, rest INTEGER, big REAL,
                       negated INTEGER);
INSERT INTO step(thing, t, currency, value, whole, rest, big, negated)
SELECT thing, t, currency, value, whole, rest, big, debt AND size < 0 FROM reading
 WHERE kind = 'a' AND thing IS NOT NULL AND t IS NOT NULL AND value IS NOT NULL ORDER BY thing, t, seq DESC;
CREATE TEMP TABLE course(thing INTEGER PRIMARY KEY, first INTEGER, last INTEGER, counted INTEGER);  -- ids in step; the last that counts
INSERT INTO course
SELECT step.thing, min(step.id), max(step.id), max(CASE WHEN NOT thing.disposed OR t < gone THEN step.id END)
  FROM step CROSS JOIN thing ON thing.n = step.thing GROUP BY step.thing;

-- The sum of all assets from each moment on; kept_…: without those that have been disposed of by now.
CREATE TEMP TABLE total(
  currency TEXT, t INTEGER, whole INTEGER, rest INTEGER, big REAL, kept_whole INTEGER, kept_rest INTEGER, kept_big REAL,
  value REAL AS (whole + rest / 1e8 + big), PRIMARY KEY (currency, t)) WITHOUT ROWID;
INSERT INTO total
WITH counted AS (SELECT s.*, p.currency AS currency0, p.whole AS whole0, p.rest AS rest0, p.big AS big0, p.currency = s.currency AS same,
                        NOT thing.disposed AS kept
                   FROM step AS s CROSS JOIN course ON course.thing = s.thing CROSS JOIN thing ON thing.n = s.thing
                   LEFT JOIN step AS p ON p.id = s.id - 1 AND p.thing = s.thing WHERE s.id <= course.counted),
     change AS (  -- a value replaces the previous one, which may have been in another currency; then disposals
       SELECT currency, t, kept, whole - CASE WHEN same THEN whole0 ELSE 0 END AS whole, rest - CASE WHEN same THEN rest0 ELSE 0 END AS rest,
              big - CASE WHEN same THEN big0 ELSE 0 END AS big FROM counted
       UNION ALL SELECT currency0, t, kept, -whole0, -rest0, -big0 FROM counted WHERE NOT same
       UNION ALL SELECT s.currency, gone, 0, -s.whole, -s.rest, -s.big
                   FROM thing JOIN course ON course.thing = thing.n JOIN step AS s ON s.id = counted WHERE gone IS NOT NULL),
     moved AS (SELECT currency, t, sum(whole) AS whole, sum(rest) AS rest, sum(big) AS big,
                      sum(whole * kept) AS kept_whole, sum(rest * kept) AS kept_rest, sum(big * kept) AS kept_big
                 FROM change GROUP BY currency, t)
SELECT currency, t, sum(whole) OVER past, sum(rest) OVER past, sum(big) OVER past,
       sum(kept_whole) OVER past, sum(kept_rest) OVER past, sum(kept_big) OVER past
  FROM moved WINDOW past AS (PARTITION BY currency ORDER BY t);

-- The portfolio snapshots, and the sum of the assets at each. Differences below half a cent are ignored; for tiny
-- totals below a millionth of them; for totals too large to be exact, below a billionth.
CREATE TEMP TABLE mark(
  id INTEGER PRIMARY KEY, currency TEXT, t INTEGER, value REAL, note TEXT, computed REAL, gap REAL, kept_gap REAL,
  size REAL AS (abs(value) + abs(computed)),
  slack REAL AS (CASE WHEN size >= 1e12 THEN size / 1e9 ELSE min(0.005, size / 1e6) END),
  verdict TEXT AS (CASE WHEN computed IS NULL THEN 'unknown' WHEN abs(gap) <= slack THEN 'agrees'
                        WHEN abs(kept_gap) <= slack THEN 'later' ELSE 'differs' END));
INSERT INTO mark(currency, t, value, note, computed, gap, kept_gap)
SELECT p.currency, p.t, p.value, p.note, c.value, p.whole - c.whole + (p.rest - c.rest) / 1e8 + (p.big - c.big),
       p.whole - c.kept_whole + (p.rest - c.kept_rest) / 1e8 + (p.big - c.kept_big)
  FROM reading AS p
  LEFT JOIN total AS c ON c.currency = p.currency AND c.t = (SELECT max(t) FROM total WHERE currency = p.currency AND t <= p.t)
 WHERE p.kind = 'p' AND p.t IS NOT NULL AND p.value IS NOT NULL ORDER BY p.currency, p.t, p.seq DESC;
CREATE INDEX temp.mark_time ON mark(currency, t);

--
-- SQL lacks these functions, so each is a table with generated columns: insert a value, and read its text
-- beside it.
--

-- An amount as people write it, with all its digits: 1,234.50; from 10^15 on as 1.2345e15.
CREATE TEMP TABLE money(
  v REAL PRIMARY KEY ON CONFLICT IGNORE,
  digits TEXT AS (printf('%.*f', max(2, min(8, 15 - length(CAST(CAST(abs(v) AS INTEGER) AS TEXT)))), abs(v))),
  tail TEXT AS (rtrim(substr(digits, instr(digits, '.') + 1), '0')),
  plain TEXT AS (CASE WHEN abs(v) >= 1e15 OR abs(v) < 9.99e-9 AND v <> 0
                      THEN replace(replace(printf('%.6g', v), 'e+', 'e'), '-', '−')
                      ELSE CASE WHEN v < 0 THEN '−' ELSE '' END || printf('%,d', CAST(digits AS INTEGER))
                           || CASE tail WHEN '' THEN '' ELSE '.' || tail END END),
  text TEXT AS (CASE WHEN instr(plain, 'e') OR length(tail) >= 2 THEN plain WHEN tail = '' THEN plain || '.00' ELSE plain || '0' END),
  change TEXT AS (CASE WHEN v > 0 THEN '+' ELSE '' END || text));

-- A moment as a day: 31 Dec 2024.
CREATE TEMP TABLE moment(
  t INTEGER PRIMARY KEY ON CONFLICT IGNORE,
  cycle INTEGER AS ((t - 946684800000) / 12622780800000 - (t < 946684800000 AND (t - 946684800000) % 12622780800000 <> 0)),
  iso TEXT AS (strftime('%Y-%m-%d %H:%M:%S', (t - cycle * 12622780800000 - (t % 1000 + 1000) % 1000) / 1000, 'unixepoch')),
  year TEXT AS (printf('%04d', CAST(substr(iso, 1, 4) AS INTEGER) + 400 * cycle)),
  month TEXT AS (substr('JanFebMarAprMayJunJulAugSepOctNovDec', CAST(substr(iso, 6, 2) AS INTEGER) * 3 - 2, 3)),
  date TEXT AS (CAST(substr(iso, 9, 2) AS INTEGER) || ' ' || month),
  day TEXT AS (date || ' ' || year));

-- A text from the database as HTML. Control characters are shown as in JSON. A long text is cut, with more of it
-- in a tooltip. <bdi> keeps right-to-left text from reordering what surrounds it.
CREATE TEMP TABLE word(
  raw TEXT PRIMARY KEY ON CONFLICT IGNORE,
  quoted TEXT AS (replace(replace(replace(json_quote(raw), '\\', char(1)), '\"', '"'), char(127), '\u007f')),
  clean TEXT AS (replace(substr(quoted, 2, length(quoted) - 2), char(1), '\')),
  safe TEXT AS (replace(replace(replace(replace(replace(substr(clean, 1, 600), '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;'), '''', '&#39;')),
  safe_cut TEXT AS (replace(replace(replace(replace(replace(substr(clean, 1, 69), '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;'), '''', '&#39;')),
  cut TEXT AS (CASE WHEN length(clean) > 70 THEN safe_cut || '…' ELSE safe END),
  html TEXT AS (printf('<bdi%s>%s</bdi>', CASE WHEN length(clean) > 70 THEN ' title="' || safe || '"' ELSE '' END, cut)));

--
-- The curves, of the six currencies with the most portfolio snapshots. Each has its own scale.
--

CREATE TEMP TABLE curve(currency TEXT, line TEXT, t INTEGER, v REAL);
INSERT INTO curve
WITH chosen AS (SELECT currency FROM (SELECT currency, count(*) AS n FROM mark GROUP BY currency
                                      UNION ALL SELECT currency, 0 FROM total GROUP BY currency)
                 GROUP BY currency ORDER BY sum(n) DESC, currency LIMIT 6),
     every AS (SELECT currency, 'recorded' AS line, t, value AS v FROM mark UNION ALL SELECT currency, 'computed', t, value FROM total),
     extent AS (SELECT currency, line, count(*) AS n, min(t) AS t0, max(t) AS t1 FROM every GROUP BY currency, line),
     sorted AS (SELECT currency, line, t, v, CASE WHEN n <= 480 THEN t ELSE (t - t0) / ((t1 - t0) / 240 + 1) END AS stretch
                  FROM every JOIN chosen USING (currency) JOIN extent USING (currency, line))
SELECT currency, line, t, v
  FROM (SELECT currency, line, t, min(v) AS v FROM sorted GROUP BY currency, line, stretch
        UNION SELECT currency, line, t, max(v) FROM sorted GROUP BY currency, line, stretch
        UNION SELECT currency, line, max(t), v FROM sorted GROUP BY currency, line)
 ORDER BY currency, line, t;

-- The axes of each: from t0 to t1, and from y0 to y1 with a line every `rung`. A scale that comes near zero
-- begins at zero; a flat curve lies in the middle.
CREATE TEMP TABLE frame(n INTEGER PRIMARY KEY, currency TEXT, spots INTEGER, t0 INTEGER, t1 INTEGER, low REAL, high REAL, y0 REAL, y1 REAL,
                        rung REAL);
INSERT INTO frame(currency, spots, t0, t1, low, high)
SELECT currency, count(*), min(t) - 1296000000 * (min(t) = max(t)), max(t) + 1296000000 * (min(t) = max(t)), min(v), max(v) FROM curve
 GROUP BY currency ORDER BY sum(line = 'recorded') = 0, (SELECT count(*) FROM mark WHERE mark.currency = curve.currency) DESC, currency;
UPDATE frame SET
  y0 = CASE WHEN high - low <= 1e-9 * abs(high) THEN low - max(abs(low) / 20, 1e-8) WHEN low > 0 AND low < high / 2 THEN 0 ELSE low END,
  y1 = CASE WHEN high - low <= 1e-9 * abs(high) THEN high + max(abs(high) / 20, 1e-8) WHEN high < 0 AND high > low / 2 THEN 0 ELSE high END;
UPDATE frame SET rung = (
  WITH raw AS (SELECT (y1 - y0) / 4 AS v, printf('%.6e', (y1 - y0) / 4) AS e),
       power AS (SELECT v, CAST('1' || substr(e, instr(e, 'e')) AS REAL) AS p FROM raw)
  SELECT p * CASE WHEN v <= 1.0001 * p THEN 1 WHEN v <= 2.0001 * p THEN 2 WHEN v <= 2.5001 * p THEN 2.5 WHEN v <= 5.0001 * p THEN 5 ELSE 10 END
    FROM power);
UPDATE frame SET y0 = rung * (CAST(y0 / rung AS INTEGER) - (y0 / rung < CAST(y0 / rung AS INTEGER))),
                 y1 = rung * (CAST(y1 / rung AS INTEGER) + (y1 / rung > CAST(y1 / rung AS INTEGER)));

CREATE TEMP TABLE ytick AS
WITH RECURSIVE ticks(n, v, i) AS (
  SELECT n, y0, 0 FROM frame
  UNION ALL SELECT n, y0 + (i + 1) * rung, i + 1 FROM ticks JOIN frame USING (n) WHERE i < 12 AND y0 + (i + 1.5) * rung <= y1 + rung),
unit(least, size, name) AS (VALUES (0, 1, ''), (1e4, 1e3, 'k'), (1e6, 1e6, 'm'), (1e9, 1e9, 'bn'), (1e12, 1e12, 'tn'))
SELECT n, v, CASE WHEN abs(v) < rung / 1000 THEN '0' WHEN max(abs(y0), abs(y1)) >= 1e15 OR rung < 0.001
                  THEN replace(replace(printf('%.3g', v), 'e+', 'e'), '-', '−')
                  ELSE replace(printf('%.10g', v / size), '-', '−') || name END AS label
  FROM ticks JOIN frame USING (n) JOIN unit ON least = (SELECT max(least) FROM unit WHERE least <= max(abs(y0), abs(y1)));

-- Each picture is drawn twice, for a wide page and for a phone; CSS shows one of the two.
CREATE TEMP TABLE plot AS
WITH layout(name, width, height, beats) AS (VALUES ('wide', 720, 300, 7), ('narrow', 360, 230, 3)),
     room AS (SELECT f.*, l.*, 14 + 7 * (SELECT max(length(label)) FROM ytick WHERE n = f.n) AS left, width - 26 AS right, 14 AS top, height - 28 AS bottom
                FROM frame AS f JOIN layout AS l)
SELECT *, (right - left) / (1.0 * (t1 - t0)) AS kx, (bottom - top) / (y1 - y0) AS ky FROM room;

-- The ticks of the time axis: the finest beat of the clock or the calendar whose labels still have room.
CREATE TEMP TABLE beat(ms INTEGER, months INTEGER);
INSERT INTO beat(ms, months) VALUES (1, 0), (10, 0), (100, 0), (1000, 0), (5000, 0), (15000, 0), (60000, 0), (300000, 0), (900000, 0),
  (3600000, 0), (10800000, 0), (21600000, 0), (86400000, 0), (172800000, 0), (604800000, 0), (1209600000, 0);
INSERT INTO beat SELECT value * 2629746000, value FROM json_each('[1,3,6,12,24,60,120,240,600,1200,2400,6000,12000,24000,60000,120000,240000,600000,1200000]');
CREATE TEMP TABLE xtick AS
WITH RECURSIVE chosen AS (SELECT n, name, t0, t1, min(ms) AS ms, months FROM plot JOIN beat ON (t1 - t0) / ms <= beats GROUP BY n, name),
start AS (SELECT *, (t0 - 946684800000) / 12622780800000 - (t0 < 946684800000) AS cycle FROM chosen),
ticks(n, name, t0, t1, ms, months, at) AS (  -- at: milliseconds, or months since the year 0
  SELECT n, name, t0, t1, ms, months, CASE months WHEN 0 THEN (t0 / ms - 1) * ms
         ELSE ((CAST(strftime('%Y', (t0 - cycle * 12622780800000) / 1000, 'unixepoch') AS INTEGER) + cycle * 400) * 12 / months - 1) * months END
    FROM start
  UNION ALL
  SELECT n, name, t0, t1, ms, months, at + CASE months WHEN 0 THEN ms ELSE months END FROM ticks
   WHERE CASE months WHEN 0 THEN at ELSE (at - 24001) * 2629746000 + 946684800000 END <= t1),
placed AS (
  SELECT *, CASE months WHEN 0 THEN at ELSE CAST(strftime('%s', printf('%04d-%02d-01', 2000 + m / 12, m % 12 + 1)) AS INTEGER) * 1000
                                            + ((at - m) / 4800 - 5) * 12622780800000 END AS t
    FROM (SELECT *, (at % 4800 + 4800) % 4800 AS m FROM ticks))
SELECT n, name, t, months, ms FROM placed WHERE t BETWEEN t0 AND t1;

CREATE TEMP TABLE stroke AS
SELECT n, name, line, count(*) AS spots, 'M' || group_concat(printf('%.1f %.1f', x, y), 'L') AS path, min(x) AS x0, max(x) AS x1
  FROM (SELECT n, name, line, left + (t - p.t0) * kx AS x, top + (y1 - v) * ky AS y FROM plot AS p JOIN curve USING (currency) ORDER BY n, name, line, t)
 GROUP BY n, name, line;

--
-- The page, a piece at a time.
--

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
:root { --paper: #fcfbf8; --ink: #22262a; --soft: #5d646b; --line: #dedbd3; --accent: #12607d; --tint: #12607d1c; --warn: #a33b0b }
@media (prefers-color-scheme: dark) {
  :root { --paper: #15191c; --ink: #e6e4df; --soft: #a0a7ad; --line: #343a40; --accent: #6fbfd9; --tint: #6fbfd922; --warn: #f19a6b }
}
* { box-sizing: border-box }
html, .chart text { font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "DejaVu Sans", sans-serif }
html { background: var(--paper); color: var(--ink); color-scheme: light dark; -webkit-text-size-adjust: 100%; font-variant-numeric: tabular-nums }
body { max-width: 48rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem }
h1, h2, h3 { font-family: "Iowan Old Style", Palatino, "Palatino Linotype", Georgia, "Noto Serif", "DejaVu Serif", serif; font-weight: 600; line-height: 1.2 }
h1 { font-size: 2rem; margin: 0 } h2 { font-size: 1.35rem; margin: 3.25rem 0 .5rem } h3 { font-size: 1.05rem; margin: 2.25rem 0 .25rem }
p, figcaption { margin: .4rem 0; max-width: 40rem } bdi { overflow-wrap: anywhere }
.soft, figcaption, caption, dt, thead th, small { color: var(--soft) } figcaption, caption, p.soft, dl { font-size: .9rem } .warn { color: var(--warn) }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.25rem; margin: .9rem 0 } dd { margin: 0 }
.now { font-size: 2.6rem; line-height: 1.15; letter-spacing: -.01em; margin: .75rem 0 0; overflow-wrap: anywhere } .now small { font-size: 1.1rem; letter-spacing: 0 }
.moves { display: flex; flex-wrap: wrap; gap: .1rem 1.75rem; margin: .25rem 0; padding: 0; list-style: none } .moves b { font-weight: 600 }
table { border-collapse: collapse; width: 100%; margin: .75rem 0 } caption { text-align: left; padding-bottom: .35rem }
th, td { text-align: left; vertical-align: baseline; padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); font-weight: 400 }
th:last-child, td:last-child { padding-right: 0 } thead th { font-size: .82rem; padding-top: 0 } .num { text-align: right; white-space: nowrap }
.name { width: 99%; overflow-wrap: anywhere } .differences { table-layout: fixed } .differences th:first-child { width: 30% }
td small, th small { display: block; font-size: .82rem } tbody th[scope=rowgroup] { padding-top: 1.25rem; font-weight: 600 } .sum > * { font-weight: 600; border: 0 }
figure { margin: 1rem 0 } svg { display: block; overflow: visible } .chart { width: 100%; height: auto } .narrow { display: none }
.chart text { font-size: 12px; fill: var(--soft) } .grid { stroke: var(--line) } .zero { stroke: var(--soft) } .area { fill: var(--tint) }
.recorded { stroke: var(--accent); stroke-width: 2; fill: none; stroke-linejoin: round } .dot { fill: var(--accent); stroke: var(--paper); stroke-width: 1.5 }
.computed { stroke: var(--soft); stroke-width: 1.25; fill: none; stroke-dasharray: 4 3 }
.computed.dense { stroke-dasharray: none; stroke-width: .75 } .ring { stroke: var(--warn); stroke-width: 2; fill: none }
.key, .spark, .bar { display: inline-block } .key { width: 1.6em; height: .7em } .spark, .bar { vertical-align: middle }
.spark { width: 6rem; height: 1.75rem } .spark path { stroke-width: 1.5 }
.scroll { overflow-x: auto } .bars { width: 40% } .bar { width: 100%; min-width: 3rem; height: .8rem }
.owned { fill: var(--accent) } .owed { fill: var(--soft) } summary { cursor: pointer; color: var(--accent) } footer { margin-top: 3rem }
@media (max-width: 35rem) {
  body { padding: 1.5rem 1rem 3rem } h1 { font-size: 1.6rem } .now { font-size: 2rem } .wide, .roomy { display: none } .narrow { display: block }
  .odd td, .odd tbody th { font-size: .82rem } .bars { width: 24% } .spark { width: 4rem } th, td { padding-right: .6rem }
  dl { grid-template-columns: 1fr } dt { margin-top: .3rem }
}
@media print {
  :root { --paper: #fff; --ink: #000; --soft: #444; --line: #bbb; --accent: #0b4a63; --tint: #0b4a6318; --warn: #8c2f06 } html { font-size: 10.5pt }
  body { max-width: none; padding: 0 } h2, h3, thead { break-after: avoid }
  tbody > tr:first-child { break-after: avoid } figure, tr, .now { break-inside: avoid } details:not([open]) { display: none }
}
</style>');

-- The head: the source, and how many rows it has.
INSERT INTO word(raw)
SELECT v FROM (SELECT title AS v FROM request UNION ALL SELECT source FROM request UNION ALL SELECT CAST(:checked AS TEXT)
               UNION ALL SELECT CAST(:exported AS TEXT) UNION ALL SELECT CAST(:path AS TEXT)) WHERE v IS NOT NULL;
INSERT INTO page(html)
WITH size(n, one, many) AS (
  SELECT count(*), 'asset', 'assets' FROM main.assets
  UNION ALL SELECT count(*), 'asset value', 'asset values' FROM main.asset_snapshots
  UNION ALL SELECT count(*), 'portfolio snapshot', 'portfolio snapshots' FROM main.portfolio_snapshots
  UNION ALL SELECT count(*), 'transaction', 'transactions' FROM main.transactions
  UNION ALL SELECT count(*), 'asset type', 'asset types' FROM main.asset_types
  UNION ALL SELECT count(*), 'category', 'categories' FROM main.categories
  UNION ALL SELECT count(*), 'tag', 'tags' FROM main.tags
  UNION ALL SELECT count(*), 'link to a category', 'links to categories' FROM main.asset_categories
  UNION ALL SELECT count(*), 'link to a tag', 'links to tags' FROM main.asset_tags),
fact(term, html) AS (
  SELECT 'Read from', word.html FROM word JOIN request ON raw = source
  UNION ALL SELECT 'Exported', html FROM word WHERE raw = CAST(:exported AS TEXT)
  UNION ALL SELECT 'Checked', html FROM word WHERE raw = CAST(:checked AS TEXT)
  UNION ALL SELECT 'Created', strftime('%Y-%m-%d %H:%M UTC', coalesce(:now, 'now'))
  UNION ALL SELECT 'Contents', group_concat(replace(printf('%,d %s', n, CASE n WHEN 1 THEN one ELSE many END), ' ', '&nbsp;'), ', ') FROM size)
SELECT printf('<title>%s</title></head><body><header><h1>%s</h1><dl>%s</dl></header><main>', cut, html,
              (SELECT group_concat(printf('<dt>%s</dt><dd>%s</dd>', term, fact.html), '') FROM fact))
  FROM word JOIN request ON raw = title;

-- The charts of the net worth, one shape at a time.
INSERT INTO word(raw) SELECT currency FROM mark UNION SELECT currency FROM total UNION SELECT currency FROM home;
INSERT INTO money(v) SELECT y0 FROM frame UNION SELECT low FROM frame UNION SELECT high FROM frame;
INSERT INTO moment(t) SELECT t0 FROM frame UNION SELECT t1 FROM frame UNION SELECT t FROM xtick;

CREATE TEMP TABLE shape(z INTEGER PRIMARY KEY, n INTEGER, name TEXT, svg TEXT);
INSERT INTO shape(n, name, svg)
SELECT n, name, printf('<path class="%s" d="M%d %.1fH%d"/><text x="%d" y="%.1f" text-anchor="end">%s</text>', CASE label WHEN '0' THEN 'zero' ELSE 'grid' END,
                       left, top + (y1 - v) * ky, right + 10, left - 8, top + (y1 - v) * ky + 4, label)
  FROM plot JOIN ytick USING (n);
INSERT INTO shape(n, name, svg)
SELECT n, name, printf('<path class="grid" d="M%.1f %dv5"/><text x="%.1f" y="%d" text-anchor="middle">%s</text>',
                       left + (x.t - t0) * kx, bottom, left + (x.t - t0) * kx, bottom + 19,
                       CASE WHEN months >= 12 THEN year WHEN months > 0 THEN month || ' ' || year WHEN ms >= 86400000 THEN date
                            WHEN ms >= 60000 THEN substr(iso, 12, 5) ELSE substr(iso, 12) END)
  FROM plot JOIN xtick AS x USING (n, name) JOIN moment AS m ON m.t = x.t;
INSERT INTO shape(n, name, svg)
SELECT n, name, printf('<path class="area" d="%sL%.1f %.1fL%.1f %.1fZ"/>', path, x1, top + y1 * ky, x0, top + y1 * ky)
  FROM plot JOIN stroke AS s USING (n, name) WHERE line = 'recorded' AND s.spots > 1 AND y0 <= 0 AND y1 >= 0;
INSERT INTO shape(n, name, svg)
SELECT n, name, printf('<path class="%s%s" d="%s"/>', line, CASE WHEN spots > 120 THEN ' dense' ELSE '' END, path) FROM stroke WHERE spots > 1 ORDER BY n, name, line;
INSERT INTO shape(n, name, svg)
SELECT n, name, printf('<circle class="dot" cx="%.1f" cy="%.1f" r="%s"/>', left + (t - t0) * kx, top + (y1 - v) * ky, CASE t WHEN newest THEN '4.5' ELSE '3' END)
  FROM plot JOIN (SELECT *, max(t) OVER each AS newest, count(*) OVER each AS dots FROM curve WHERE line = 'recorded'
                  WINDOW each AS (PARTITION BY currency)) USING (currency) WHERE dots <= 60 OR t = newest ORDER BY t;
INSERT INTO shape(n, name, svg)
SELECT n, name, printf('<circle class="ring" cx="%.1f" cy="%.1f" r="7"/>', left + (t - t0) * kx, top + (y1 - value) * ky)
  FROM plot JOIN (SELECT *, count(*) OVER (PARTITION BY currency) AS rings FROM mark WHERE verdict = 'differs') USING (currency) WHERE rings <= 40;
CREATE TEMP TABLE picture AS
SELECT n, group_concat(svg, '') AS svg, max(instr(svg, 'class="ring"')) AS rings FROM (
  SELECT n, printf('<svg class="chart %s" viewBox="0 0 %d %d" role="img"><title>Net worth in %s over time</title>'
                   || '<desc>From %s to %s; lowest %s, highest %s.</desc>%s</svg>', name, width, height,
                   (SELECT cut FROM word WHERE raw = currency), (SELECT day FROM moment WHERE t = t0), (SELECT day FROM moment WHERE t = t1),
                   (SELECT text FROM money WHERE v = low), (SELECT text FROM money WHERE v = high),
                   (SELECT group_concat(svg, '') FROM (SELECT svg FROM shape WHERE n = p.n AND name = p.name ORDER BY z))) AS svg
    FROM plot AS p WHERE spots > 1 ORDER BY n, name DESC)
 GROUP BY n;

-- Net worth over time: for each currency the last figure, its changes, and the chart.
CREATE TEMP TABLE latest AS
SELECT f.n, f.currency, f.y0, m.id, coalesce(m.t, c.t) AS t, coalesce(m.value, c.value) AS value, verdict, c.t AS total_t, c.value AS total
  FROM frame AS f LEFT JOIN mark AS m ON m.id = (SELECT max(id) FROM mark WHERE currency = f.currency)
  LEFT JOIN total AS c ON c.currency = f.currency AND c.t = (SELECT max(t) FROM total WHERE currency = f.currency);
CREATE TEMP TABLE move AS  -- since three months before, and since a year before
SELECT l.n, m.id, m.t, l.value - m.value AS moved, (l.value - m.value) / abs(m.value) AS share
  FROM latest AS l JOIN mark AS m ON m.id IN ((SELECT max(id) FROM mark WHERE currency = l.currency AND t <= l.t - 91 * 86400000),
                                              (SELECT max(id) FROM mark WHERE currency = l.currency AND t <= l.t - 365 * 86400000))
 WHERE l.id IS NOT NULL;
INSERT INTO money(v) SELECT value FROM latest UNION SELECT total FROM latest UNION SELECT moved FROM move;
INSERT INTO moment(t) SELECT t FROM latest UNION SELECT total_t FROM latest WHERE total_t IS NOT NULL UNION SELECT t FROM move;
INSERT INTO page(html)
SELECT CASE WHEN (SELECT count(*) FROM thing) + (SELECT count(*) FROM reading) = 0
            THEN '<section><h2>Nothing here yet</h2><p>This database has Strata''s tables, but no assets or values yet.</p></section>'
            WHEN (SELECT count(*) FROM frame) = 0 THEN '<section><h2>Over time</h2><p>There are no values to chart yet.</p></section>'
            ELSE '<section><h2>Over time</h2>' END;
INSERT INTO page(html)
SELECT printf('%s<p class="now">%s <small>%s</small></p><p class="soft">%s on %s%s.%s</p>%s%s',
         CASE WHEN (SELECT count(*) FROM frame) > 1 THEN '<h3>' || w.html || '</h3>' END, (SELECT text FROM money WHERE v = value), w.html,
         CASE WHEN id THEN 'Recorded' ELSE 'What the values of the assets add up to' END, (SELECT day FROM moment WHERE moment.t = l.t),
         CASE WHEN verdict IN ('agrees', 'later') THEN '; the values of the assets add up to the same'
              WHEN verdict = 'differs' THEN '; <span class="warn">the values of the assets add up to something else, see below</span>' END,
         CASE WHEN id AND total_t > l.t THEN printf(' By their latest values they add up to %s on %s.', (SELECT text FROM money WHERE v = total),
                                                    (SELECT day FROM moment WHERE t = total_t)) END,
         (SELECT '<ul class="moves">' || group_concat(printf('<li><b>%s</b>%s since %s</li>', (SELECT change FROM money WHERE v = moved),
                    CASE WHEN abs(share) < 100 THEN replace(printf(' (%+.1f%%)', 100 * share), '-', '−') END,
                    (SELECT day FROM moment WHERE moment.t = m.t)), '') || '</ul>' FROM (SELECT * FROM move WHERE n = l.n ORDER BY id DESC) AS m GROUP BY NULL),
         (SELECT printf('<figure>%s<figcaption>%s%s%s%s</figcaption></figure>', svg,
                   CASE WHEN recorded.spots = 1 THEN 'The dot is the only portfolio snapshot so far. '
                        WHEN recorded.spots > 1 THEN '<svg class="key" viewBox="0 0 26 10" aria-hidden="true"><path class="recorded" d="M1 6L25 6"/></svg> '
                                                     || 'as the portfolio snapshots recorded it. ' END,
                   CASE WHEN computed.spots > 1 THEN printf('<svg class="key" viewBox="0 0 26 10" aria-hidden="true"><path class="computed%s" d="M1 6L25 6"/></svg> ',
                                                            CASE WHEN computed.spots > 120 THEN ' dense' ELSE '' END)
                                                     || 'what the values of the assets add up to. ' END,
                   CASE WHEN rings THEN '<span class="warn">A ring marks where the two disagree.</span> ' END,
                   CASE WHEN y0 > 0 THEN 'The scale begins at ' || (SELECT text FROM money WHERE v = y0) || ', not at zero.' END)
            FROM picture LEFT JOIN stroke AS recorded ON recorded.n = l.n AND recorded.name = 'wide' AND recorded.line = 'recorded'
            LEFT JOIN stroke AS computed ON computed.n = l.n AND computed.name = 'wide' AND computed.line = 'computed' WHERE picture.n = l.n))
  FROM latest AS l JOIN word AS w ON w.raw = l.currency ORDER BY l.n;

-- The same as a table, newest first, with the notes of the snapshots.
CREATE TEMP TABLE shown AS
SELECT * FROM (SELECT n, m.*, m.value - lag(m.value) OVER (PARTITION BY n ORDER BY m.id) AS moved, row_number() OVER (PARTITION BY n ORDER BY m.id DESC) AS rank,
                      count(*) OVER (PARTITION BY n) AS of FROM mark AS m JOIN frame USING (currency)) WHERE rank <= 60;
INSERT INTO money(v) SELECT value FROM shown UNION SELECT moved FROM shown;
INSERT INTO moment(t) SELECT t FROM shown;
INSERT INTO word(raw) SELECT note FROM shown WHERE note IS NOT NULL;
INSERT INTO page(html)
WITH row AS (SELECT n, currency, of, printf('<tr><th scope="row" class="name">%s%s</th><td class="num">%s</td><td class="num">%s</td></tr>',
                      (SELECT day FROM moment WHERE moment.t = shown.t), '<small>' || (SELECT html FROM word WHERE raw = note) || '</small>',
                      (SELECT text FROM money WHERE v = value), (SELECT change FROM money WHERE v = moved)) AS html FROM shown ORDER BY n, rank),
     list AS (SELECT printf('<div class="scroll"><table><caption>%sPortfolio snapshots in %s, newest first</caption><thead><tr><th scope="col">Day</th>'
                      || '<th scope="col" class="num">Recorded</th><th scope="col" class="num">Change</th></tr></thead><tbody>%s</tbody></table></div>',
                      CASE WHEN of > 60 THEN printf('The latest 60 of %,d. ', of) END, (SELECT html FROM word WHERE raw = currency), group_concat(html, '')) AS html
                FROM row GROUP BY n ORDER BY n)
SELECT printf('<details><summary>The figures as a table</summary>%s</details>', group_concat(html, '')) FROM list GROUP BY NULL;
INSERT INTO page(html) SELECT '</section>' WHERE EXISTS (SELECT 1 FROM frame);

-- Do the totals add up?
CREATE TEMP TABLE odd AS SELECT * FROM (SELECT *, count(*) OVER () AS of FROM mark WHERE verdict = 'differs') ORDER BY t DESC, id LIMIT 25;
INSERT INTO money(v) SELECT value FROM odd UNION SELECT computed FROM odd UNION SELECT gap FROM odd;
INSERT INTO moment(t) SELECT t FROM odd;
INSERT INTO page(html)
SELECT printf('<section><h2>Do the totals add up?</h2><p>%s%s%s</p>',
         CASE WHEN sure = 0 THEN printf('That cannot be checked: when %s recorded, no asset had a value in its currency yet.',
                                        CASE n WHEN 1 THEN 'the one portfolio snapshot was' ELSE printf('the %,d portfolio snapshots were', n) END)
              WHEN differs = 0 THEN printf('Yes. %s with the values of the assets.', CASE sure WHEN 1 THEN 'The portfolio snapshot that can be checked agrees'
                                           ELSE printf('All %,d portfolio snapshots that can be checked agree', sure) END)
              ELSE printf('<strong class="warn">Not everywhere.</strong> Of %,d portfolio snapshot%s that can be checked, %,d %s from what the values of the assets '
                          || 'add up to.', sure, CASE sure WHEN 1 THEN '' ELSE 's' END, differs, CASE differs WHEN 1 THEN 'differs' ELSE 'differ' END) END,
         CASE WHEN later > 0 THEN printf(' %s only if the assets disposed of since then are left out, as the app does when it recalculates past totals.',
                                         CASE later WHEN 1 THEN 'One agrees' ELSE printf('%,d of them agree', later) END) END,
         CASE WHEN sure BETWEEN 1 AND n - 1 THEN printf(' %s recorded before any asset had a value in its currency.',
                                                        CASE n - sure WHEN 1 THEN 'One more was' ELSE printf('%,d more were', n - sure) END) END)
  FROM (SELECT count(*) AS n, sum(verdict <> 'unknown') AS sure, sum(verdict = 'later') AS later, sum(verdict = 'differs') AS differs FROM mark) WHERE n > 0;
INSERT INTO page(html)
WITH row AS (SELECT of, printf('<tr><th scope="row">%s</th><td class="num">%s%s</td><td class="num">%s</td><td class="num warn">%s</td></tr>',
                      (SELECT day FROM moment WHERE moment.t = odd.t), (SELECT text FROM money WHERE v = value),
                      CASE WHEN (SELECT count(DISTINCT currency) FROM mark) > 1 THEN '<small>' || (SELECT html FROM word WHERE raw = currency) || '</small>' END,
                      (SELECT text FROM money WHERE v = computed), (SELECT change FROM money WHERE v = gap)) AS html FROM odd ORDER BY t DESC, id)
SELECT printf('<div class="scroll"><table class="odd"><caption>%s</caption><thead><tr><th scope="col">Day</th><th scope="col" class="num">Recorded</th>'
              || '<th scope="col" class="num">Sum of the assets</th><th scope="col" class="num">Difference</th></tr></thead><tbody>%s</tbody></table></div>',
              CASE WHEN of > 25 THEN printf('The latest 25 of %,d that differ', of) ELSE 'Where they differ, newest first' END, group_concat(html, ''))
  FROM row GROUP BY NULL;
INSERT INTO page(html)
SELECT printf('<p class="soft">The rule: each asset counts with its last value up to that moment, liabilities lower the total, and an asset that was disposed of '
              || 'counts until then.%s Differences of less than half a cent are ignored.</p>%s</section>',
         (SELECT printf(' Values without a currency are taken to be in %s, and only what is in the same currency is added up.', html)
            FROM word JOIN home ON raw = currency WHERE (SELECT count(DISTINCT currency) FROM reading WHERE kind <> 'd') > 1),
         (SELECT printf('<p class="soft">%s as a negative amount, and is counted here as a debt. The app expects debts as positive amounts and subtracts them, so it would add it instead of subtracting it.</p>',
                        CASE count(*) WHEN 1 THEN 'One liability is stored' ELSE printf('Each of %,d liabilities is stored', count(*)) END)
            FROM thing JOIN course ON course.thing = thing.n JOIN step ON step.id = counted WHERE negated AND NOT disposed GROUP BY NULL))
 WHERE EXISTS (SELECT 1 FROM mark);

-- What it consists of: a bar for each group, to the right of zero what is owned, to the left what is owed.
CREATE TEMP TABLE part AS
SELECT s.currency, thing.class, coalesce(class.part, 6) AS rank, count(*) AS assets, sum(whole) + sum(rest) / 1e8 + sum(big) AS value,
       sum(whole) AS whole, sum(rest) AS rest, sum(big) AS big
  FROM thing JOIN course ON course.thing = thing.n JOIN step AS s ON s.id = counted LEFT JOIN class ON class.name = thing.class
 WHERE NOT disposed GROUP BY s.currency, thing.class;
CREATE TEMP TABLE whole AS
SELECT currency, sum(assets) AS assets, sum(whole) + sum(rest) / 1e8 + sum(big) AS value, sum(max(value, 0)) AS owned,
       max(max(value), 0) AS high, min(min(value), 0) AS low, max(max(value), 0) - min(min(value), 0) AS span
  FROM part GROUP BY currency;
INSERT INTO money(v) SELECT value FROM part UNION SELECT value FROM whole;
INSERT INTO word(raw) SELECT class FROM thing;
INSERT INTO page(html)
WITH bar AS (SELECT currency, coalesce((SELECT label FROM class WHERE name = p.class), (SELECT html FROM word WHERE raw = p.class)) AS label,
                    printf('<svg class="bar" viewBox="0 0 200 10" preserveAspectRatio="none" aria-hidden="true"><rect class="%s" x="%.2f" width="%.2f" height="10"/>'
                           || '<path class="zero" d="M%.2f -3V13"/></svg>', CASE WHEN p.value < 0 THEN 'owed' ELSE 'owned' END,
                           200 * ((min(p.value, 0) - low) / span), max(200 * (abs(p.value) / span), 0.5), 200 * (-low / span)) AS svg,
                    (SELECT text FROM money WHERE v = p.value) AS amount,
                    CASE WHEN abs(p.value / owned) < 100 THEN replace(replace(printf('%.1f%%', 100 * (p.value / owned)), '-0.0%', '0.0%'), '-', '−') END AS share,
                    row_number() OVER (PARTITION BY currency ORDER BY rank, p.value DESC) AS place
               FROM part AS p JOIN whole USING (currency)),
     row AS (SELECT currency, place, printf('<tr><th scope="row">%s</th><td>%s</td><td class="num">%s</td><td class="num roomy">%s</td></tr>', label, svg, amount, share) AS html
               FROM bar WHERE place <= 40),
     list AS (SELECT printf('<div class="scroll"><table><caption>In %s</caption><thead><tr><th scope="col">Group</th><th scope="col" class="bars">'
                            || '<span class="roomy">Below and above zero</span></th><th scope="col" class="num">Amount</th><th scope="col" class="num roomy">'
                            || 'Share of what is owned</th></tr></thead><tbody>%s<tr class="sum"><th scope="row">Net worth</th><td></td><td class="num">%s</td>'
                            || '<td class="roomy"></td></tr></tbody></table></div>', (SELECT html FROM word WHERE raw = w.currency),
                            (SELECT group_concat(html, '') FROM (SELECT html FROM row WHERE currency = w.currency ORDER BY place)), (SELECT text FROM money WHERE v = value)) AS html
                FROM whole AS w WHERE span > 0 ORDER BY assets DESC, currency LIMIT 6)
SELECT printf('<section><h2>What it consists of</h2><p class="soft">The last value of each asset that is not disposed of, by group.%s</p>%s</section>',
              (SELECT printf(' Of %,d currencies, only the 6 with the most assets are shown.', count(*)) FROM whole GROUP BY NULL HAVING count(*) > 6), group_concat(html, ''))
  FROM list GROUP BY NULL;

-- Each asset, by group, the largest first. The small curve of many values keeps the lowest and the highest of each of 40 stretches of time.
CREATE TEMP TABLE line AS
SELECT thing.*, CASE WHEN disposed THEN 8 ELSE coalesce(class.part, 6) END AS part, s.t, s.value, s.currency, course.first, course.last, count(*) OVER () AS of,
       CASE WHEN s.t < newest - 366 * 86400000 AND NOT disposed THEN ' class="warn"' END AS stale
  FROM thing JOIN (SELECT max(t) AS newest FROM total WHERE t <= strftime('%s', 'now') * 1000) LEFT JOIN class ON class.name = thing.class
  LEFT JOIN course ON course.thing = thing.n LEFT JOIN step AS s ON s.id = course.last ORDER BY abs(s.value) DESC, thing.n LIMIT 200;
CREATE TEMP TABLE spark AS
WITH each AS (SELECT line.n, s.t, s.value AS v, CASE WHEN last - first < 80 THEN s.t ELSE (s.t - a.t) / ((line.t - a.t) / 40 + 1) END AS stretch
                FROM line CROSS JOIN step AS a ON a.id = first CROSS JOIN step AS s ON s.id BETWEEN first AND last WHERE +s.currency = line.currency),
     spot AS (SELECT n, t, min(v) AS v FROM each GROUP BY n, stretch UNION SELECT n, t, max(v) FROM each GROUP BY n, stretch
              UNION SELECT n, t, value FROM line WHERE t IS NOT NULL),
     extent AS (SELECT n, min(t) AS t0, max(t) AS t1, min(v) AS low, max(v) AS high FROM spot GROUP BY n),
     placed AS (SELECT n, t, low, high, CASE WHEN t1 > t0 THEN 3 + 90.0 * (t - t0) / (t1 - t0) ELSE 93 END AS x,
                       CASE WHEN high > low THEN 25 - 22 * ((v - low) / (high - low)) ELSE 14 END AS y FROM spot JOIN extent USING (n) ORDER BY n, t, v)
SELECT n, low, high, 'M' || group_concat(printf('%.1f %.1f', x, y), 'L') AS path, y, max(t) AS t FROM placed GROUP BY n;  -- y of the last
CREATE UNIQUE INDEX temp.spark_n ON spark(n);
INSERT INTO money(v) SELECT value FROM line UNION SELECT CAST(quantity AS REAL) FROM line UNION SELECT low FROM spark UNION SELECT high FROM spark;
INSERT INTO moment(t) SELECT t FROM line WHERE t IS NOT NULL UNION SELECT gone FROM line WHERE gone IS NOT NULL;
INSERT INTO word(raw) SELECT name FROM line UNION SELECT type FROM line;
INSERT INTO page(html)
WITH told AS (SELECT *, (SELECT count(DISTINCT currency) FROM line) AS currencies, CASE part WHEN 8 THEN 'Disposed of' ELSE coalesce(
                          (SELECT label FROM class WHERE name = line.class), (SELECT html FROM word WHERE raw = line.class)) END AS heading FROM line),
     row AS (SELECT part, heading, printf('<tr><th scope="row" class="name">%s<small>%s%s%s</small></th><td>%s</td><td class="num">%s<small%s>%s%s</small></td></tr>',
                      CASE WHEN coalesce(name, '') = '' THEN '<em>no name</em>' ELSE (SELECT html FROM word WHERE raw = name) END,
                      (SELECT html FROM word WHERE raw = type),
                      CASE WHEN quantity <> 1 THEN ', quantity ' || (SELECT plain FROM money WHERE v = CAST(quantity AS REAL)) END,
                      ', until ' || (SELECT day FROM moment WHERE moment.t = gone),
                      (SELECT printf('<svg class="spark" viewBox="0 0 96 28" role="img"><title>%s</title><path class="recorded" d="%s"/>'
                                     || '<circle class="dot" cx="93" cy="%.1f" r="3"/></svg>',
                                     CASE WHEN low = high THEN 'Always ' || (SELECT text FROM money WHERE v = low)
                                          ELSE printf('%,d values from %s to %s', last - first + 1, (SELECT text FROM money WHERE v = low),
                                                      (SELECT text FROM money WHERE v = high)) END, path, y) FROM spark WHERE n = told.n),
                      CASE WHEN value IS NULL THEN 'no value' ELSE (SELECT text FROM money WHERE v = value) END, stale, (SELECT day FROM moment WHERE moment.t = told.t),
                      CASE WHEN currencies > 1 THEN ' ' || (SELECT html FROM word WHERE raw = currency) END) AS html
               FROM told ORDER BY part, heading, abs(value) DESC, n),
     list AS (SELECT printf('<tbody><tr><th scope="rowgroup" colspan="3">%s</th></tr>%s</tbody>', heading, group_concat(html, '')) AS html
                FROM row GROUP BY part, heading ORDER BY part, heading)
SELECT printf('<section><h2>Each asset</h2><div class="scroll"><table><caption>%s last value%s, by group, the largest first. Each curve has its own scale, '
              || 'from the lowest to the highest value.</caption><thead><tr><th scope="col">Asset</th><th scope="col">Trend</th>'
              || '<th scope="col" class="num">Last value</th></tr></thead>%s</table></div>%s</section>',
         (SELECT CASE WHEN of > 200 THEN printf('The 200 largest of %,d assets, each with its', of) ELSE 'Each with its' END FROM told),
         (SELECT ' in ' || html FROM word JOIN line ON raw = currency WHERE (SELECT count(DISTINCT currency) FROM line) = 1), group_concat(html, ''),
         (SELECT '<p class="soft"><span class="warn">A date in this colour</span> is more than a year older than the newest one.</p>' FROM line WHERE stale <> ''))
  FROM list GROUP BY NULL;

-- What differs from a backup: all differences are counted, the first 60 shown.
CREATE TEMP TABLE difference(n INTEGER PRIMARY KEY, name TEXT, change TEXT, key TEXT, field TEXT, backup TEXT, live TEXT);
INSERT INTO difference(name, change, key, field, backup, live)
SELECT name, change, CASE WHEN n <= 60 THEN key END, field, CASE WHEN n <= 60 THEN backup END, CASE WHEN n <= 60 THEN live END
  FROM (SELECT d.*, d."database" AS live, row_number() OVER () AS n
          FROM (SELECT 1 WHERE :path IS NOT NULL) CROSS JOIN strata_backup_diff(strata_file(:path)) AS d);
INSERT INTO word(raw)
SELECT v FROM (SELECT key AS v FROM difference UNION SELECT backup FROM difference UNION SELECT live FROM difference UNION SELECT field FROM difference)
 WHERE v IS NOT NULL;
INSERT INTO page(html)
SELECT printf('<section><h2>Compared with the backup</h2><p>%s: %s.</p>', (SELECT html FROM word WHERE raw = CAST(:path AS TEXT)),
         CASE WHEN removed + added + changed = 0 THEN 'no difference, field by field' ELSE
           printf('%,d %s only in the backup, %,d %s only in the database, %,d %s', removed, CASE removed WHEN 1 THEN 'row is' ELSE 'rows are' END, added,
                  CASE added WHEN 1 THEN 'row is' ELSE 'rows are' END, changed, CASE changed WHEN 1 THEN 'field has another value' ELSE 'fields have other values' END) END)
  FROM (SELECT count(CASE change WHEN 'removed' THEN 1 END) AS removed, count(CASE change WHEN 'added' THEN 1 END) AS added,
               count(CASE change WHEN 'changed' THEN 1 END) AS changed FROM difference) WHERE :path IS NOT NULL;
INSERT INTO page(html)
WITH row AS (SELECT printf('<tr><th scope="row"><bdi>%s</bdi> %s%s</th><td>%s</td><td>%s</td></tr>', name, (SELECT html FROM word WHERE raw = key),
                      '<small>' || (SELECT html FROM word WHERE raw = field) || '</small>',
                      CASE change WHEN 'added' THEN '–' ELSE coalesce((SELECT html FROM word WHERE raw = backup), '<em>nothing</em>') END,
                      CASE change WHEN 'removed' THEN '–' ELSE coalesce((SELECT html FROM word WHERE raw = live), '<em>nothing</em>') END) AS html
               FROM difference WHERE n <= 60 ORDER BY n)
SELECT printf('<div class="scroll"><table class="differences"><caption>%s</caption><thead><tr><th scope="col">What</th><th scope="col">In the backup</th>'
              || '<th scope="col">In the database</th></tr></thead><tbody>%s</tbody></table></div>',
              (SELECT CASE WHEN count(*) > 60 THEN printf('The first 60 of %,d differences', count(*)) ELSE 'All differences' END FROM difference), group_concat(html, ''))
  FROM row GROUP BY NULL;
INSERT INTO page(html) SELECT '</section>' WHERE :path IS NOT NULL;

-- What the page could not use, and the footer.
INSERT INTO page(html)
SELECT printf('<section><h2>Left out</h2><p>This is in the database, but not in the figures above: %s.</p></section>',
              group_concat(printf('%,d %s %s', n, CASE n WHEN 1 THEN 'value' ELSE 'values' END, fault), ', '))
  FROM (SELECT count(*) AS n, CASE WHEN kind = 'a' AND thing IS NULL THEN 'of an asset that does not exist' WHEN t IS NULL THEN 'with a date that cannot be read'
                                   ELSE 'with an amount that is not a number, or beyond 1e300' END AS fault
          FROM reading WHERE t IS NULL OR kind <> 'd' AND value IS NULL OR kind = 'a' AND thing IS NULL GROUP BY fault ORDER BY n DESC) GROUP BY NULL;
INSERT INTO page(html) VALUES ('</main><footer><p class="soft">Made by strata. Times are in UTC. This page loads nothing and runs no scripts.</p></footer></body></html>');

-- Write an empty file with mode 0600 (384) first, so that nobody else can read the page at any moment.
UPDATE request SET written = writefile(out, '', 384) IS NOT NULL;
UPDATE request SET written = coalesce(writefile(out, (SELECT group_concat(html, char(10)) || char(10) FROM (SELECT html FROM page ORDER BY n))), 0);
SELECT printf('%s: %,d bytes', out, written) FROM request;
ROLLBACK TO report;
RELEASE report;
