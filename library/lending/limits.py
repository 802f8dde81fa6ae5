"""How many loans count, how many are left, and which limit a reader has reached (L17, L21, L28, L222). Pure: the
kiosk asks it too."""

from __future__ import annotations

from dataclasses import replace

from library.lending.model import READER_KIND_LABELS, OpenLoan, Policy, PolicyRow, Purpose, ReaderFacts
from library.lending.policy_matrix import select_row

IN_ALL = "mức chung"


def _is_counted(loan: OpenLoan, policy: Policy) -> bool:
    """L28: loans inside a corner never count, those read in the library where the school says so."""
    if loan.purpose == Purpose.IN_LIBRARY:
        return policy.in_library_counts
    return loan.purpose != Purpose.UNIT


def count_in_total(reader: ReaderFacts, policy: Policy) -> int:
    """Open loans that count towards the limit in all (L21, L28); not those of exempt rows."""
    counts: dict[tuple[str, str], bool] = {}  # a teacher's forty loans are of a few kinds
    total = 0
    for loan in reader.open_loans:
        if not _is_counted(loan, policy):
            continue
        kind = loan.material, loan.collection
        if kind not in counts:
            counts[kind] = select_row(policy, reader.kind, reader.grade, *kind).counts_in_total
        total += counts[kind]
    return total


def counts_in_total(reader: ReaderFacts, loan: OpenLoan, policy: Policy) -> bool:
    """Whether this one of the reader's loans counts towards the limit in all."""
    return count_in_total(replace(reader, open_loans=(loan,)), policy) > 0


def remaining_in_total(reader: ReaderFacts, policy: Policy) -> int:
    """How many more loans in all this reader may have, never negative."""
    return max(policy.limit_for(reader.kind) - count_in_total(reader, policy), 0)


def tightest_limit(reader: ReaderFacts, row: PolicyRow, policy: Policy) -> tuple[int, int, int, str]:
    """(count, limit, remaining, which in words) of whichever limit is tighter: the row's own (L17) or the total
    (L21)."""
    choices: list[tuple[int, int, str]] = []
    if row.max_loans is not None:
        choices.append((_count_of_row(reader, row, policy), row.max_loans, limit_words(row)))
    if row.counts_in_total:
        choices.append((count_in_total(reader, policy), policy.limit_for(reader.kind), IN_ALL))
    if not choices:
        return 0, 1, 1_000, ""  # no limit at all
    count, limit, of = min(choices, key=lambda choice: choice[1] - choice[0])
    return count, limit, max(limit - count, 0), of


def _count_of_row(reader: ReaderFacts, row: PolicyRow, policy: Policy) -> int:
    return sum(
        _is_counted(loan, policy)
        and row.material in (None, loan.material)
        and row.collection in (None, loan.collection)
        for loan in reader.open_loans
    )


def limit_words(row: PolicyRow) -> str:
    """L222: which limit it is, by what its row of the policy table names. (The kiosk knows no labels of material.)"""
    parts = (
        READER_KIND_LABELS.get(row.reader_kind or "", "").lower(),
        "" if row.grade is None else f"khối {row.grade}",
        "loại tài liệu này" if row.material else "",
        f"kho {row.collection}" if row.collection else "",
    )
    named = ", ".join(part for part in parts if part)
    return f"quy định riêng: {named}" if named else "quy định cho mọi bạn đọc"


def list_full_rows(reader: ReaderFacts, policy: Policy) -> list[tuple[PolicyRow, int]]:
    """L222: rows of the policy table whose own limit this reader has reached, with how many loans count."""
    found = []
    for row in policy.rows:
        if row.max_loans and row.reader_kind in (None, reader.kind) and row.grade in (None, reader.grade):
            count = _count_of_row(reader, row, policy)
            if count >= row.max_loans:
                found.append((row, count))
    return found


def remaining_for_any(reader: ReaderFacts, policy: Policy) -> int:
    """L222: how many more books of no special kind; the row that names only the reader counts too."""
    row = select_row(policy, reader.kind, reader.grade, "", "")
    return min(remaining_in_total(reader, policy), tightest_limit(reader, row, policy)[2])
