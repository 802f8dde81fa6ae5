"""Use cases on classes, homeroom teachers and departments: one function = one transaction, audited.

Next: service.py (the readers in them).
"""

from __future__ import annotations

import peewee as pw

from library.contract.codes import register_errors
from library.foundation.audit import Actor, record_audit
from library.foundation.calendar import ensure_year
from library.foundation.clock import now
from library.foundation.database import transaction
from library.foundation.errors import Conflict, InvalidInput, NotFound
from library.foundation.schoolyear import class_sort_key, grade_of
from library.foundation.tables import SchoolYear
from library.foundation.vietnamese import fold, nfc, title_sort_key
from library.readers.model import ReaderKind
from library.readers.rules import class_key, clean_class_name
from library.readers.tables import Department, Enrolment, Reader, SchoolClass

register_errors(
    {
        "class_missing": "Không tìm thấy lớp này.",
        "class_name_bad": "Tên lớp cần bắt đầu bằng khối (1–12), ví dụ 6A1, 10 Toán, 12.6.",
        "class_taken": "Năm học {school_year} đã có lớp {name}.",
        "class_not_empty": "Lớp {name} còn {count} học sinh. Chuyển các em sang lớp khác trước.",
        "class_used": "Lớp {name} đã có góc lớp, lượt mượn hoặc lượt đến nên không xoá được. Sai tên thì sửa tên.",
        "homeroom_bad": "Giáo viên chủ nhiệm phải là giáo viên đang dạy.",
        "school_year_bad": "Năm học ghi dạng 2026-2027, đang là {school_year}.",
        "department_name_bad": "Ghi tên tổ chuyên môn, không quá 80 ký tự.",
        "department_taken": "Đã có tổ {name}.",
        "department_used": "Tổ {name} còn {count} thành viên. Chuyển các thầy cô sang tổ khác trước.",
    }
)


def find_or_make_year(label: str) -> SchoolYear:
    """The school year row of a label, made when new. InvalidInput school_year_bad. Inside a transaction."""
    try:
        return ensure_year(label)
    except ValueError as error:
        raise InvalidInput("school_year_bad", field="school_year", school_year=label) from error


def create_class(
    school_year: str, name: str, actor: Actor, *, homeroom_teacher_id: int | None = None, site: str = ""
) -> int:
    """A class of a school year ("2026-2027"); returns its id. InvalidInput class_name_bad, Conflict class_taken."""
    clean, grade = _read_name(name)
    with transaction():
        year = find_or_make_year(school_year)
        _require_free(year, clean, None)
        row = SchoolClass.create(
            school_year=year, name=clean, grade=grade, sort_key=class_sort_key(clean)[:120], site=nfc(site)[:80],
            homeroom_teacher=_check_homeroom(homeroom_teacher_id),
        )
        record_audit(actor, "class.create", "class", row.id, None, {"name": clean, "school_year": year.label})
    return row.id


def _require_free(year: SchoolYear, name: str, own_id: int | None) -> None:
    for class_id, taken in SchoolClass.select(SchoolClass.id, SchoolClass.name).where(
        SchoolClass.school_year == year
    ).tuples():
        if class_key(taken) == class_key(name) and class_id != own_id:
            raise Conflict("class_taken", field="name", name=taken, school_year=year.label)


def _check_homeroom(reader_id: int | None) -> int | None:
    if reader_id is None:
        return None
    row = Reader.get_or_none(Reader.id == reader_id)
    if row is None or row.kind != ReaderKind.TEACHER or row.status != "active":
        raise InvalidInput("homeroom_bad", field="homeroom_teacher_id")
    return reader_id


def _read_name(name: str) -> tuple[str, int]:
    clean = clean_class_name(name)
    grade = grade_of(clean)
    if grade is None:
        raise InvalidInput("class_name_bad", field="name")
    return clean, grade


def update_class(
    class_id: int, name: str, actor: Actor, *, homeroom_teacher_id: int | None, site: str = ""
) -> None:
    """Rename, set the homeroom teacher and the site."""
    clean, grade = _read_name(name)
    with transaction():
        row = get_class_row(class_id)
        _require_free(row.school_year, clean, class_id)
        before = {"name": row.name, "homeroom_teacher": row.homeroom_teacher_id, "site": row.site}
        after = {"name": clean, "homeroom_teacher": _check_homeroom(homeroom_teacher_id), "site": nfc(site)[:80]}
        if before == after:
            return
        SchoolClass.update(**after, grade=grade, sort_key=class_sort_key(clean)[:120]).where(
            SchoolClass.id == class_id
        ).execute()
        record_audit(actor, "class.update", "class", class_id, before, after)


def set_homeroom_teacher(class_id: int, reader_id: int | None, actor: Actor) -> None:
    """Who answers for the class; None takes the name away. InvalidInput homeroom_bad."""
    with transaction():
        row = get_class_row(class_id)
        teacher = _check_homeroom(reader_id)
        if row.homeroom_teacher_id == teacher:
            return
        SchoolClass.update(homeroom_teacher=teacher).where(SchoolClass.id == class_id).execute()
        record_audit(
            actor, "class.homeroom", "class", class_id, {"homeroom_teacher": row.homeroom_teacher_id},
            {"homeroom_teacher": teacher},
        )


def delete_class(class_id: int, actor: Actor) -> None:
    """A class made by mistake. Conflict class_not_empty, class_used (loans and visits name it)."""
    with transaction():
        row = get_class_row(class_id)
        count = Enrolment.select().where(Enrolment.school_class == class_id).count()
        if count:
            raise Conflict("class_not_empty", name=row.name, count=count)
        if not delete_unused_class(class_id):
            raise Conflict("class_used", name=row.name)
        record_audit(actor, "class.delete", "class", class_id, {"name": row.name}, None)


def delete_unused_class(class_id: int) -> bool:
    """Inside a transaction: delete the row of a class nothing points at; False when something does."""
    try:
        with transaction():
            SchoolClass.delete().where(SchoolClass.id == class_id).execute()
    except pw.IntegrityError:  # a visit, a class corner, a former pupil
        return False
    return True


def get_class_row(class_id: int) -> SchoolClass:
    """NotFound class_missing."""
    row = SchoolClass.get_or_none(SchoolClass.id == class_id)
    if row is None:
        raise NotFound("class_missing", class_id=class_id)
    return row


# ---------------------------------------------------------------- departments


def create_department(name: str, actor: Actor) -> int:
    """A tổ chuyên môn; returns its id. InvalidInput department_name_bad, Conflict department_taken."""
    clean = nfc(name)
    if not clean or len(clean) > 80:
        raise InvalidInput("department_name_bad", field="name")
    with transaction():
        if find_department_id(clean) is not None:
            raise Conflict("department_taken", field="name", name=clean)
        row = Department.create(name=clean, sort_key=title_sort_key(clean)[:255])
        record_audit(actor, "department.create", "department", row.id, None, {"name": clean})
    return row.id


def find_department_id(name: str) -> int | None:
    """A department by name, whatever accents, dashes or the word "Tổ" in front."""
    key = department_key(name)
    for department_id, taken in Department.select(Department.id, Department.name).tuples():
        if department_key(taken) == key:
            return department_id
    return None


def department_key(name: str) -> str:
    """ "Tổ Toán - Tin" = "Toán – Tin"."""
    words = "".join(char if char.isalnum() else " " for char in fold(name)).split()
    while words and words[0] in ("to", "chuyen", "mon"):
        words = words[1:]
    return " ".join(words)


def rename_department(department_id: int, name: str, actor: Actor) -> None:
    clean = nfc(name)
    if not clean or len(clean) > 80:
        raise InvalidInput("department_name_bad", field="name")
    with transaction():
        row = Department.get_or_none(Department.id == department_id)
        if row is None:
            raise NotFound("department_missing")
        taken = find_department_id(clean)
        if taken not in (None, department_id):
            raise Conflict("department_taken", field="name", name=clean)
        if row.name != clean:
            Department.update(name=clean, sort_key=title_sort_key(clean)[:255]).where(
                Department.id == department_id
            ).execute()
            record_audit(actor, "department.rename", "department", department_id, {"name": row.name}, {"name": clean})


def close_department(department_id: int, actor: Actor) -> None:
    """No longer offered. Conflict department_used while teachers belong to it."""
    with transaction():
        row = Department.get_or_none(Department.id == department_id)
        if row is None:
            raise NotFound("department_missing")
        count = Reader.select().where(Reader.department == department_id, Reader.status == "active").count()
        if count:
            raise Conflict("department_used", name=row.name, count=count)
        if row.closed_at is None:
            Department.update(closed_at=now()).where(Department.id == department_id).execute()
            record_audit(actor, "department.close", "department", department_id, {"closed": False}, {"closed": True})


def reopen_department(department_id: int, actor: Actor) -> None:
    """A closed one is offered again."""
    with transaction():
        row = Department.get_or_none(Department.id == department_id)
        if row is None:
            raise NotFound("department_missing")
        if row.closed_at is not None:
            Department.update(closed_at=None).where(Department.id == department_id).execute()
            record_audit(actor, "department.reopen", "department", department_id, {"closed": True}, {"closed": False})
