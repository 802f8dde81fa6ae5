"""The record form: strings of a browser <-> RecordFields, with an error in words beside each field.

No Flask, no database. Next: pages.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from library.cataloguing.model import Material, RecordFields
from library.cataloguing.rules import MAX_PRICE, parse_isbns
from library.foundation.vietnamese import nfc

TEXT_FIELDS = ("title", "subtitle", "part", "responsibility", "publisher", "place", "language", "class_scheme",
               "class_number", "author_mark", "call_number", "series", "book_set", "edition", "pages", "size",
               "summary")  # fmt: skip
LIST_FIELDS = ("authors", "keywords", "subjects", "shelves")
LANGUAGES = (("vie", "Tiếng Việt"), ("eng", "Tiếng Anh"), ("fre", "Tiếng Pháp"), ("chi", "Tiếng Trung"),
             ("jpn", "Tiếng Nhật"), ("kor", "Tiếng Hàn"), ("rus", "Tiếng Nga"), ("mul", "Nhiều thứ tiếng"),
             ("und", "Không rõ"))  # fmt: skip


def show_fields(values: RecordFields) -> dict[str, str]:
    """What the form's inputs hold for a record."""
    shown = {name: getattr(values, name) for name in TEXT_FIELDS}
    shown |= {name: "; ".join(getattr(values, name)) for name in LIST_FIELDS}
    shown["isbns"] = "; ".join(values.isbns)
    shown["grades"] = ", ".join(str(grade) for grade in values.grades)
    shown["year"] = str(values.year or "")
    shown["price"] = str(values.price or "")
    shown["material"] = values.material.value
    return shown


def read_fields(form: Mapping[str, str], before: RecordFields | None = None) -> tuple[RecordFields, dict[str, str]]:
    """(fields, errors by field name). With errors the fields are what could be read."""
    errors: dict[str, str] = {}
    values = before or RecordFields(title="")
    text = {name: nfc(form.get(name, "")) for name in TEXT_FIELDS}
    if not text["title"]:
        errors["title"] = "Ghi nhan đề của sách."
    lists = {
        name: tuple(word for part in re.split(r"[;\n]", form.get(name, "")) if (word := nfc(part)))
        for name in LIST_FIELDS
    }
    isbns: list[str] = []
    for part in re.split(r"[;,\n]", form.get("isbns", "")):
        if nfc(part):
            valid = parse_isbns(part)
            if not valid:
                errors["isbns"] = f"“{nfc(part)[:30]}” sai số kiểm tra. Xem lại ISBN ở bìa sau của sách."
            isbns.extend(valid)
    year = _number(form.get("year", ""), 1000, 2100)
    if year is False:
        errors["year"] = "Năm xuất bản gồm bốn chữ số, ví dụ 2021."
    price = _number(re.sub(r"[.,\s]|đ|vnđ", "", form.get("price", "").lower()), 0, MAX_PRICE)
    if price is False:
        errors["price"] = "Giá là số tiền bằng đồng, ví dụ 45.000."
    numbers = [int(number) for number in re.findall(r"\d+", form.get("grades", ""))]
    if any(not 1 <= number <= 12 for number in numbers):
        errors["grades"] = "Khối từ 1 đến 12, cách nhau bằng dấu phẩy."
    material = form.get("material", Material.REFERENCE.value)
    if material not in {kind.value for kind in Material}:
        errors["material"] = "Chọn loại sách trong danh sách."
        material = Material.REFERENCE.value
    return (
        replace(
            values, **text, **lists, isbns=tuple(dict.fromkeys(isbns)), year=year or None, price=price or None,  # type: ignore[arg-type]  # False only together with an error
            grades=tuple(sorted({number for number in numbers if 1 <= number <= 12})), material=Material(material),
        ),
        errors,
    )  # fmt: skip


def _number(text: str, least: int, most: int) -> int | bool | None:
    """The number, None when empty, False when it is none or out of bounds."""
    text = text.strip()
    if not text:
        return None
    if not text.isdecimal() or len(text) > 12 or not least <= int(text) <= most:
        return False
    return int(text)
