"""Which row of the policy table decides for a reader and a book (L1–L3). Pure: the kiosk asks it too."""

from __future__ import annotations

from library.lending.model import DEFAULT_ROW, Policy, PolicyRow


def specificity(row: PolicyRow) -> int:
    """L2: what the book is weighs more than who the reader is; collection 8, material 4, grade 2, kind 1.
    Different sets of named columns never weigh the same, so there are no ties between shapes of row."""
    return (
        8 * (row.collection is not None)
        + 4 * (row.material is not None)
        + 2 * (row.grade is not None)
        + 1 * (row.reader_kind is not None)
    )


def row_matches(row: PolicyRow, kind: str, grade: int | None, material: str, collection: str) -> bool:
    """L1: every column the row names equals."""
    return (
        row.reader_kind in (None, kind)
        and row.grade in (None, grade)
        and row.material in (None, material)
        and row.collection in (None, collection)
    )


def list_matching_rows(
    policy: Policy, kind: str, grade: int | None, material: str, collection: str
) -> list[PolicyRow]:
    """All rows that match, the deciding one first: the answer to "why does this pupil get this?"."""
    matching = [row for row in policy.rows if row_matches(row, kind, grade, material, collection)]
    return sorted(matching, key=lambda row: (-specificity(row), row.id or 0))


def select_row(policy: Policy, kind: str, grade: int | None, material: str, collection: str) -> PolicyRow:
    """The most specific row (L2), or the default where none matches (L3)."""
    best: PolicyRow | None = None
    for row in policy.rows:
        if row_matches(row, kind, grade, material, collection) and (
            best is None or (-specificity(row), row.id or 0) < (-specificity(best), best.id or 0)
        ):
            best = row
    return best or DEFAULT_ROW
