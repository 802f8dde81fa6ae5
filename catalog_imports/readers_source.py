"""Class lists and staff lists as the sector database (or a teacher's own Excel) exports them -> drafts.

The header is found by names, not position; title rows, repeated headers and signature lines are passed
over. Only the columns that lending needs are ever looked at: ethnicity, parents, phone and address are
not read, so they cannot be kept (domain.md §A9, §F5, §H5). No database here. Next: readers_import.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from catalog_imports.legacy_text import CONVERTERS, LABELS, decode_csv_legacy, guess_legacy
from catalog_imports.problems import MESSAGES, Problem
from catalog_imports.readers_columns import ALIASES, KEPT_COLUMNS
from catalog_imports.sheet_cells import cell_code, cell_date, is_error_value
from catalog_imports.sheet_headers import Header, data_rows, find_header, heading_key
from catalog_imports.sheets import Sheet, SheetError, SheetRow, parse_sheets
from library.contract.codes import register_errors
from library.foundation.schoolyear import grade_of, parse_label
from library.foundation.vietnamese import fold, nfc
from library.readers.model import ReaderKind, ReaderStatus
from library.readers.rules import (
    EDUCATION_ID_LENGTH,
    clean_class_name,
    is_class_name,
    parse_gender,
    tidy_person_name,
)

_REQUIRED = (("full_name", "given_name"),)
_KEPT_AS = {"family_name": "full_name", "given_name": "full_name", "female_mark": "gender", "class_code": "class_name"}

MESSAGES.update(
    {
        "row_no_name": "Dòng không có họ tên.",
        "reader_name_bad": "Họ tên “{name}” không đọc được.",
        "birth_date_unreadable": "Ngày sinh “{value}” không đọc được nên bỏ trống. Ghi dạng ngày/tháng/năm.",
        "birth_date_unlikely": "Ngày sinh {value} chưa hợp lý nên bỏ trống.",
        "education_id_short": "Mã định danh “{value}” không đủ 10 chữ số nên bỏ trống.",
        "education_id_zero": "Mã định danh mất số 0 ở đầu khi qua Excel, đã bổ sung thành {value}.",
        "education_id_personal": "Cột mã định danh chứa số định danh cá nhân (12 số). "
        "Thư viện không lưu số này, đã bỏ trống.",
        "code_rounded": "Mã ở cột {column} bị Excel làm tròn ({value}). Định dạng cột là văn bản rồi xuất lại.",
        "gender_unreadable": "Giới tính “{value}” không đọc được nên bỏ trống.",
        "status_unknown": "Trạng thái “{value}” chưa rõ nghĩa, coi là đang học hoặc đang dạy.",
        "row_no_class": "Dòng không ghi lớp, tiêu đề cũng không có tên lớp.",
        "class_name_unusable": "Tên lớp “{value}” cần bắt đầu bằng khối (1–12).",
        "grade_differs": "Khối ghi {value} nhưng lớp là {name}; đã theo tên lớp.",
        "cell_has_error": "Ô {column} báo lỗi {value}, coi như trống.",
        "cell_formula_no_value": "Ô {column} là công thức chưa có giá trị. Mở tệp bằng Excel, lưu lại rồi nhập lại.",
        "sheet_without_header": "Trang tính “{name}” không có hàng tiêu đề nên được bỏ qua.",
        "sheet_old_letters": "Chữ trong tệp theo bảng mã {label}, đã chuyển sang Unicode. Kiểm tra lại vài họ tên.",
        "school_year_differs": "Tiêu đề ghi năm học {found}, nhưng đang nhập cho năm học {wanted}.",
    }
)
register_errors(
    {
        "readers_no_header": "Không tìm thấy hàng tiêu đề trong {name}. Cần có cột “Họ và tên” "
        "(hoặc “Họ đệm” và “Tên”) cùng cột “Lớp” hay “Ngày sinh”.",
    }
)

_LEFT = {
    ReaderStatus.TRANSFERRED: ("chuyen di", "chuyen truong", "chuyen cong tac", "da chuyen", "thuyen chuyen"),
    ReaderStatus.GRADUATED: ("tot nghiep", "hoan thanh", "ra truong"),
    ReaderStatus.LEFT: ("nghi hoc", "thoi hoc", "bo hoc", "nghi huu", "thoi viec", "da nghi", "nghi viec", "tu vong"),
}  # fmt: skip
_STAYS = ("dang hoc", "dang lam viec", "dang day", "dang cong tac", "hoc lai", "luu ban", "chuyen den", "moi")
_NOT_TEACHING = ("nhan vien", "ke toan", "van thu", "bao ve", "y te", "thu vien", "thiet bi", "phuc vu", "thu quy")
_CLASS_IN_TITLE = re.compile(r"\bl[ớơ]p\s*:?\s*(\d{1,2}[\w./\-]*)(?:\s+([^\W\d_]+))?", re.IGNORECASE)
_NO_CLASS_WORDS = frozenset(("nam", "hoc", "khoi", "gvcn", "giao", "chu", "ky", "hk", "si", "so", "danh", "truong"))


@dataclass(slots=True)
class ReaderDraft:
    """One row, read and judged on its own. A problem of severity error means: not to be taken."""

    position: int
    row: int
    sheet: str
    kind: str
    full_name: str = ""
    education_id: str | None = None
    local_code: str | None = None
    born_on: date | None = None
    gender: str | None = None
    status: str = ReaderStatus.ACTIVE
    class_name: str | None = None
    department: str | None = None
    post: str | None = None
    homeroom: str | None = None
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_usable(self) -> bool:
        return all(problem.severity != "error" for problem in self.problems)


@dataclass(slots=True)
class ReaderFile:
    """All drafts of a file, in order. `class_titles`: classes that a title or a sheet's name announces,
    i.e. whole official lists. `problems` are about the file, not one row."""

    name: str
    drafts: list[ReaderDraft]
    school_year: str | None = None
    class_titles: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    kept_columns: list[str] = field(default_factory=list)
    ignored_columns: list[str] = field(default_factory=list)


def read_reader_file(data: bytes, name: str, today: date) -> ReaderFile:
    """Read a class list or staff list. SheetError / InvalidInput readers_no_header when it is none.

    `today` bounds birth dates. Rows are numbered over all sheets (`position`) and as shown (`row`).
    """
    result = ReaderFile(name, [])
    found_header = False
    for sheet in parse_sheets(data, name, decode_legacy=decode_csv_legacy):
        sheet = _modernise(sheet, result)
        header = find_header(sheet.rows, ALIASES, _REQUIRED)
        if header is None or not {"class_name", "class_code", "born_on", "education_id", "local_code", "post",
                                  "department", "gender", "ordinal"} & set(header.columns):
            if len(sheet.rows) >= 3:
                result.problems.append(Problem("sheet_without_header", params={"name": sheet.name}))
            continue
        found_header = True
        _SheetReader(sheet, header, result, today).read()
    if not found_header:
        raise SheetError("readers_no_header", name=name)
    return result


def _modernise(sheet: Sheet, result: ReaderFile) -> Sheet:
    """Text typed with old fonts (TCVN3, VNI) becomes Unicode; said once per sheet."""
    if sheet.encoding in LABELS:
        result.problems.append(Problem("sheet_old_letters", params={"label": LABELS[sheet.encoding]}))
        return sheet
    sample = " ".join(value for row in sheet.rows[:300] for value in row.values if isinstance(value, str))
    guess = guess_legacy(sample, least_words=6)
    if guess is None:
        return sheet
    convert = CONVERTERS[guess.name]
    result.problems.append(Problem("sheet_old_letters", params={"label": LABELS[guess.name]}))
    rows = [
        replace(row, values=tuple(convert(value) if isinstance(value, str) else value for value in row.values))
        for row in sheet.rows
    ]
    return replace(sheet, rows=rows)


def class_in_title(text: str) -> str | None:
    """ "DANH SÁCH HỌC SINH LỚP 12.6" -> "12.6"; "LỚP 10 TOÁN" -> "10 Toán"; None when no class is named."""
    match = _CLASS_IN_TITLE.search(nfc(text))
    if match is None:
        return None
    name, word = match[1].rstrip("./-"), match[2]
    if word and name.isdigit() and fold(word) not in _NO_CLASS_WORDS:
        name = f"{name} {word.capitalize() if len(word) > 2 else word.upper()}"
    clean = clean_class_name(name)
    return clean if grade_of(clean) is not None else None


def school_year_in(texts: Sequence[str]) -> str | None:
    """The school year a title names ("Năm học 2026 – 2027")."""
    for text in texts:
        for match in re.finditer(r"\d{4}\s*[-–—/]\s*\d{4}", text):
            try:
                return parse_label(match.group())
            except ValueError:
                continue
    return None


class _SheetReader:
    def __init__(self, sheet: Sheet, header: Header, result: ReaderFile, today: date) -> None:
        self.sheet, self.header, self.result, self.today = sheet, header, result, today
        self.columns = header.columns
        titles = header.titles
        self.titled_class = next((name for name in map(class_in_title, titles) if name), None)
        if self.titled_class is None and is_class_name(sheet.name):
            self.titled_class = clean_class_name(sheet.name)
        if self.titled_class is None:
            self.titled_class = class_in_title(sheet.name)
        result.school_year = result.school_year or school_year_in(titles)
        kept = {_KEPT_AS.get(name, name) for name in self.columns}
        result.kept_columns += [
            text for name, text in KEPT_COLUMNS.items() if name in kept and text not in result.kept_columns
        ]
        result.ignored_columns += [text for text in header.unknown.values() if text not in result.ignored_columns]
        self.is_staff = self._is_staff_list()
        if self.titled_class and not self.is_staff:
            result.class_titles.add(self.titled_class)

    def _is_staff_list(self) -> bool:
        if {"class_name", "class_code"} & set(self.columns) or self.titled_class:
            return False
        if {"post", "department", "homeroom"} & set(self.columns):
            return True
        words = fold(" ".join((*self.header.titles, self.sheet.name, self.result.name)))
        return any(word in words for word in ("giao vien", "can bo", "nhan vien", "cbgv"))

    def read(self) -> None:
        rows = list(data_rows(self.sheet, self.header, ALIASES))
        numbered = [row.number for row in rows if self._ordinal(row) is not None]
        for row in rows:
            # Below the last number of a numbered list stand totals and signatures.
            is_after_list = bool(numbered) and row.number > numbered[-1]
            draft = self._read_row(row, is_after_list or len(numbered) * 2 > len(rows))
            if draft is not None:
                draft.position = len(self.result.drafts) + 1
                self.result.drafts.append(draft)

    def _ordinal(self, row: SheetRow) -> int | None:
        text = row.text(self.columns.get("ordinal"))
        return int(text) if text.isdecimal() else None

    def _read_row(self, row: SheetRow, needs_number: bool) -> ReaderDraft | None:
        draft = ReaderDraft(0, row.number, self.sheet.name, ReaderKind.PUPIL)
        name = self._name(row, draft)
        draft.education_id = self._education_id(row, draft)
        draft.local_code = self._code(row, draft, "local_code")
        if "education_id" not in self.columns and re.fullmatch(r"\d{10}", draft.local_code or ""):
            draft.education_id, draft.local_code = draft.local_code, None
        draft.born_on = self._birth_date(row, draft)
        has_facts = bool(draft.education_id or draft.local_code or draft.born_on)
        if not name and not has_facts:
            return None  # an empty form line, a total, a signature
        if needs_number and self._ordinal(row) is None and not has_facts:
            return None  # "Hiệu trưởng", "Người lập biểu" under the list
        if not name:
            draft.problems.append(Problem("row_no_name", "error", "Họ và tên"))
        elif not any(char.isalpha() for char in name) or len(name) > 120:
            draft.problems.append(Problem("reader_name_bad", "error", "Họ và tên", {"name": name[:60]}))
        draft.full_name = tidy_person_name(name)[:120]
        draft.gender = self._gender(row, draft)
        draft.status = self._status(row, draft)
        if self.is_staff:
            self._read_staff(row, draft)
        else:
            self._read_class(row, draft)
        return draft

    def _text(self, row: SheetRow, draft: ReaderDraft, name: str) -> str:
        column = self.columns.get(name)
        if column is None:
            return ""
        value = row.get(column)
        heading = ALIASES[name][0]
        if is_error_value(value):
            draft.problems.append(Problem("cell_has_error", "warning", heading, {"column": heading, "value": value}))
            return ""
        if value is None and column in row.formulas:
            draft.problems.append(Problem("cell_formula_no_value", "error", heading, {"column": heading}))
        return row.text(column)

    def _name(self, row: SheetRow, draft: ReaderDraft) -> str:
        if "full_name" in self.columns:
            name = self._text(row, draft, "full_name")
            # "Họ và tên" merged over two columns: the given name stands in the unnamed next one.
            beside = self.columns["full_name"] + 1
            if beside not in self.columns.values() and beside not in self.header.unknown:
                extra = row.text(beside)
                if name and extra and all(char.isalpha() or char in " '’-." for char in extra):
                    name = f"{name} {extra}"
            return nfc(name)
        return nfc(f"{self._text(row, draft, 'family_name')} {self._text(row, draft, 'given_name')}")

    def _code(self, row: SheetRow, draft: ReaderDraft, name: str) -> str | None:
        text = self._text(row, draft, name)
        if not text:
            return None
        try:
            return cell_code(row.get(self.columns[name])).replace(" ", "")[:32] or None
        except ValueError:
            heading = ALIASES[name][0]
            draft.problems.append(Problem("code_rounded", "error", heading, {"column": heading, "value": text}))
            return None

    def _education_id(self, row: SheetRow, draft: ReaderDraft) -> str | None:
        heading = ALIASES["education_id"][0]
        code = self._code(row, draft, "education_id")
        if code is None:
            return None
        if code.isdecimal() and code.isascii():
            if len(code) == EDUCATION_ID_LENGTH:
                return code
            if len(code) == 12:  # CCCD: never kept
                draft.problems.append(Problem("education_id_personal", "warning", heading))
                return None
            if len(code) == EDUCATION_ID_LENGTH - 1:
                code = "0" + code
                draft.problems.append(Problem("education_id_zero", "warning", heading, {"value": code}))
                return code
            draft.problems.append(Problem("education_id_short", "warning", heading, {"value": code}))
            return None
        if draft.local_code is None and re.fullmatch(r"[\w./\-]{2,20}", code):
            return code  # a school's own kind of id
        draft.problems.append(Problem("education_id_short", "warning", heading, {"value": code[:40]}))
        return None

    def _birth_date(self, row: SheetRow, draft: ReaderDraft) -> date | None:
        heading = ALIASES["born_on"][0]
        text = self._text(row, draft, "born_on")
        if not text:
            return None
        try:
            born_on = cell_date(row.get(self.columns["born_on"]))
        except ValueError:
            draft.problems.append(Problem("birth_date_unreadable", "warning", heading, {"value": text[:40]}))
            return None
        if born_on is not None and not self.today.year - 100 <= born_on.year <= self.today.year - 3:
            draft.problems.append(Problem("birth_date_unlikely", "warning", heading, {"value": f"{born_on:%d/%m/%Y}"}))
            return None
        return born_on

    def _gender(self, row: SheetRow, draft: ReaderDraft) -> str | None:
        if "gender" not in self.columns:
            if "female_mark" not in self.columns:
                return None
            return "female" if self._text(row, draft, "female_mark") else "male"
        text = self._text(row, draft, "gender")
        gender = parse_gender(text)
        if text and gender is None:
            draft.problems.append(Problem("gender_unreadable", "warning", "Giới tính", {"value": text[:40]}))
        return gender

    def _status(self, row: SheetRow, draft: ReaderDraft) -> str:
        text = self._text(row, draft, "status")
        words = heading_key(text)
        for status, signs in _LEFT.items():
            if any(sign in words for sign in signs):
                return status
        if words and not any(sign in words for sign in _STAYS):
            draft.problems.append(Problem("status_unknown", "warning", "Trạng thái", {"value": text[:40]}))
        return ReaderStatus.ACTIVE

    def _read_staff(self, row: SheetRow, draft: ReaderDraft) -> None:
        draft.post = self._text(row, draft, "post")[:80] or None
        words = fold(draft.post or "")
        is_other = any(word in words for word in _NOT_TEACHING) and "giao vien" not in words
        draft.kind = ReaderKind.STAFF if is_other else ReaderKind.TEACHER
        draft.department = self._text(row, draft, "department")[:80] or None
        homeroom = clean_class_name(self._text(row, draft, "homeroom"))
        draft.homeroom = homeroom if grade_of(homeroom) is not None else None

    def _read_class(self, row: SheetRow, draft: ReaderDraft) -> None:
        text = self._text(row, draft, "class_name") or self._text(row, draft, "class_code")
        if not text:
            if self.titled_class is None:
                draft.problems.append(Problem("row_no_class", "error", "Lớp"))
            draft.class_name = self.titled_class
            return
        name = clean_class_name(text)
        grade = grade_of(name)
        if grade is None or len(name) > 20:
            draft.problems.append(Problem("class_name_unusable", "error", "Lớp", {"value": text[:40]}))
            return
        draft.class_name = name
        said = grade_of(re.sub(r"(?i)^\s*khối\s*", "", self._text(row, draft, "grade")))
        if said is not None and said != grade:
            draft.problems.append(Problem("grade_differs", "warning", "Khối", {"value": said, "name": name}))
