"""Pure decisions about readers: what a usable name, code, birth date or class name is.

Sources: domain.md §A9, §F1, §F4, §F5. Next: service.py.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from library.foundation.errors import InvalidInput
from library.foundation.schoolyear import grade_of
from library.foundation.vietnamese import fold, nfc
from library.readers.model import GENDER_LABELS, ReaderFields, ReaderKind

OLDEST_YEARS = 100
EDUCATION_ID_LENGTH = 10
"""Mã định danh Bộ GD&ĐT: ten digits, kept as text (domain.md §F4)."""

# Last grade of each kind of school (domain.md §F1).
TOP_GRADES: dict[str, int] = {"TH": 5, "THCS": 9, "THPT": 12, "TH-THCS": 9, "THCS-THPT": 12}
FIRST_GRADES: dict[str, int] = {"TH": 1, "THCS": 6, "THPT": 10, "TH-THCS": 1, "THCS-THPT": 6}

_CLASS_WORD = re.compile(r"^\s*l[ớơo]p\s+", re.IGNORECASE)
_CODE = re.compile(r"[\w./\-]{1,20}")


def clean_class_name(text: str) -> str:
    """ "Lớp 6a1 " -> "6A1", "10 Toán" -> "10 Toán", "12.6" stays. Empty for empty."""
    name = _CLASS_WORD.sub("", nfc(text))
    # A short section mark is written upper-case; a subject ("10 Toán") stays as it is.
    match = re.fullmatch(r"(\d{1,2})\s*([a-zđA-ZĐ]\d{0,2})", name)
    return f"{match[1]}{match[2].upper()}" if match else name[:20].strip()


def class_key(text: str) -> str:
    """How class names are compared: "6 a1" = "6A1" = "lớp 6A1"; 4D and 4Đ are two classes."""
    return clean_class_name(text).replace(" ", "").upper()


def is_class_name(text: str) -> bool:
    """True for what can only be a class: khối 1–12 and then at most a short section: 6A1, 4/1, 12.6."""
    return bool(re.fullmatch(r"(1[0-2]|[1-9])([./\-]?\s?[A-ZĐ]?\d{0,2}|[A-ZĐ]{1,4}\d{0,2})", class_key(text))) and (
        grade_of(clean_class_name(text)) is not None
    )


def tidy_person_name(text: str) -> str:
    """Clean text; a name typed all in capitals becomes "Nguyễn Văn An", others stay as written."""
    name = nfc(text)
    letters = [char for char in name if char.isalpha()]
    if len(letters) > 3 and all(char.isupper() for char in letters):
        name = " ".join(word.capitalize() for word in name.split())
    return name


def parse_gender(text: str) -> str | None:
    """Nam/Nữ (also Trai/Gái, M/F) -> male/female; None for anything else."""
    key = fold(text)
    if key in ("nam", "trai", "m", "male"):
        return "male"
    return "female" if key in ("nu", "gai", "f", "female") else None


def clean_fields(fields: ReaderFields, today: date) -> ReaderFields:
    """The fields as they will be kept. InvalidInput names the first field that cannot be used."""
    if fields.kind not in tuple(ReaderKind):
        raise InvalidInput("reader_kind_bad", field="kind", kind=fields.kind)
    name = nfc(fields.full_name)
    if not any(char.isalpha() for char in name):
        raise InvalidInput("reader_name_missing", field="full_name")
    if len(name) > 120:
        raise InvalidInput("reader_name_long", field="full_name", length=120)
    born_on = fields.born_on
    if born_on is not None and not (today.year - OLDEST_YEARS <= born_on.year and born_on < today):
        raise InvalidInput("birth_date_bad", field="born_on", born_on=born_on)
    if fields.gender not in (None, *GENDER_LABELS):
        raise InvalidInput("gender_bad", field="gender")
    education_id = nfc(fields.education_id or "").replace(" ", "") or None
    if education_id is not None and not _CODE.fullmatch(education_id):
        raise InvalidInput("education_id_bad", field="education_id", education_id=education_id[:40])
    email = nfc(fields.email or "") or None
    if email is not None and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
        raise InvalidInput("email_bad", field="email")
    return replace(
        fields,
        full_name=name,
        education_id=education_id,
        local_code=nfc(fields.local_code or "")[:32] or None,
        post=nfc(fields.post or "")[:80] or None,
        email=email[:160] if email else None,
        note=fields.note.strip(),
    )
