"""Source items -> drafts: everything read out of the record once, before the database is asked anything.

Pure and the slow part of an import; runs outside any transaction. Next: matching.py.
"""

from __future__ import annotations

import hashlib

from catalog_imports.model import Draft, Rejected, SourceItem
from catalog_imports.problems import Problem
from library.cataloguing.marc import to_bytes, to_xml
from library.cataloguing.marc_fields import extract_fields
from library.cataloguing.rules import match_key
from library.foundation.errors import InvalidInput

MAX_RAW_BYTES = 1 << 20
"""Of a rejected record at most this much is kept beside its problem."""


def make_draft(item: SourceItem) -> Draft | Rejected:
    """A draft of a record that can be taken; what cannot is Rejected, with its raw bytes."""
    if item.record is None:
        return Rejected(item.position, item.row, item.raw[:MAX_RAW_BYTES], item.problems)
    problems = item.problems
    try:
        blob = item.blob or to_bytes(item.record)
    except InvalidInput as error:
        blob = to_xml(item.record)
        problems.append(Problem("marc_too_long", "warning", str(error.params.get("tag") or "LDR")))
    values = extract_fields(item.record)
    for tag, code, detail in values.problems:
        problems.append(Problem(code, "warning", tag, {"detail": detail}))
    items = values.items if item.items is None else item.items
    digest = hashlib.sha256(blob)
    if item.items is not None or item.copies:
        digest.update(repr((item.items, item.copies)).encode())
    key = match_key(values.title, values.subtitle, values.part, values.authors, values.year, values.book_set)
    return Draft(item.position, item.row, values, blob, digest.hexdigest(), key, items, item.copies, problems)
