"""Shapes of shared textbooks: a set, the scan list of a hand-out, a class at a glance, the stock plan.

Pure. Decisions: rules.py. Next: service.py (hand out, collect), sets.py, queries.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from library.foundation.errors import Reason

CONDITIONS: tuple[str, ...] = ("new", "good", "fair", "worn", "torn", "damaged")
"""Best first; the words are COPY_CONDITION_LABELS of cataloguing."""

SETTLEMENTS: dict[str, str] = {
    "copy": "Đền cùng nhan đề",
    "price": "Đền theo giá",
    "waived": "Miễn đền",
}

CELL_LABELS: dict[str, str] = {
    "none": "Chưa nhận",
    "out": "Đang giữ",
    "back": "Đã trả",
    "lost": "Mất, chưa đền",
    "replaced": "Đã đền",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTitle:
    """One volume of a set. `short`: the title as a narrow column shows it."""

    record_id: int
    title: str
    short: str
    book_set: str
    price: int | None
    required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCard:
    """Bộ SGK of a grade: its titles in order."""

    id: int | None
    school_year: str
    grade: int
    titles: tuple[SetTitle, ...] = ()
    expected_pupils: int | None = None
    note: str = ""


# --- hand-out -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanLine:
    """A book of the scan list: for whom (None: the next in the class list), in which condition
    (None: as the copy is kept)."""

    reader_id: int | None
    barcode: str
    condition: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListProblem:
    """Why one line of a scan list cannot be done. `text` is what was scanned."""

    text: str
    title: str
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class PupilNeeds:
    """A pupil of the class, in list order, and the titles they have (or had) this year."""

    reader_id: int
    name: str
    has: frozenset[int]
    takes: bool = True  # False: has books of their own


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """Which copy goes to whom. `repeated`: barcodes read more than once for the same pupil."""

    pairs: tuple[ScanLine, ...]
    problems: tuple[ListProblem, ...]
    repeated: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOut:
    """A hand-out done. `pupils`: how many got something; `set_aside`: pupils who got their books although
    they are late with others or suspended (L103)."""

    batch_id: int
    number: str
    copies: int
    pupils: int
    left_out: tuple[ListProblem, ...]
    repeated: tuple[str, ...]
    set_aside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectedLine:
    """One book taken back: whose it was, and its condition out and in."""

    barcode: str
    title: str
    reader_name: str
    class_name: str
    condition_out: str | None
    condition_in: str
    worse: bool
    route_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdinaryReturn:
    """A book of the library that lay in a pile of textbooks. `reader_name` empty: it was not on loan."""

    barcode: str
    title: str
    reader_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """A collection done. `not_on_loan`: (barcode, title) of copies that stood in nobody's name; `ordinary`: books of
    the library, returned as at the desk and not of this document."""

    batch_id: int
    number: str
    lines: tuple[CollectedLine, ...]
    not_on_loan: tuple[tuple[str, str], ...]
    problems: tuple[ListProblem, ...]
    repeated: tuple[str, ...]
    ordinary: tuple[OrdinaryReturn, ...] = ()


# --- a class at a glance --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One title of one pupil this year. `status` is a key of CELL_LABELS."""

    status: str
    loan_id: int | None = None
    barcode: str = ""
    accession_number: str = ""
    title: str = ""
    price: int | None = None
    condition_out: str | None = None
    condition_in: str | None = None
    due_on: date | None = None


NO_CELL = Cell(status="none")


@dataclass(frozen=True, slots=True, kw_only=True)
class PupilLine:
    """A pupil of a class: a cell per title of the set, and textbooks they have outside of it."""

    reader_id: int
    name: str
    card: str
    takes: bool
    cells: Mapping[int, Cell]
    others: tuple[Cell, ...]
    number: int = 0  # place in the class list
    left: bool = False  # no longer in the class, but has books of it

    def cell(self, record_id: int) -> Cell:
        return self.cells.get(record_id, NO_CELL)

    @property
    def out(self) -> int:
        """Books the pupil has now."""
        return sum(cell.status == "out" for cell in (*self.cells.values(), *self.others))

    @property
    def lost(self) -> int:
        return sum(cell.status == "lost" for cell in (*self.cells.values(), *self.others))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassSheet:
    """A class with its set and everything its pupils have of it."""

    class_id: int
    class_name: str
    grade: int
    school_year: str
    homeroom: str
    titles: tuple[SetTitle, ...]
    pupils: tuple[PupilLine, ...]  # in list order; those who left come last

    def missing(self, pupil: PupilLine) -> tuple[SetTitle, ...]:
        """L109: required titles the pupil was never given this year."""
        if not pupil.takes or pupil.left:
            return ()
        return tuple(title for title in self.titles if title.required and pupil.cell(title.record_id).status == "none")

    @property
    def takers(self) -> int:
        return sum(pupil.takes and not pupil.left for pupil in self.pupils)

    @property
    def complete(self) -> int:
        """Pupils who take books and lack none."""
        return sum(pupil.takes and not pupil.left and not self.missing(pupil) for pupil in self.pupils)

    @property
    def begun(self) -> bool:
        """Has anybody of the class been given a book of the set this year?"""
        return any(pupil.cells or pupil.others for pupil in self.pupils)

    @property
    def missing_count(self) -> int:
        return sum(len(self.missing(pupil)) for pupil in self.pupils)

    @property
    def out_count(self) -> int:
        return sum(pupil.out for pupil in self.pupils)

    @property
    def lost_count(self) -> int:
        return sum(pupil.lost for pupil in self.pupils)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewPair:
    reader_id: int
    record_id: int
    title: str
    barcode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a scan list would do now."""

    pairs: tuple[PreviewPair, ...]
    problems: tuple[ListProblem, ...]
    repeated: tuple[str, ...]
    sheet: ClassSheet


# --- stock plan -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLine:
    """L111: a title of a set against the stock. `usable` = in service, lent or not; `shortfall` ≥ 0."""

    grade: int
    title: SetTitle
    needed: int
    usable: int
    out: int
    unusable: int  # lost, missing, in repair

    @property
    def shortfall(self) -> int:
        return max(self.needed - self.usable, 0)

    @property
    def spare(self) -> int:
        return max(self.usable - self.needed, 0)

    @property
    def cost(self) -> int:
        """What the shortfall costs at the title's price, whole VND; 0 where no price is known."""
        return self.shortfall * (self.title.price or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class GradePlan:
    """The stock lines of a grade. `source`: where the number of pupils comes from (expected | classes |
    moved_up | none)."""

    grade: int
    pupils: int
    source: str
    lines: tuple[StockLine, ...]

    @property
    def shortfall(self) -> int:
        return sum(line.shortfall for line in self.lines)

    @property
    def cost(self) -> int:
        return sum(line.cost for line in self.lines)
