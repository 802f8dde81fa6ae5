"""A few rows for promotion tests, made through the tables."""

from __future__ import annotations

from datetime import date

from library.cataloguing.tables import Record
from library.foundation.calendar import ensure_year
from library.foundation.clock import now
from library.foundation.database import transaction
from library.foundation.vietnamese import fold, person_sort_key, title_sort_key
from library.readers.tables import Department, Reader, SchoolClass


def add_record(title: str, material: str = "children", author: str = "Tô Hoài") -> Record:
    with transaction():
        return Record.create(
            marc=b"",
            title=title,
            authors=[author],
            material=material,
            keywords=[],
            title_sort=title_sort_key(title),
            match_key=title[:60],
            created_at=now(),
            updated_at=now(),
        )


def add_department(name: str) -> Department:
    with transaction():
        return Department.create(name=name, sort_key=title_sort_key(name))


def add_class(name: str, label: str = "2026-2027") -> SchoolClass:
    with transaction():
        year = ensure_year(label)
        return SchoolClass.create(school_year=year, name=name, grade=int(name[0]), sort_key=name)


def add_reader(name: str, kind: str = "pupil") -> Reader:
    with transaction():
        return Reader.create(
            kind=kind,
            full_name=name,
            sort_key=person_sort_key(name),
            fold_key=fold(name),
            created_at=now(),
            updated_at=now(),
        )


NOVEMBER = date(2026, 11, 10)
