-- schema.sql: an empty Strata database.
--
--     sqlite3 new.db < sql/schema.sql
--
-- Creates the nine tables with the names, column order, keys and indexes of the app's own
-- database, so that each can be restored from a backup of the other. A table or an index
-- that exists already stays as it is.
--
-- Three things go beyond the app's schema, because documents may need them: a default for
-- asset_types."group", a column for the currency of an asset snapshot, and the scales of
-- the DECIMAL columns. A scale is the least number of fraction digits that a backup prints;
-- SQLite itself neither rounds to it nor enforces it.
--
-- Parents come before their children. SQLite enforces foreign keys only in connections that
-- set PRAGMA foreign_keys, which no file can do for them.

BEGIN;

CREATE TABLE IF NOT EXISTS "asset_types" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "code" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "group" TEXT NOT NULL DEFAULT 'OTHER'
);

CREATE TABLE IF NOT EXISTS "categories" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "parent_id" TEXT,
    CONSTRAINT "categories_parent_id_fkey" FOREIGN KEY ("parent_id") REFERENCES "categories" ("id") ON DELETE SET NULL ON UPDATE CASCADE
);

CREATE TABLE IF NOT EXISTS "tags" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS "assets" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "quantity" DECIMAL(20,8),
    "disposed" BOOLEAN NOT NULL DEFAULT false,
    "asset_type_id" TEXT NOT NULL,
    "created_at" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" DATETIME NOT NULL,
    CONSTRAINT "assets_asset_type_id_fkey" FOREIGN KEY ("asset_type_id") REFERENCES "asset_types" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

CREATE TABLE IF NOT EXISTS "asset_snapshots" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "asset_id" TEXT NOT NULL,
    "value" DECIMAL(20,2) NOT NULL,
    "currency" TEXT,
    "observed_at" DATETIME NOT NULL,
    "created_at" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "asset_snapshots_asset_id_fkey" FOREIGN KEY ("asset_id") REFERENCES "assets" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE IF NOT EXISTS "portfolio_snapshots" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "value" DECIMAL(20,2) NOT NULL,
    "currency" TEXT NOT NULL DEFAULT 'EUR',
    "notes" TEXT,
    "observed_at" DATETIME NOT NULL,
    "created_at" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE IF NOT EXISTS "transactions" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "asset_id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "unit_price" DECIMAL(20,2) NOT NULL,
    "quantity" DECIMAL(20,8) NOT NULL,
    "currency" TEXT NOT NULL,
    "occurred_at" DATETIME NOT NULL,
    "created_at" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "transactions_asset_id_fkey" FOREIGN KEY ("asset_id") REFERENCES "assets" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE IF NOT EXISTS "asset_categories" (
    "asset_id" TEXT NOT NULL,
    "category_id" TEXT NOT NULL,

    PRIMARY KEY ("asset_id", "category_id"),
    CONSTRAINT "asset_categories_asset_id_fkey" FOREIGN KEY ("asset_id") REFERENCES "assets" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "asset_categories_category_id_fkey" FOREIGN KEY ("category_id") REFERENCES "categories" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE IF NOT EXISTS "asset_tags" (
    "asset_id" TEXT NOT NULL,
    "tag_id" TEXT NOT NULL,

    PRIMARY KEY ("asset_id", "tag_id"),
    CONSTRAINT "asset_tags_asset_id_fkey" FOREIGN KEY ("asset_id") REFERENCES "assets" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "asset_tags_tag_id_fkey" FOREIGN KEY ("tag_id") REFERENCES "tags" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE UNIQUE INDEX IF NOT EXISTS "asset_types_code_key" ON "asset_types"("code");
CREATE UNIQUE INDEX IF NOT EXISTS "categories_name_key" ON "categories"("name");
CREATE INDEX IF NOT EXISTS "categories_parent_id_idx" ON "categories"("parent_id");
CREATE UNIQUE INDEX IF NOT EXISTS "tags_name_key" ON "tags"("name");
CREATE INDEX IF NOT EXISTS "asset_snapshots_asset_id_observed_at_idx" ON "asset_snapshots"("asset_id", "observed_at" DESC);
CREATE INDEX IF NOT EXISTS "portfolio_snapshots_observed_at_idx" ON "portfolio_snapshots"("observed_at" DESC);
CREATE UNIQUE INDEX IF NOT EXISTS "portfolio_snapshots_observed_at_key" ON "portfolio_snapshots"("observed_at");
CREATE INDEX IF NOT EXISTS "transactions_asset_id_occurred_at_idx" ON "transactions"("asset_id", "occurred_at" DESC);
CREATE INDEX IF NOT EXISTS "asset_categories_category_id_idx" ON "asset_categories"("category_id");
CREATE INDEX IF NOT EXISTS "asset_tags_tag_id_idx" ON "asset_tags"("tag_id");

COMMIT;
