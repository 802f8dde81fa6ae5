"""Pure rules of shared textbooks, numbered L100–L119 in docs/lending-rules.md. Who may borrow at all is
decided by library/lending/rules.py; here is only what a whole set for a whole class adds.

A scan list is lines of text, as a scanner types them: a card (or `#` and a reader's id) says for whom the
books after it are, `#` alone goes back to the class list, `=` and a word says in which condition they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from library.cataloguing.model import COPY_CONDITION_LABELS
from library.contract.scans import classify_scan, clean_scan, looks_like_card
from library.foundation.vietnamese import fold
from library.lending.rules import make_reason
from library.textbooks.model import CONDITIONS, Assigned, ListProblem, PupilNeeds, ScanLine

HELD_BACK_NEVER = frozenset({"has_overdues", "reader_blocked"})
"""L103: being late with a story book keeps no child from its textbooks."""

_CONDITION_WORDS = {fold(COPY_CONDITION_LABELS[key]): key for key in CONDITIONS} | {key: key for key in CONDITIONS}


def find_condition(word: str) -> str | None:
    """ "Rách", "rach" or "torn" -> "torn"; None for anything else."""
    return _CONDITION_WORDS.get(fold(word.strip()))


def is_worse(before: str | None, after: str) -> bool:
    """L107: did the copy come back in a worse condition than it went out?"""
    return before in CONDITIONS and after in CONDITIONS and CONDITIONS.index(after) > CONDITIONS.index(before)


def follow_conditions(lines: Iterable[str], problems: list[ListProblem]) -> Iterator[tuple[str, str | None]]:
    """The scanned lines that name no condition, each with the one that holds for it: "=Rách" sets it for what
    follows, a bare "=" ends it (L102). A word that names none is put into `problems`."""
    condition: str | None = None
    for line in lines:
        text = line.strip()
        if not text:
            continue
        if not text.startswith("="):
            yield text, condition
            continue
        found = find_condition(text[1:])
        if found is None and text != "=":
            problems.append(_problem(text, "", "textbook_condition_bad", text=text[1:40]))
        else:
            condition = found


def read_scan_list(
    lines: Iterable[str], cards: Mapping[str, int], members: Set[int]
) -> tuple[list[ScanLine], list[ListProblem]]:
    """L102. `cards`: card number -> reader id of the class's pupils; `members`: all their ids."""
    books: list[ScanLine] = []
    problems: list[ListProblem] = []
    reader_id: int | None = None
    known = True
    for text, condition in follow_conditions(lines, problems):
        if text.startswith("#"):
            digits = text[1:].strip()
            if not digits:
                reader_id, known = None, True
            else:
                reader_id = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 0
                known = reader_id in members
                if not known:
                    problems.append(_problem(text, "", "textbook_not_in_class", card=text))
            continue
        scanned = classify_scan(text)
        if scanned.kind == "card":
            reader_id, known = cards.get(scanned.text), scanned.text in cards
            if not known:
                problems.append(_problem(scanned.text, "", "textbook_not_in_class", card=scanned.text))
            continue
        if looks_like_card(scanned.text):  # a digit lost or read wrongly: the books after it are not the last child's
            reader_id, known = None, False
            problems.append(_problem(scanned.text, "", "textbook_card_unread", card=scanned.text[:40]))
            continue
        if not known:
            problems.append(_problem(clean_scan(text)[:40], "", "textbook_nobody"))  # whose? the card was not known
            continue
        books.append(ScanLine(reader_id=reader_id, barcode=clean_scan(text)[:40], condition=condition))
    return books, problems


def assign(
    books: Sequence[ScanLine],
    pupils: Sequence[PupilNeeds],
    titles: Mapping[str, tuple[int, str]],
    in_set: Set[int],
    holders: Mapping[str, tuple[int | None, str, str]] | None = None,
) -> Assigned:
    """L102, L104: which copy goes to whom. `titles`: barcode -> (record id, title) of known copies;
    `holders`: barcode -> (reader id, name, class) of copies that are on loan;
    `in_set`: records of the grade's set. Books for nobody in particular go down the class list, each to
    the first pupil who takes books and lacks that title."""
    pairs: list[ScanLine] = []
    problems: list[ListProblem] = []
    repeated: list[str] = []
    has = {pupil.reader_id: set(pupil.has) for pupil in pupils}
    names = {pupil.reader_id: pupil.name for pupil in pupils}
    taken: dict[str, int] = {}
    for book in books:
        known = titles.get(book.barcode)
        if known is None:
            problems.append(_problem(book.barcode, "", "copy_unknown", barcode=book.barcode))
            continue
        record_id, title = known
        if book.barcode in taken:
            if book.reader_id in (None, taken[book.barcode]):
                repeated.append(book.barcode)
            else:
                other = names.get(taken[book.barcode], "")
                problems.append(_problem(book.barcode, title, "textbook_twice", name=other))
            continue
        if record_id not in in_set:
            problems.append(_problem(book.barcode, title, "textbook_not_in_set", title=title))
            continue
        holder = (holders or {}).get(book.barcode)
        if holder is not None and (book.reader_id is None or holder[0] != book.reader_id):
            held = {"name": holder[1], "school_class": holder[2]}
            problems.append(_problem(book.barcode, title, "textbook_held", **held))
            continue
        reader_id = book.reader_id
        if reader_id is None:
            waiting = (pupil for pupil in pupils if pupil.takes and record_id not in has[pupil.reader_id])
            following = next(waiting, None)
            if following is None:
                problems.append(_problem(book.barcode, title, "textbook_nobody_lacks", title=title))
                continue
            reader_id = following.reader_id
        elif record_id in has[reader_id]:
            problems.append(_problem(book.barcode, title, "same_title", name=names[reader_id]))
            continue
        has[reader_id].add(record_id)
        taken[book.barcode] = reader_id
        pairs.append(ScanLine(reader_id=reader_id, barcode=book.barcode, condition=book.condition))
    return Assigned(pairs=tuple(pairs), problems=tuple(problems), repeated=tuple(dict.fromkeys(repeated)))


def propose_by_list(
    pupils: Sequence[PupilNeeds], titles: Sequence[int], free: Mapping[int, Sequence[str]]
) -> tuple[list[ScanLine], dict[int, int]]:
    """L106: the set for everybody without scanning: per title the free copies in the order of their
    numbers go down the class list to those who take books and lack it. Also says how many copies each
    title is short of."""
    lines: list[ScanLine] = []
    short: dict[int, int] = {}
    stacks = {record_id: list(free.get(record_id, ())) for record_id in titles}
    for pupil in pupils:
        if not pupil.takes:
            continue
        for record_id in titles:
            if record_id in pupil.has:
                continue
            if stacks[record_id]:
                lines.append(ScanLine(reader_id=pupil.reader_id, barcode=stacks[record_id].pop(0)))
            else:
                short[record_id] = short.get(record_id, 0) + 1
    return lines, short


def write_scan_list(lines: Sequence[ScanLine]) -> str:
    """The text that `read_scan_list` reads back as the same lines."""
    text: list[str] = []
    reader_id: int | None = None
    condition: str | None = None
    for line in lines:
        if line.reader_id != reader_id:
            text.append("#" if line.reader_id is None else f"#{line.reader_id}")
            reader_id = line.reader_id
        if line.condition != condition:
            text.append("=" if line.condition is None else f"={line.condition}")
            condition = line.condition
        text.append(line.barcode)
    return "\n".join(text)


def decide_needed(expected: int | None, enrolled: int, owners: int, moving_up: int) -> tuple[int, str]:
    """L111: (pupils who need a set, where that comes from). What the librarian expects weighs most, then
    the classes of the year without those who have their own, then the grade below of the year before."""
    if expected is not None:
        return expected, "expected"
    if enrolled:
        return max(enrolled - owners, 0), "classes"
    return (moving_up, "moved_up") if moving_up else (0, "none")


def _problem(text: str, title: str, code: str, /, **params: object) -> ListProblem:
    return ListProblem(text=text, title=title, reason=make_reason(code, **params))
