"""Reader drafts -> plan -> the database. Safe to repeat: the same file twice changes nothing.

A class list is small, so the whole import is one transaction: a crash in the middle leaves nothing behind
and the file is simply imported again. Next: readers_plan.py (who is who), readers_undo.py.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from catalog_imports.detect import check_size
from catalog_imports.model import Counts
from catalog_imports.problems import Problem
from catalog_imports.readers_changes import list_changes
from catalog_imports.readers_plan import Decision, Known, ReadersPlan, make_plan
from catalog_imports.readers_source import ReaderFile, read_reader_file
from catalog_imports.readers_undo import undo_readers_batch
from catalog_imports.report import make_result, write_problem_files
from catalog_imports.tables import ImportBatch, ImportItem
from library.contract.scans import make_card_number
from library.foundation.audit import Actor, record_audit
from library.foundation.calendar import find_year
from library.foundation.clock import local_time, now, today
from library.foundation.database import transaction
from library.foundation.errors import InvalidInput, NotFound
from library.foundation.schoolyear import class_sort_key, grade_of, label_for, parse_label
from library.foundation.tables import SchoolYear
from library.foundation.vietnamese import fold, person_sort_key, title_sort_key
from library.lending import service as _lending  # noqa: F401  it says what is open with a reader (readers/ties.py)
from library.readers.classes import department_key, find_or_make_year
from library.readers.model import ReaderKind, ReaderStatus
from library.readers.rules import class_key
from library.readers.service import next_card_serial
from library.readers.tables import Card, Department, Enrolment, Reader, SchoolClass
from library.settings import Settings


@dataclass(slots=True)
class ReadersResult:
    """What the report shows. `batch` is None for a dry run."""

    batch: str | None
    batch_id: int | None
    source: str
    plan: ReadersPlan
    ignored_columns: list[str]
    seconds: float
    kept_columns: list[str] = field(default_factory=list)

    @property
    def counts(self) -> Counts:
        return self.plan.counts

    def list_problems(self) -> list[dict[str, Any]]:
        """In the shape of the import result: position, row, tag, code, severity, message."""
        shown = [{"position": 0, **problem.as_stored(None)} for problem in self.plan.problems]
        for decision in self.plan.decisions:
            draft = decision.draft
            for problem in draft.problems:
                shown.append({"position": draft.position, **problem.as_stored(draft.row)})
        return shown

    def as_json(self, problems_file: Path | None = None) -> dict[str, Any]:
        """The import result of the command line, and what a preview shows besides."""
        result = make_result(
            batch=self.batch, source=self.source, dry_run=self.batch is None, counts=self.counts.as_json(),
            seconds=self.seconds, problems=self.list_problems(), problems_file=problems_file,
        )  # fmt: skip
        changes = {"changes": list_changes(self.plan)} if self.batch is None else {}
        return {
            **result,
            **changes,
            "school_year": self.plan.school_year,
            "classes_created": self.plan.new_classes,
            "kept_columns": self.kept_columns,
            "ignored_columns": self.ignored_columns,
        }


def import_readers(
    settings: Settings,
    file: Path,
    *,
    actor: Actor,
    school_year: str | None = None,
    dry_run: bool = False,
    create_classes: bool = False,
    progress: Callable[[int, int], None] | None = None,
    name: str | None = None,
) -> dict[str, Any]:
    """Import one file from disk and save the list of problems; answers the import result."""
    check_size(file, name or file.name, settings.max_import_mb)
    result = run_readers_import(
        file.read_bytes(), name or file.name, actor=actor, school_year=school_year, dry_run=dry_run,
        create_classes=create_classes, progress=progress,
    )  # fmt: skip
    path = None
    if result.batch_id is not None:
        batch = ImportBatch.get_by_id(result.batch_id)
        path = write_problem_files(settings.files_dir / "imports", batch, result.list_problems())
    return result.as_json(path)


def undo_readers(settings: Settings, number: str, *, actor: Actor) -> dict[str, Any]:
    """Take a readers import back. NotFound import_unknown, Conflict import_undone_already."""
    batch = ImportBatch.get_or_none(ImportBatch.number == number, ImportBatch.kind == "readers")
    if batch is None:
        raise NotFound("import_unknown", number=number)
    return undo_readers_batch(batch, actor)


def run_readers_import(
    data: bytes,
    name: str,
    *,
    actor: Actor,
    school_year: str | None = None,
    dry_run: bool = False,
    create_classes: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> ReadersResult:
    """Import one file. SheetError when it is no list; InvalidInput school_year_bad. `school_year` wins
    over the title of the list; without either it is the present one."""
    started = time.monotonic()
    file = read_reader_file(data, name, today())
    label = _choose_year(file, school_year)
    if dry_run:
        plan = make_plan(file, label, create_classes=create_classes)
        seconds = time.monotonic() - started
        return ReadersResult(None, None, name, plan, file.ignored_columns, seconds, file.kept_columns)
    with transaction():
        year = find_or_make_year(label)
        plan = make_plan(file, label, create_classes=create_classes)
        batch = ImportBatch.create(
            number=_next_number(), kind="readers", source=name[:255], sha256=hashlib.sha256(data).hexdigest(),
            size_bytes=len(data), status="running",
            options={"school_year": label, "create_classes": create_classes},
            counts={}, staff_name=actor.name, started_at=now(),
        )
        _Writer(year, plan, batch, actor, progress).write()
    seconds = time.monotonic() - started
    return ReadersResult(batch.number, batch.id, name, plan, file.ignored_columns, seconds, file.kept_columns)


def _choose_year(file: ReaderFile, wanted: str | None) -> str:
    if wanted:
        try:
            label = parse_label(wanted)
        except ValueError as error:
            raise InvalidInput("school_year_bad", field="school_year", school_year=wanted) from error
        if file.school_year not in (None, label):
            params = {"found": file.school_year, "wanted": label}
            file.problems.append(Problem("school_year_differs", params=params))
        return label
    if file.school_year:
        return file.school_year
    kept = find_year()
    return kept.label if kept is not None else label_for(today())


def _next_number() -> str:
    """NK-<day>-<running number of the day>. Inside the transaction that makes the batch."""
    prefix = f"NK-{local_time(now()):%Y%m%d}-"
    taken = [
        int(number[len(prefix) :])
        for (number,) in ImportBatch.select(ImportBatch.number).where(ImportBatch.number.startswith(prefix)).tuples()
        if number[len(prefix) :].isdigit()
    ]
    return f"{prefix}{max(taken, default=0) + 1:03d}"


class _Writer:
    """Writes a plan; lives inside one transaction."""

    def __init__(
        self, year: SchoolYear, plan: ReadersPlan, batch: ImportBatch, actor: Actor,
        progress: Callable[[int, int], None] | None,
    ) -> None:
        self.year, self.plan, self.batch, self.actor, self.progress = year, plan, batch, actor, progress
        self.instant, self.day = now(), today()
        self.serial = next_card_serial()
        self.class_ids: dict[str, int] = {}
        self.made_classes: list[int] = []
        self.departments = {department_key(name): row_id for row_id, name in
                            Department.select(Department.id, Department.name).tuples()}  # fmt: skip
        self.befores: dict[int, dict[str, Any]] = {}  # position -> what undo restores

    def write(self) -> None:
        self._make_classes()
        total = len(self.plan.decisions)
        for done, decision in enumerate(self.plan.decisions, start=1):
            self._write_one(decision)
            if self.progress is not None and (done % 50 == 0 or done == total):
                self.progress(done, total)
        self._set_homerooms()
        items = [self._item(decision) for decision in self.plan.decisions]
        for start in range(0, len(items), 80):
            ImportItem.insert_many(items[start : start + 80]).execute()
        counts = self.plan.counts.as_json()
        ImportBatch.update(
            status="done", counts=counts, done_until=total, finished_at=now(),
            options={**self.batch.options, "classes_created": self.made_classes},
        ).where(ImportBatch.id == self.batch.id).execute()
        record_audit(
            self.actor, "readers.import", "import_batch", self.batch.number, None,
            {"source": self.batch.source, "school_year": self.year.label, **counts},
        )

    def _make_classes(self) -> None:
        for row in SchoolClass.select().where(SchoolClass.school_year == self.year):
            self.class_ids[class_key(row.name)] = row.id
        for name in self.plan.new_classes:
            row = SchoolClass.create(
                school_year=self.year, name=name, grade=grade_of(name), sort_key=class_sort_key(name)[:120]
            )
            self.class_ids[class_key(name)] = row.id
            self.made_classes.append(row.id)
            record_audit(self.actor, "class.create", "class", row.id, None,
                         {"name": name, "school_year": self.year.label})  # fmt: skip

    def _department_id(self, name: str | None) -> int | None:
        if not name:
            return None
        key = department_key(name)
        if key not in self.departments:
            row = Department.create(name=name[:80], sort_key=title_sort_key(name)[:255])
            self.departments[key] = row.id
        return self.departments[key]

    def _write_one(self, decision: Decision) -> None:
        if decision.outcome == "created":
            self._create(decision)
        elif decision.outcome == "updated" and decision.known is not None:
            self.befores[decision.draft.position] = self._update(decision, decision.known)

    def _item(self, decision: Decision) -> dict[str, Any]:
        draft, known = decision.draft, decision.known
        return {
            "batch": self.batch.id, "position": draft.position, "outcome": decision.outcome,
            "subject_kind": "reader" if known is not None else None,
            "subject_id": known.id if known is not None else None,
            "copies": None, "before": self.befores.get(draft.position),
            "raw": None,  # nothing of a refused row is kept: it may hold columns we do not store
            "problems": [problem.as_stored(draft.row) for problem in draft.problems] or None,
            "content_hash": None,
        }  # fmt: skip

    def _create(self, decision: Decision) -> None:
        draft = decision.draft
        row = Reader.create(
            kind=draft.kind, full_name=draft.full_name, sort_key=person_sort_key(draft.full_name)[:400],
            fold_key=fold(draft.full_name)[:120], education_id=draft.education_id, local_code=draft.local_code,
            born_on=draft.born_on, gender=draft.gender, post=draft.post,
            department=self._department_id(decision.department), created_at=self.instant, updated_at=self.instant,
        )  # fmt: skip
        decision.known = Known(row.id, draft.kind, draft.full_name, None, None, None, None, None, None, "active")
        if decision.class_name:
            self._enrol(row.id, decision.class_name, is_first=True)
        number = self._issue_card(row.id)
        record_audit(
            self.actor, "reader.create", "reader", row.id, None,
            {"full_name": draft.full_name, "kind": draft.kind, "class": decision.class_name, "card": number,
             "batch": self.batch.number},
        )  # fmt: skip

    def _issue_card(self, reader_id: int) -> str:
        number = make_card_number(self.serial)
        self.serial += 1
        Card.create(reader=reader_id, number=number, issued_at=self.instant)
        return number

    def _enrol(self, reader_id: int, class_name: str, *, is_first: bool) -> int:
        # A class list holds for the whole year; a move during the year begins today.
        day = self.year.starts_on if is_first else min(max(self.day, self.year.starts_on), self.year.ends_on)
        class_id = self.class_ids[class_key(class_name)]
        return Enrolment.create(reader=reader_id, school_class=class_id, school_year=self.year, started_on=day).id

    def _update(self, decision: Decision, known: Known) -> dict[str, Any]:
        changes = dict(decision.changes)
        if decision.department:
            changes["department"] = self._department_id(decision.department)
        old = {name: getattr(known, "department_id" if name == "department" else name) for name in changes}
        before: dict[str, Any] = {"fields": _plain(old), "stamp": self.instant.isoformat()}
        if "full_name" in changes:
            changes["sort_key"] = person_sort_key(changes["full_name"])[:400]
            changes["fold_key"] = fold(changes["full_name"])[:120]
        Reader.update(**changes, updated_at=self.instant).where(Reader.id == known.id).execute()
        if changes.get("status") not in (None, ReaderStatus.ACTIVE):
            before["closed_stays"] = self._close_stays(known.id, changes["status"], None)
            before["closed_cards"] = [row.id for row in Card.select().where(
                Card.reader == known.id, Card.status == "active")]  # fmt: skip
            Card.update(status="closed", ended_at=self.instant).where(
                Card.id.in_(before["closed_cards"] or [0])
            ).execute()
        elif decision.class_name:
            grade = grade_of(decision.class_name) or 0
            before["closed_stays"] = self._close_stays(known.id, "moved", grade)
            is_first = known.class_id is None
            before["opened_stay"] = self._enrol(known.id, decision.class_name, is_first=is_first)
        is_active = changes.get("status", known.status) == ReaderStatus.ACTIVE
        if is_active and not Card.select().where(Card.reader == known.id, Card.status == "active").exists():
            before["card"] = self._issue_card(known.id)
        record_audit(
            self.actor, "reader.update", "reader", known.id, _plain(old),
            {**_plain({name: changes[name] for name in old}), "class": decision.class_name,
             "batch": self.batch.number},
        )  # fmt: skip
        return before

    def _close_stays(self, reader_id: int, outcome: str, new_grade: int | None) -> list[int]:
        """End the open stays. One of an earlier year ends with that year: promoted or repeated."""
        closed: list[int] = []
        for stay in Enrolment.select(Enrolment, SchoolClass, SchoolYear).join(SchoolClass).join(SchoolYear).where(
            Enrolment.reader == reader_id, Enrolment.ended_on.is_null()
        ):
            stay_year = stay.school_class.school_year
            if stay_year.starts_on > self.year.starts_on:
                continue  # a list of an earlier year changes nothing later
            if stay_year.id != self.year.id and new_grade is not None:
                stay.outcome = "promoted" if new_grade > stay.school_class.grade else "repeated"
                stay.ended_on = stay_year.ends_on
            else:
                stay.outcome, stay.ended_on = outcome, max(min(self.day, stay_year.ends_on), stay.started_on)
            stay.save(only=[Enrolment.outcome, Enrolment.ended_on])
            closed.append(stay.id)
        return closed

    def _set_homerooms(self) -> None:
        for decision in self.plan.decisions:
            draft = decision.draft
            if not draft.homeroom or decision.known is None or draft.kind != ReaderKind.TEACHER:
                continue
            class_id = self.class_ids.get(class_key(draft.homeroom))
            if class_id is None:
                params = {"name": draft.homeroom, "school_year": self.year.label}
                draft.problems.append(Problem("homeroom_class_unknown", "warning", "Lớp chủ nhiệm", params))
                continue
            row = SchoolClass.get_by_id(class_id)
            if row.homeroom_teacher_id != decision.known.id:
                SchoolClass.update(homeroom_teacher=decision.known.id).where(SchoolClass.id == class_id).execute()
                record_audit(
                    self.actor, "class.homeroom", "class", class_id, {"homeroom_teacher": row.homeroom_teacher_id},
                    {"homeroom_teacher": decision.known.id},
                )


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}
