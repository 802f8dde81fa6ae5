"""What an import of readers would do: drafts compared with the present readers, classes and departments.

The key of a person is the education id; without one, name and birth date; without that, name and class.
Reads only. Next: readers_import.py (writes the plan).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from catalog_imports.model import Counts
from catalog_imports.problems import MESSAGES, Problem
from catalog_imports.readers_source import ReaderDraft, ReaderFile
from library.foundation.preferences import get_preference
from library.foundation.schoolyear import class_sort_key, grade_of
from library.foundation.tables import SchoolYear
from library.foundation.vietnamese import fold, nfc
from library.readers.classes import department_key
from library.readers.model import ReaderKind, ReaderStatus
from library.readers.rules import class_key
from library.readers.tables import Department, Enrolment, Reader, SchoolClass
from library.readers.ties import list_ties

WHOLE_CLASS_ROWS = 10
"""A class unknown to a year that has classes is made when a list names it at least this often."""
FEW_ROWS = 5

MESSAGES.update(
    {
        "class_unknown_row": "Không có lớp {name} trong năm học {school_year}. "
        "Sửa tên lớp, tạo lớp trước, hoặc chọn cho phép tạo lớp mới khi nhập.",
        "class_made_small": "Lớp {name} là lớp mới mà danh sách chỉ có {count} em. Kiểm tra lại tên lớp.",
        "reader_twice": "Trùng với dòng {other} của danh sách, không tạo thêm.",
        "reader_ambiguous": "Có {count} bạn đọc cùng tên {name}. Thêm mã định danh hoặc ngày sinh rồi nhập lại.",
        "reader_by_name": "Nhận ra em này nhờ họ tên và khối lớp năm trước. Kiểm tra lại nếu có hai em cùng tên.",
        "reader_not_here": "Bạn đọc này đã rời trường và chưa có trong thư viện nên không tạo.",
        "reader_leaves_with_books": "Danh sách ghi đã rời trường nhưng còn sách chưa trả, nên vẫn giữ thẻ.",
        "homeroom_class_unknown": "Không có lớp chủ nhiệm {name} trong năm học {school_year}.",
    }
)


@dataclass(slots=True)
class Known:
    """A reader already in the database, as far as matching needs."""

    id: int
    kind: str
    full_name: str
    education_id: str | None
    local_code: str | None
    born_on: date | None
    gender: str | None
    department_id: int | None
    post: str | None
    status: str
    class_id: int | None = None
    class_name: str | None = None
    last_grade: int | None = None


@dataclass(slots=True)
class Decision:
    """What will become of one draft. `changes`: columns to write; `class_name`: where to enrol."""

    draft: ReaderDraft
    outcome: str
    known: Known | None = None
    changes: dict[str, Any] = field(default_factory=dict)
    class_name: str | None = None
    department: str | None = None


@dataclass(slots=True)
class ReadersPlan:
    school_year: str
    decisions: list[Decision]
    new_classes: list[str]
    problems: list[Problem]

    @property
    def counts(self) -> Counts:
        fates = Counter(decision.outcome for decision in self.decisions)
        return Counts(
            created=fates["created"], updated=fates["updated"], unchanged=fates["unchanged"],
            duplicates=fates["duplicate"], rejected=fates["rejected"],
        )


def make_plan(file: ReaderFile, school_year: str, *, create_classes: bool = False) -> ReadersPlan:
    """Decide every draft against the present database; changes nothing but the drafts' problems."""
    return _Planner(file, school_year, create_classes).plan()


def _person_key(name: str) -> str:
    return nfc(name).casefold()


class _Planner:
    def __init__(self, file: ReaderFile, school_year: str, create_classes: bool) -> None:
        self.file, self.school_year = file, school_year
        self.keep_births = bool(get_preference("keep_birth_dates"))
        self.by_education: dict[str, Known] = {}
        self.by_name: dict[str, list[Known]] = defaultdict(list)
        self.classes: dict[str, str] = {}
        self._load()
        self.new_classes = self._allowed_new_classes(create_classes)
        self.taken: dict[int, ReaderDraft] = {}  # reader id -> the draft that is this reader
        self.seen: dict[tuple[Any, ...], ReaderDraft] = {}
        self.told_apart = {self._name_and_place(draft) for draft in file.drafts if draft.education_id or draft.born_on}

    def _load(self) -> None:
        year = SchoolYear.get_or_none(SchoolYear.label == self.school_year)
        columns = (
            Reader.id, Reader.kind, Reader.full_name, Reader.education_id, Reader.local_code, Reader.born_on,
            Reader.gender, Reader.department, Reader.post, Reader.status,
        )  # fmt: skip
        living = Reader.select(*columns).where(Reader.anonymised_at.is_null(), Reader.merged_into.is_null())
        known = {row[0]: Known(*row) for row in living.tuples()}
        stays = (
            Enrolment.select(Enrolment.reader, Enrolment.school_year, Enrolment.ended_on, SchoolClass.id,
                             SchoolClass.name, SchoolClass.grade)
            .join(SchoolClass)
            .order_by(Enrolment.started_on, Enrolment.id)
        )  # fmt: skip
        for reader_id, year_id, ended_on, class_id, class_name, grade in stays.tuples():
            item = known.get(reader_id)
            if item is None:
                continue
            if year is not None and year_id == year.id:
                if ended_on is None:
                    item.class_id, item.class_name = class_id, class_name
            else:
                item.last_grade = grade
        for item in known.values():
            if item.education_id:
                self.by_education[item.education_id] = item
            self.by_name[_person_key(item.full_name)].append(item)
        if year is not None:
            rows = SchoolClass.select(SchoolClass.name).where(SchoolClass.school_year == year).tuples()
            self.classes = {class_key(name): name for (name,) in rows}

    def _allowed_new_classes(self, create_classes: bool) -> dict[str, str]:
        """Classes this list may make. The first list of a year makes its classes; later only a whole
        class list does, so that one mistyped cell does not found a class."""
        named = Counter(
            class_key(draft.class_name) for draft in self.file.drafts if draft.class_name and draft.is_usable
        )
        spelled = {class_key(draft.class_name): draft.class_name for draft in self.file.drafts if draft.class_name}
        titled = {class_key(name) for name in self.file.class_titles}
        return {
            key: spelled[key]
            for key, count in named.items()
            if key not in self.classes
            and (create_classes or not self.classes or key in titled or count >= WHOLE_CLASS_ROWS)
        }

    def plan(self) -> ReadersPlan:
        decisions = [self._decide(draft) for draft in self.file.drafts]
        used = {class_key(item.class_name) for item in decisions if item.class_name}
        made = [name for key, name in self.new_classes.items() if key in used]
        for key, name in self.new_classes.items():
            rows = [item for item in decisions if item.class_name and class_key(item.class_name) == key]
            if 0 < len(rows) < FEW_ROWS and len(made) > 1:
                params = {"name": name, "count": len(rows)}
                rows[0].draft.problems.append(Problem("class_made_small", "warning", "Lớp", params))
        return ReadersPlan(self.school_year, decisions, sorted(made, key=class_sort_key), self.file.problems)

    def _decide(self, draft: ReaderDraft) -> Decision:
        if not draft.is_usable:
            return Decision(draft, "rejected")
        if not self.keep_births:
            draft_born, draft.born_on = draft.born_on, None
        else:
            draft_born = draft.born_on
        if draft.class_name is not None and draft.status == ReaderStatus.ACTIVE:
            key = class_key(draft.class_name)
            if key not in self.classes and key not in self.new_classes:
                params: dict[str, Any] = {"name": draft.class_name, "school_year": self.school_year}
                draft.problems.append(Problem("class_unknown_row", "error", "Lớp", params))
                return Decision(draft, "rejected")
            draft.class_name = self.classes.get(key) or self.new_classes[key]
        earlier = self._earlier_row(draft, draft_born)
        if draft.education_id is None and draft_born is None and (
            earlier is not None or self._name_and_place(draft) in self.told_apart
        ):
            # Two rows, one name, nothing to tell them apart: perhaps two children.
            return self._refuse_ambiguous(draft, 2)
        if earlier is not None:
            draft.problems.append(Problem("reader_twice", "warning", "", {"other": earlier.row}))
            return Decision(draft, "duplicate")
        candidates = self._candidates(draft)
        if len(candidates) > 1:
            return self._refuse_ambiguous(draft, len(candidates))
        if not candidates:
            return self._decide_new(draft)
        known = candidates[0]
        if known.id in self.taken:
            draft.problems.append(Problem("reader_twice", "warning", "", {"other": self.taken[known.id].row}))
            return Decision(draft, "duplicate", known)
        self.taken[known.id] = draft
        return self._decide_known(draft, known)

    def _refuse_ambiguous(self, draft: ReaderDraft, count: int) -> Decision:
        params = {"count": count, "name": draft.full_name}
        draft.problems.append(Problem("reader_ambiguous", "error", "Họ và tên", params))
        return Decision(draft, "rejected")

    def _name_and_place(self, draft: ReaderDraft) -> tuple[bool, str, str]:
        place = class_key(draft.class_name) if draft.class_name else fold(draft.department or "")
        return draft.kind == ReaderKind.PUPIL, _person_key(draft.full_name), place

    def _earlier_row(self, draft: ReaderDraft, born_on: date | None) -> ReaderDraft | None:
        key: tuple[Any, ...]
        key = ("id", draft.education_id) if draft.education_id else ("name", *self._name_and_place(draft), born_on)
        earlier = self.seen.setdefault(key, draft)
        return None if earlier is draft else earlier

    def _candidates(self, draft: ReaderDraft) -> list[Known]:
        if draft.education_id and draft.education_id in self.by_education:
            return [self.by_education[draft.education_id]]
        is_pupil = draft.kind == ReaderKind.PUPIL
        same = [
            item for item in self.by_name.get(_person_key(draft.full_name), ())
            if (item.kind == ReaderKind.PUPIL) == is_pupil and not (draft.education_id and item.education_id)
        ]  # fmt: skip
        if draft.born_on is not None:
            exact = [item for item in same if item.born_on == draft.born_on]
            if len(exact) > 1:
                in_class = [item for item in exact if self._is_in_class(item, draft)]
                exact = in_class if len(in_class) == 1 else exact
            if exact:
                return exact
            same = [item for item in same if item.born_on is None]
        if not is_pupil:
            return [item for item in same if item.status == ReaderStatus.ACTIVE or len(same) == 1]
        in_class = [item for item in same if self._is_in_class(item, draft)]
        if in_class:
            return in_class
        grade = grade_of(draft.class_name or "")
        risen = [
            item for item in same
            if item.class_id is None and grade is not None and item.last_grade in (grade - 1, grade)
            and item.id not in self.taken
        ]  # fmt: skip
        if len(risen) == 1:
            draft.problems.append(Problem("reader_by_name", "warning", "Họ và tên"))
        return risen

    def _is_in_class(self, item: Known, draft: ReaderDraft) -> bool:
        return bool(
            item.class_name and draft.class_name and class_key(item.class_name) == class_key(draft.class_name)
        )

    def _decide_new(self, draft: ReaderDraft) -> Decision:
        if draft.status != ReaderStatus.ACTIVE:
            draft.problems.append(Problem("reader_not_here", "warning", "Trạng thái"))
            return Decision(draft, "unchanged")
        return Decision(draft, "created", class_name=draft.class_name, department=draft.department)

    def _decide_known(self, draft: ReaderDraft, known: Known) -> Decision:
        changes: dict[str, Any] = {}
        for name in ("full_name", "education_id", "local_code", "born_on", "gender", "post"):
            value = getattr(draft, name)
            if value is not None and value != getattr(known, name):
                changes[name] = value
        if draft.status != known.status:
            if draft.status != ReaderStatus.ACTIVE and list_ties(known.id):
                draft.problems.append(Problem("reader_leaves_with_books", "warning", "Trạng thái"))
            else:
                changes["status"] = draft.status
        department = draft.department
        if department and self._department_name(known) == department_key(department):
            department = None
        class_name = None
        if draft.class_name and draft.status == ReaderStatus.ACTIVE and not self._is_in_class(known, draft):
            class_name = draft.class_name
        outcome = "updated" if changes or class_name or department else "unchanged"
        return Decision(draft, outcome, known, changes, class_name, department)

    def _department_name(self, known: Known) -> str | None:
        if known.department_id is None:
            return None
        row = Department.get_or_none(Department.id == known.department_id)
        return department_key(row.name) if row is not None else None
