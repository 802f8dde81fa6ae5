"""Words and plain shapes of lending: facts that go into a rule, values that come out.

Pure: standard library, library.foundation.schoolyear and errors. The kiosk imports this on a machine
without server packages. Tables are in tables.py, decisions in rules.py, due dates in due_dates.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from library.foundation.errors import Reason
from library.foundation.schoolyear import Year


class LengthKind(StrEnum):
    """How a policy row says when a loan is due."""

    DAYS = "days"
    WEEKDAY = "weekday"
    END_OF_TERM = "end_of_term"
    END_OF_YEAR = "end_of_year"
    ON_DATE = "on_date"


class Purpose(StrEnum):
    HOME = "home"
    IN_LIBRARY = "in_library"
    UNIT = "unit"


HAND_OUT_COMMENT = "Cấp phát sách giáo khoa"
COLLECT_COMMENT = "Thu sách giáo khoa"
LESSON_COMMENT = "Sách cho tiết dạy"
SHELF_COMMENT = "Mượn trả tại tủ"
LIST_COMMENTS = frozenset({HAND_OUT_COMMENT, COLLECT_COMMENT, LESSON_COMMENT, SHELF_COMMENT})
"""In the log of a loan or return that a list of a whole class made: its document tells of it, not the desk (L68)."""
"""What loans and audit rows of a class's textbook hand-out say."""


class Channel(StrEnum):
    DESK = "desk"
    KIOSK = "kiosk"
    OFFLINE = "offline"
    MOBILE = "mobile"
    UNIT = "unit"
    IMPORT = "import"


class UnitKind(StrEnum):
    """Đơn vị lưu giữ (domain.md §0.5)."""

    CLASS_CORNER = "class_corner"
    MOBILE_SHELF = "mobile_shelf"
    BOOK_BAG = "book_bag"
    BOOKCASE = "bookcase"
    SITE = "site"
    GREEN_LIBRARY = "green_library"


UNIT_LABELS: dict[UnitKind, str] = {
    UnitKind.CLASS_CORNER: "Góc lớp",
    UnitKind.MOBILE_SHELF: "Tủ sách lưu động",
    UnitKind.BOOK_BAG: "Túi sách",
    UnitKind.BOOKCASE: "Kệ sách",
    UnitKind.SITE: "Điểm trường",
    UnitKind.GREEN_LIBRARY: "Thư viện xanh",
}

READER_KIND_LABELS: dict[str, str] = {
    "pupil": "Học sinh",
    "teacher": "Giáo viên",
    "staff": "Nhân viên",
    "parent": "Phụ huynh",
    "other": "Bạn đọc khác",
}

HOLD_LABELS: dict[str, str] = {
    "waiting": "Đang đợi",
    "ready": "Giữ tại quầy",
    "filled": "Đã nhận sách",
    "cancelled": "Đã huỷ",
    "expired": "Quá hạn nhận",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRow:
    """One row of the policy matrix. An empty column matches everything."""

    id: int | None = None
    reader_kind: str | None = None
    grade: int | None = None
    material: str | None = None
    collection: str | None = None
    loanable: bool = True
    max_loans: int | None = None
    counts_in_total: bool = True
    length_kind: str = LengthKind.DAYS
    length_value: int = 14
    fixed_due_on: date | None = None
    max_renewals: int = 1
    renewal_days: int | None = None
    note: str = ""


DEFAULT_ROW = PolicyRow()
"""What holds where no row matches (L3): 14 days, one renewal, no limit of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Everything the librarian decides about lending, as the rules read it."""

    rows: tuple[PolicyRow, ...] = ()
    limits: Mapping[str, int] = field(default_factory=lambda: {"pupil": 3, "teacher": 10, "other": 2})
    block_when_overdue: bool = True
    same_title_twice: bool = False
    suspension_factor: int = 0
    suspension_grace_days: int = 1
    suspension_cap_days: int = 30
    suspension_sum: bool = False
    lost_return: str = "found"  # found | refuse
    renew_if_spare: bool = True
    in_library_counts: bool = False  # L28
    expired_may_renew: bool = False  # L58
    withdrawn_return: str = "alert"  # alert | refuse (L99)
    late_fine: int = 0  # đồng a day; 0 = no money is taken (L45)
    summer_return: tuple[int, int] = (25, 5)  # day, month: last day loans to the year's end come back
    offline_limit: int = 2
    snapshot_days: int = 7
    year: Year | None = None

    def limit_for(self, kind: str) -> int:
        """How many loans in all a reader of this kind may have (L21)."""
        if kind == "staff":
            kind = "teacher"
        return self.limits.get(kind, self.limits.get("other", 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLoan:
    """A loan the reader has now, as far as limits and lateness ask."""

    due_on: date
    material: str
    collection: str
    record_id: int | None = None
    purpose: str = Purpose.HOME


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The reader may not borrow through `until` (inclusive; None: until lifted)."""

    until: date | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderFacts:
    """The reader as the rules see them. `known` = reason codes that somebody else has already found
    (the kiosk's snapshot carries codes, not dates)."""

    id: int | None
    name: str
    kind: str
    grade: int | None = None
    active: bool = True
    leaves_on: date | None = None
    blocks: tuple[Block, ...] = ()
    open_loans: tuple[OpenLoan, ...] = ()
    known: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanFacts:
    """The open loan on a copy."""

    id: int | None
    reader_id: int | None
    due_on: date
    loaned_on: date | None = None
    renewals: int = 0
    purpose: str = Purpose.HOME
    recalled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitFact:
    """The corner or shelf that holds a copy now. `name` is said as in "thuộc góc lớp {name}"."""

    id: int | None
    kind: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonNeed:
    """Copies of a title booked for the lessons of a day, at their most; `free`: copies expected in the house
    that day, the one asked about included when it is in the house now (L121)."""

    on: date
    needed: int
    free: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyFacts:
    """The copy as the rules see it.

    `ready_for` = reader id it is kept for on the pickup shelf; `holds_ahead` = waiting holds of others
    that come before this reader's own (or all, without one); `free_copies` = copies of the title that
    could be lent now, this one included.
    """

    id: int | None
    barcode: str
    record_id: int | None
    material: str
    collection: str
    title: str = ""
    status: str = "in_service"
    use: str = "loan"
    home_loan: bool = True
    status_since: date | None = None
    loan: LoanFacts | None = None
    unit: UnitFact | None = None
    ready_for: int | None = None
    held_for_other: bool = False
    holds_ahead: int = 0
    free_copies: int = 1
    lessons: tuple[LessonNeed, ...] = ()  # what lessons from today on need of the title
    known: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutFacts:
    """`card`/`barcode` are what was scanned; None facts mean nothing was found under them."""

    card: str
    barcode: str
    reader: ReaderFacts | None
    copy: CopyFacts | None
    purpose: str = Purpose.HOME
    at_unit: int | None = None  # the corner or shelf where the act is done (L136, L184): L22 does not keep its copies


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalFacts:
    """`waiting_holds`: others who wait for the title; `copy_holds`: of them, for this very copy;
    `free_copies`: other copies that could serve them."""

    card: str
    barcode: str
    reader: ReaderFacts | None
    copy: CopyFacts | None
    waiting_holds: int = 0
    copy_holds: int = 0
    free_copies: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnFacts:
    """`next_hold_id`: the first waiting hold this copy can serve, if any."""

    barcode: str
    copy: CopyFacts | None
    next_hold_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDate:
    """`notes`: why the day is not simply the counted one (due_moved, due_cut)."""

    due_on: date
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """Yes. `remaining` = how many more of such loans afterwards; `set_aside` = reasons staff overrode."""

    due_on: date
    row: PolicyRow = DEFAULT_ROW
    notes: tuple[str, ...] = ()
    remaining: int = 0
    set_aside: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedBy:
    """No, and every reason why, in the order of library.contract.codes.REASONS."""

    reasons: tuple[Reason, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(reason.code for reason in self.reasons)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnDecision:
    """What a return does. `alerts`: codes staff should see although the return is taken."""

    closes_loan: bool
    overdue_days: int = 0
    suspension_days: int = 0
    fine: int = 0  # đồng (L45)
    capture_hold_id: int | None = None
    found: bool = False  # was lost or missing and is here now
    alerts: tuple[str, ...] = ()
    belongs_to: UnitFact | None = None


# --- what use cases answer ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanDone:
    """A loan made or renewed. `notes`: due_moved | due_cut | copy_found; `set_aside`: overridden codes."""

    loan_id: int
    copy_id: int
    copy_barcode: str
    record_id: int
    title: str
    reader_id: int
    reader_name: str
    class_name: str | None
    due_on: date
    remaining: int
    renewed: bool = False
    notes: tuple[str, ...] = ()
    set_aside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnDone:
    """A return taken. `alerts` are codes for staff; `route_to` says in words where the copy goes when
    not simply back to its shelf."""

    copy_id: int
    copy_barcode: str
    record_id: int
    title: str
    was_on_loan: bool
    loan_id: int | None = None
    reader_id: int | None = None
    reader_name: str = ""
    class_name: str | None = None
    overdue_days: int = 0
    suspended_until: date | None = None
    held_for: str | None = None  # name of the reader it is now kept for
    hold_id: int | None = None
    route_to: str | None = None
    fine: int = 0
    read_here: bool = False  # counted as read in the library (L98)
    alerts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Redated:
    """An open loan whose due day was moved because the calendar changed (L43). `earlier`: to the last open day before,
    because the reader is served no longer (L234)."""

    loan_id: int
    title: str
    reader_name: str
    class_name: str
    due_before: date
    due_after: date
    kind: str = ""  # of the reader
    earlier: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PickupMoved:
    """A copy kept for a reader whose last day to fetch it was moved because the calendar changed (L236)."""

    hold_id: int
    title: str
    reader_name: str
    class_name: str
    until_before: date
    until_after: date


@dataclass(frozen=True, slots=True, kw_only=True)
class CornerMoved:
    """A class corner whose exchange day, or a round of a rotation whose day, was moved because the calendar changed
    (L238). A corner has a `unit_id` and its name, a round a `plan_id`, the plan's name, its number and its corners.
    `after` None: the round no longer fits into the year and falls away (L142)."""

    unit_id: int | None = None
    plan_id: int | None = None
    name: str
    round_number: int | None = None
    corners: tuple[str, ...] = ()
    before: date
    after: date | None
