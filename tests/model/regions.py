"""Named regions of the space that the model walks through, each of which can be left
out: for one that is being mended, or to look into a single one. The environment
variable STRATA_MODEL_REGIONS switches some, as in "-triggers,+journal_off"."""

from __future__ import annotations

import os

REGIONS = {
    "document_order": True,  # rows are restored, and backed up, in the document's order
    "collisions": True,  # rows whose unique values are one, spelled in two ways, and what a backup says to them
    "journal_off": True,  # PRAGMA journal_mode=OFF, where nothing can be rolled back
    "ddl_in_transaction": True,  # CREATE TABLE before a restore in the same transaction
    "outer_key_on_generated": True,  # tables outside that refer to a generated column, with an action
    "outer_key_on_late_column": True,  # tables outside that refer to categories(parent_id), with an action
    "triggers_that_delete": True,  # triggers that delete rows of another of the nine tables
    "triggers_that_delete_in_a_merge": True,
    "dangling_while_deferred": True,  # rows outside that dangle, and deferred enforcement
    "noncharacters_in_utf16": True,  # U+FFFE and U+FFFF in a database in UTF-16
    "noncharacters_in_a_diff": True,  # and what a diff shows of them there
    "progress": True,  # a function of the host that watches, and stops
    "documents_as_tables": True,  # strata_backup_rows(), and the diff of two documents
    "nocase_keys": True,  # collations on primary keys
    "real_text": True,  # columns declared as REAL TEXT
    "decimal_blob": True,  # DECIMAL columns without affinity
    "strict_in_a_comment": True,  # the word STRICT behind a table that is not
    "outer_integer_keys": True,  # columns outside of another affinity than what they refer to
    "count_changes": True,  # PRAGMA count_changes=ON
}
for word in filter(None, os.environ.get("STRATA_MODEL_REGIONS", "").split(",")):
    if word.lstrip("+-") not in REGIONS:
        raise SystemExit(f"STRATA_MODEL_REGIONS: unknown region {word!r}; there are {', '.join(REGIONS)}")
    REGIONS[word.lstrip("+-")] = not word.startswith("-")


def on(name: str) -> bool:
    return REGIONS[name]
