"""Where the columns of a table are: the header row found by the names of its headings, not by its place.

What a column means is the sources' business: they pass their alias tables. Next: readers_source.py,
books_source.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from catalog_imports.sheet_cells import cell_text
from catalog_imports.sheets import Sheet, SheetRow
from library.foundation.vietnamese import fold, nfc

HEADER_SEARCH_ROWS = 40


@dataclass(frozen=True, slots=True)
class Header:
    """Where the columns are. `columns`: field -> index from 0; `unknown`: headings nobody asked for."""

    first_row: int
    last_row: int
    columns: Mapping[str, int]
    unknown: Mapping[int, str] = field(default_factory=dict)
    titles: tuple[str, ...] = ()
    """Texts above the header (school name, "DANH SÁCH HỌC SINH LỚP 12.6")."""

    def is_repeated_in(self, row: SheetRow, aliases: Mapping[str, Sequence[str]]) -> bool:
        """True for a header row printed again further down."""
        known = {name: {heading_key(alias) for alias in aliases[name]} for name in self.columns}
        hits = sum(1 for name, column in self.columns.items() if heading_key(row.text(column)) in known[name])
        return hits >= 2 and hits * 2 >= len(self.columns)


def heading_key(text: str) -> str:
    """How headings are compared: no accents, case, punctuation. "Họ và tên (*)" -> "ho va ten"."""
    return " ".join(re.findall(r"[a-z0-9]+", fold(text)))


def _accented_key(text: str) -> str:
    return " ".join(re.findall(r"\w+", nfc(text).casefold()))


def find_header(
    rows: Sequence[SheetRow], aliases: Mapping[str, Sequence[str]], required: Iterable[Sequence[str]] = ()
) -> Header | None:
    """The row among the first ones that names the most fields of `aliases`; None when none will do.

    `required`: each a choice of fields of which at least one must be there. A header of two rows
    (headings merged over sub-headings) is recognised. At least two fields must be named, or the only one
    there is.
    """
    known: dict[str, str] = {}
    for key_of in (_accented_key, heading_key):  # "Kho" is no "Khổ": what is typed with its marks goes first
        for name, words in aliases.items():
            for word in words:
                known.setdefault(key_of(word), name)
    needed = [tuple(choice) for choice in required]
    least = min(2, len(aliases))
    best: Header | None = None
    for position, row in enumerate(rows[:HEADER_SEARCH_ROWS]):
        columns, unknown = _match_headings(row, known)
        last_row = row.number
        if len(columns) >= 1 and position + 1 < len(rows) and rows[position + 1].number == row.number + 1:
            below, below_unknown = _match_headings(rows[position + 1], known)
            added = {name: column for name, column in below.items() if name not in columns}
            # Sub-headings stand under empty or unknown headings, never under a field already found.
            under_found = any(
                rows[position + 1].text(column) not in ("", row.text(column)) for column in columns.values()
            )
            if added and not under_found:
                columns = {**columns, **added}
                unknown = {**unknown, **below_unknown}
                last_row = rows[position + 1].number
        if len(columns) < least or not all(any(name in columns for name in choice) for choice in needed):
            continue
        if best is None or len(columns) > len(best.columns):
            above = [value for title in rows[:position] for value in title.values if value is not None]
            titles = tuple(cell_text(value) for value in above)
            unknown = {column: text for column, text in unknown.items() if column not in columns.values()}
            best = Header(row.number, last_row, columns, unknown, titles)
    return best


def _match_headings(row: SheetRow, known: Mapping[str, str]) -> tuple[dict[str, int], dict[int, str]]:
    columns: dict[str, int] = {}
    unknown: dict[int, str] = {}
    for column, value in enumerate(row.values):
        if not isinstance(value, str):
            continue
        bare = re.sub(r"\([^)]*\)", " ", value)
        keys = (_accented_key(value), heading_key(value), _accented_key(bare), heading_key(bare))
        name = next((known[key] for key in keys if key in known), None)
        if name is None:
            unknown[column] = nfc(value)
        elif name not in columns:  # the first of two equal headings counts
            columns[name] = column
    return columns, unknown


def data_rows(sheet: Sheet, header: Header, aliases: Mapping[str, Sequence[str]]) -> Iterable[SheetRow]:
    """Rows below the header, without headers printed again."""
    for row in sheet.rows:
        if row.number > header.last_row and not header.is_repeated_in(row, aliases):
            yield row
