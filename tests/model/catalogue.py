"""The nine tables as the specification lists them: names, order, columns, kinds,
references, enums, defaults, and the names that the app has retired."""

from __future__ import annotations

from typing import NamedTuple


class Plan(NamedTuple):
    """What the specification says about a column; schemas.py makes a real one of it."""
    name: str
    kind: str  # text, decimal, boolean, moment
    null: bool = False
    default: str | None = None  # as SQL
    refers: str | None = None  # the table whose id this is
    on_delete: str = ""


ID = Plan("id", "text")
CREATED = Plan("created_at", "moment", default="CURRENT_TIMESTAMP")
ASSET = Plan("asset_id", "text", refers="assets", on_delete="CASCADE")

PLANS: dict[str, list[Plan]] = {
    "asset_types": [ID, Plan("code", "text"), Plan("label", "text"), Plan("group", "text", default="'OTHER'")],
    "categories": [ID, Plan("name", "text"), Plan("parent_id", "text", null=True, refers="categories", on_delete="SET NULL")],
    "tags": [ID, Plan("name", "text")],
    "assets": [ID, Plan("name", "text"), Plan("quantity", "decimal", null=True),
               Plan("disposed", "boolean", default="false"),
               Plan("asset_type_id", "text", refers="asset_types", on_delete="RESTRICT"), CREATED,
               Plan("updated_at", "moment")],
    "asset_snapshots": [ID, ASSET, Plan("value", "decimal"), Plan("observed_at", "moment"), CREATED],
    "portfolio_snapshots": [ID, Plan("value", "decimal"), Plan("currency", "text", default="'EUR'"),
                            Plan("notes", "text", null=True), Plan("observed_at", "moment"), CREATED],
    "transactions": [ID, ASSET, Plan("type", "text"), Plan("unit_price", "decimal"), Plan("quantity", "decimal"),
                     Plan("currency", "text"), Plan("occurred_at", "moment"), CREATED],
    "asset_categories": [ASSET, Plan("category_id", "text", refers="categories", on_delete="CASCADE")],
    "asset_tags": [ASSET, Plan("tag_id", "text", refers="tags", on_delete="CASCADE")],
}
JSON_NAMES = dict(zip(PLANS, ("assetTypes", "categories", "tags", "assets", "assetSnapshots", "portfolioSnapshots",
                              "transactions", "categoriesOnAssets", "tagsOnAssets")))
TABLE_NAMES = {name: table for table, name in JSON_NAMES.items()}
KEYS = {table: ["id"] for table in PLANS}
KEYS["asset_categories"] = ["asset_id", "category_id"]
KEYS["asset_tags"] = ["asset_id", "tag_id"]

UNIQUE = {"asset_types": ["code"], "categories": ["name"], "tags": ["name"], "portfolio_snapshots": ["observed_at"]}
INDEXES = {"categories": "parent_id", "asset_snapshots": "asset_id, observed_at DESC",
           "portfolio_snapshots": "observed_at DESC", "transactions": "asset_id, occurred_at DESC",
           "asset_categories": "category_id", "asset_tags": "tag_id"}
ENUMS = {("asset_types", "group"): ("FINANCIAL", "REAL_ESTATE", "PERSONAL_PROPERTY", "PHYSICAL_COLLECTIONS",
                                    "LIABILITIES", "OTHER"),
         ("transactions", "type"): ("ACQUIRE", "DISPOSE", "ADJUST")}

RETIRED_TABLES = {"portfolios"}
RETIRED_FIELDS = {("assets", "portfolioId"), ("portfolioSnapshots", "portfolioId"), ("assetSnapshots", "currency"),
                  ("assetTypes", "createdAt"), ("assetTypes", "updatedAt"), ("assets", "createdBy"), ("assets", "updatedBy")}


def field_name(column: str) -> str:
    """asset_type_id is assetTypeId: each letter behind an underscore becomes a capital."""
    result, capital = "", False
    for at, letter in enumerate(column):
        following = column[at + 1:at + 2]
        if letter == "_" and result and following.isascii() and following.isalpha():
            capital = True
        else:
            result += letter.upper() if capital else letter
            capital = False
    return result
