"""Who still has what, by class, for the four kinds of notice; the mails that wait. Never commits.

Next: letters.py (words), outbox.py (mails).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date

from library.foundation.clock import today
from library.foundation.preferences import get_preference
from library.lending.queries import LoanLine, current_classes, list_open_loans_due
from library.lending.settings_reader import parse_day_month
from library.lending.tables import Loan
from library.notices.model import BookLine, ClassNotice, NoticeOf, PersonNotice
from library.readers.model import KIND_ORDER
from library.readers.queries import list_present_classes, list_reader_cards
from library.readers.rules import TOP_GRADES
from library.readers.tables import Reader

_EVER = date(1900, 1, 1)


def next_summer_day() -> date:
    """The next last day for returns before the summer."""
    day, month = parse_day_month(get_preference("summer_return_day"))
    on = today()
    this_year = date(on.year, month, day)
    return this_year if this_year >= on else date(on.year + 1, month, day)


def list_notices(of: str, class_name: str = "") -> list[ClassNotice]:
    """Classes in their natural order with the pupils who have something, by given name; people without a class
    come last, teachers apart from staff and others. `class_name` narrows to one class."""
    lines = [line for line in list_open_loans_due(_EVER) if line.reader_id is not None]
    if of == NoticeOf.OVERDUE:
        lines = [line for line in lines if line.days_late > 0]
    elif of == NoticeOf.RECALLED:
        recalled = Loan.select(Loan.id).where(Loan.returned_at.is_null(), Loan.recalled_on.is_null(False))
        wanted = {one for (one,) in recalled.tuples()}
        lines = [line for line in lines if line.loan_id in wanted]
    elif of == NoticeOf.LEAVING:
        leaving = _leaving_readers()
        lines = [line for line in lines if line.reader_id in leaving]
    return _by_class(lines, class_name)


def _leaving_readers() -> set[int]:
    """Pupils of the last grade of this school, and whoever has a last day of service set."""
    top = TOP_GRADES[get_preference("school_level")]
    last = {one.name for one in list_present_classes() if one.grade == top}
    holding = {one for (one,) in Loan.select(Loan.reader).where(Loan.returned_at.is_null()).tuples() if one is not None}
    classes = current_classes(holding)
    found = {reader_id for reader_id, (name, _) in classes.items() if name in last}
    ending = Reader.select(Reader.id).where(Reader.leaves_on.is_null(False)).tuples()
    return found | (holding & {one for (one,) in ending})


def _by_class(lines: Sequence[LoanLine], class_name: str) -> list[ClassNotice]:
    ids = {line.reader_id for line in lines if line.reader_id is not None}
    classes, cards = current_classes(ids), list_reader_cards(ids)
    sort_keys = _sort_keys(ids)
    held: dict[int, list[LoanLine]] = defaultdict(list)
    for line in lines:
        if line.reader_id is not None:
            held[line.reader_id].append(line)
    # A leaver has no class any more: the class of the day of the loan still says whom to ask.
    groups: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for reader_id, own in held.items():
        name, key = classes.get(reader_id, (own[0].class_name, own[0].class_name and f"~{own[0].class_name}"))
        kind = "" if name else own[0].kind
        groups[key or f"~~{KIND_ORDER.get(kind, 9)}", name, kind].append(reader_id)
    known = {one.name: one for one in list_present_classes()}
    emails = _emails([one.homeroom_id for one in known.values() if one.homeroom_id is not None])
    found = []
    for (_, name, kind), members in sorted(groups.items()):
        if class_name and name != class_name:
            continue
        members.sort(key=lambda reader_id: (sort_keys.get(reader_id, ""), reader_id))
        names = Counter(cards[reader_id].full_name for reader_id in members)
        people = []
        for reader_id in members:
            card = cards[reader_id]
            apart = ""
            if names[card.full_name] > 1:  # no photo needed: the birth date, else the card
                apart = f"sinh {card.born_on:%d/%m/%Y}" if card.born_on else f"thẻ {card.card_number or '–'}"
            people.append(
                PersonNotice(reader_id, card.full_name, apart, card.card_number or "", _books(held[reader_id]))
            )
        own_class = known.get(name)
        homeroom_id = own_class.homeroom_id if own_class else None
        found.append(
            ClassNotice(
                name, homeroom_id, (own_class.homeroom_name or "") if own_class else "",
                emails.get(homeroom_id or 0, ""), tuple(people), kind,
            )
        )  # fmt: skip
    return found


def _books(lines: Sequence[LoanLine]) -> tuple[BookLine, ...]:
    return tuple(
        BookLine(
            line.title, line.accession_number, line.loaned_on, line.due_on, line.days_late,
            line.claimed_returned_on is not None,
        )
        for line in lines
    )  # fmt: skip


def _sort_keys(ids: set[int]) -> dict[int, str]:
    return dict(Reader.select(Reader.id, Reader.sort_key).where(Reader.id.in_(sorted(ids) or [0])).tuples())


def _emails(ids: Sequence[int]) -> dict[int, str]:
    rows = Reader.select(Reader.id, Reader.email).where(Reader.id.in_(list(ids) or [0]), Reader.email.is_null(False))
    return dict(rows.tuples())
