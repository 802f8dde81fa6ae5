"""Which textbooks a grade uses in a school year, and who has books of their own: use cases, audited.

Rules L100, L101 in docs/lending-rules.md. Next: service.py (hand out, collect).
"""

from __future__ import annotations

from collections.abc import Sequence

from library.cataloguing.model import Material
from library.cataloguing.tables import Record
from library.contract.codes import register_errors
from library.foundation.audit import Actor, record_audit
from library.foundation.database import transaction
from library.foundation.errors import InvalidInput, NotFound
from library.foundation.vietnamese import nfc
from library.readers.classes import find_or_make_year
from library.readers.queries import get_class
from library.readers.tables import Enrolment, Reader
from library.textbooks.queries import find_set
from library.textbooks.tables import TextbookOwner, TextbookSet, TextbookSetTitle

MOST_TITLES = 40
MOST_PUPILS = 5_000

register_errors(
    {
        "textbook_grade_bad": "Khối từ 1 đến 12.",
        "textbook_titles_many": "Một bộ tối đa {limit} nhan đề. Bỏ bớt.",
        "textbook_title_bad": "“{title}” không phải sách giáo khoa. Sửa loại tài liệu, hoặc chọn nhan đề khác.",
        "textbook_pupils_bad": "Số học sinh dự kiến từ 0 đến {limit}.",
        "textbook_set_empty": "Năm học {school_year} chưa có bộ sách giáo khoa nào để chép.",
        "textbook_set_none": "Khối {grade} chưa có bộ sách giáo khoa cho năm học này. Chọn bộ trước khi cấp.",
    }
)  # fmt: skip


def save_set(
    school_year: str,
    grade: int,
    record_ids: Sequence[int],
    *,
    actor: Actor,
    optional: Sequence[int] = (),
    expected_pupils: int | None = None,
    note: str = "",
) -> None:
    """Say which titles the grade uses, in this order (L100); those of `optional` are no shortfall.

    Books already handed out stay with the pupils. InvalidInput textbook_grade_bad, textbook_titles_many,
    textbook_title_bad, textbook_pupils_bad; NotFound record_unknown.
    """
    ids = list(dict.fromkeys(record_ids))
    if not 1 <= grade <= 12:
        raise InvalidInput("textbook_grade_bad", field="grade")
    if len(ids) > MOST_TITLES:
        raise InvalidInput("textbook_titles_many", field="titles", limit=MOST_TITLES)
    if expected_pupils is not None and not 0 <= expected_pupils <= MOST_PUPILS:
        raise InvalidInput("textbook_pupils_bad", field="expected_pupils", limit=MOST_PUPILS)
    with transaction():
        year = find_or_make_year(school_year)
        _require_textbooks(ids)
        before = find_set(year.label, grade)
        values = {"expected_pupils": expected_pupils, "note": nfc(note)[:200]}
        if before.id is None:
            set_id = TextbookSet.create(school_year=year, grade=grade, **values).id
        else:
            set_id = before.id
            TextbookSet.update(**values).where(TextbookSet.id == set_id).execute()
        TextbookSetTitle.delete().where(TextbookSetTitle.textbook_set == set_id).execute()
        for place, record_id in enumerate(ids):
            TextbookSetTitle.insert(
                textbook_set=set_id, record=record_id, sort_no=place, required=record_id not in optional
            ).execute()
        after = find_set(year.label, grade)
        record_audit(
            actor, "textbook.set", "textbook_set", f"{year.label}/{grade}",
            {"titles": [title.title for title in before.titles]},
            {"school_year": year.label, "grade": grade, "titles": [title.title for title in after.titles]},
        )  # fmt: skip


def _require_textbooks(ids: Sequence[int]) -> None:
    rows = {row.id: row for row in Record.select().where(Record.id.in_(list(ids)), Record.deleted_at.is_null())}
    for record_id in ids:
        row = rows.get(record_id)
        if row is None:
            raise NotFound("record_unknown", record_id=record_id)
        if row.material != Material.TEXTBOOK.value:
            raise InvalidInput("textbook_title_bad", field="titles", title=row.title)


def copy_sets(from_year: str, to_year: str, *, actor: Actor) -> int:
    """Begin a year with the sets of another; grades that have one already keep it. Returns how many grades.

    NotFound textbook_set_empty when the other year has none.
    """
    with transaction():
        year = find_or_make_year(to_year)
        sources = [find_set(from_year, grade) for grade in range(1, 13)]
        sources = [card for card in sources if card.titles]
        if not sources:
            raise NotFound("textbook_set_empty", school_year=from_year)
        done = 0
        for card in sources:
            if find_set(year.label, card.grade).titles:
                continue
            save_set(
                year.label, card.grade, [title.record_id for title in card.titles], actor=actor,
                optional=[title.record_id for title in card.titles if not title.required], note=card.note,
            )  # fmt: skip
            done += 1
        return done


def save_owners(class_id: int, reader_ids: Sequence[int], *, actor: Actor) -> int:
    """Which pupils of a class have books of their own this year and take none (L101). Returns how many."""
    with transaction():
        card = get_class(class_id)
        year = find_or_make_year(card.school_year)
        members = {
            row.reader_id
            for row in Enrolment.select(Enrolment.reader)
            .join(Reader)
            .where(Enrolment.school_class == class_id, Enrolment.ended_on.is_null(), Reader.status == "active")
        }
        wanted = members & set(reader_ids)
        had = {
            row.reader_id
            for row in TextbookOwner.select().where(
                TextbookOwner.school_year == year, TextbookOwner.reader.in_(list(members))
            )
        }
        if wanted == had:
            return len(wanted)
        TextbookOwner.delete().where(
            TextbookOwner.school_year == year, TextbookOwner.reader.in_(list(had - wanted))
        ).execute()
        for reader_id in sorted(wanted - had):
            TextbookOwner.insert(school_year=year, reader=reader_id).execute()
        record_audit(
            actor, "textbook.owners", "class", class_id, {"count": len(had)}, {"class": card.name, "count": len(wanted)}
        )
        return len(wanted)
