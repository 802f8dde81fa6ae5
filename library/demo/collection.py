"""The stock of the demo school: titles catalogued as MARC, vouchers by year, copies with running numbers.

Money, sources and dates are such that registers and reports have something to show. Next: circulation.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from library.cataloguing.accession import allocate_numbers
from library.cataloguing.copies import COLLECTION_OF_MATERIAL
from library.cataloguing.marc import to_blob
from library.cataloguing.marc_edit import build_marc, clean_fields
from library.cataloguing.marc_fields import extract_fields
from library.cataloguing.model import Material
from library.cataloguing.rows import facet_rows, record_row
from library.cataloguing.tables import Acquisition, Collection, Copy, Record, RecordFacet, RecordIsbn
from library.demo.books_reading import reading_books
from library.demo.books_school import DemoTitle, reference_books, teacher_books, textbooks, tools_and_periodicals
from library.foundation.bulk import insert_rows, reserve_ids
from library.foundation.clock import at_local
from library.foundation.schoolyear import Calendar

FIRST_YEAR = 2019
"""The stock before this year was entered later (hồi cố): real dates are not known, no voucher."""
_EDUCATION_PREFIX, _CHILDREN_PREFIX, _OTHER_PREFIX = "9786040", "9786042", "9786041"
_COMPANY = "Công ty Cổ phần Sách và Thiết bị trường học An Giang"


@dataclass(slots=True)
class DemoCopy:
    """A copy while the demo is made. `free_on`: the first day it can be lent again."""

    id: int
    title: DemoTitle
    barcode: str
    material: str
    collection: str
    received_on: date
    lendable: bool
    free_on: date


@dataclass(slots=True)
class _Voucher:
    received_on: date
    source: str
    funding: str
    supplier: str
    note: str
    id: int = 0
    taken: int = 0


def _vouchers(today: date, calendar: Calendar) -> list[_Voucher]:
    """The old stock and what came in every year since, oldest first."""
    found = [
        _Voucher(date(FIRST_YEAR - 1, 9, 5), "retro", "budget", "", "Vốn tài liệu có trước khi dùng phần mềm (hồi cố)")
    ]
    for year in range(FIRST_YEAR, today.year + 1):
        found += [
            _Voucher(date(year, 3, 20), "bought", "budget", "Nhà sách Long Xuyên", "Bổ sung học kì II"),
            _Voucher(
                date(year, 4, 21), "donated", "other", f"Cựu học sinh khoá {year - 15}", "Ngày Sách và Văn hoá đọc"
            ),
            _Voucher(date(year, 8, 12), "bought", "budget", _COMPANY, "Tủ sách giáo khoa dùng chung"),
            _Voucher(date(year, 8, 26), "district", "budget", "Phòng Giáo dục và Đào tạo", "Sách được cấp"),
            _Voucher(
                date(year, 9, 18), "donated", "other", "Ban đại diện Cha mẹ học sinh", "Phong trào góp một cuốn sách"
            ),
            _Voucher(date(year, 10, 6), "province", "budget", "Sở Giáo dục và Đào tạo An Giang", "Sách được cấp"),
            _Voucher(date(year, 11, 9), "bought", "budget", "Nhà sách Fahasa An Giang", "Bổ sung học kì I"),
        ]
    # So that the month of the visit has something to report, whenever the demo is made.
    recent = calendar.last_open(today - timedelta(days=3), today - timedelta(days=20)) or today
    found.append(_Voucher(recent, "bought", "budget", "Nhà sách Long Xuyên", "Bổ sung theo đề nghị của các tổ"))
    found.append(_Voucher(recent, "donated", "other", "Thư viện tỉnh An Giang", "Tặng sách thiếu nhi"))
    known = [voucher for voucher in found if voucher.received_on <= today]
    return sorted(known, key=lambda voucher: voucher.received_on)


def _choose(title: DemoTitle, vouchers: list[_Voucher], random: Random) -> _Voucher:
    """A voucher that fits the title: not before it was printed, school books before the school year."""
    material, year = title.fields.material, title.fields.year or FIRST_YEAR
    if material is Material.PERIODICAL:
        fitting = [item for item in vouchers if item.received_on.year == year and item.source == "bought"]
    elif material is Material.TEXTBOOK:
        fitting = [item for item in vouchers if item.received_on.year >= year and item.received_on.month == 8]
        fitting = fitting[:3]
    elif year < FIRST_YEAR:
        fitting = vouchers[:1] * 6 + vouchers[1:8]
    else:
        fitting = [item for item in vouchers if item.received_on.year >= year and item.source != "retro"]
        fitting = [item for item in fitting if item.received_on.month != 8] or fitting
    chosen = random.choice(fitting or vouchers[-1:])
    if random.random() < 0.04 and material in (Material.CHILDREN, Material.REFERENCE):
        chosen = random.choice(vouchers[-2:])
    return chosen


def _isbn(publisher: str, number: int) -> str:
    prefix = {"Giáo dục Việt Nam": _EDUCATION_PREFIX, "Kim Đồng": _CHILDREN_PREFIX}.get(publisher, _OTHER_PREFIX)
    body = f"{prefix}{90_000 + number:05d}"
    check = -sum(int(digit) * (1, 3)[position % 2] for position, digit in enumerate(body)) % 10
    return f"{body}{check}"


def list_titles(last_year: int) -> list[DemoTitle]:
    """Every title of the demo school, always in the same order, ISBNs given to those that have one."""
    titles = [*textbooks(), *reference_books(), *teacher_books(), *tools_and_periodicals(last_year), *reading_books()]
    for number, title in enumerate(titles):
        fields = title.fields
        if (fields.year or 0) >= 2008 and fields.material not in (Material.PERIODICAL, Material.MAP_PICTURE):
            title.fields = replace(fields, isbns=(_isbn(fields.publisher, number),))
    return titles


def fill_collection(random: Random, today: date, calendar: Calendar) -> list[DemoCopy]:
    """Inside a transaction: records, vouchers, copies; answers the copies that exist now."""
    titles = list_titles(today.year)
    vouchers = _vouchers(today, calendar)
    chosen = [_choose(title, vouchers, random) for title in titles]
    _write_records(titles, chosen)
    _write_vouchers(vouchers, chosen)
    return _write_copies(titles, chosen, random, today)


def _write_records(titles: list[DemoTitle], chosen: list[_Voucher]) -> None:
    rows: list[list[object]] = []
    isbns: list[tuple[int, str]] = []
    facets: list[tuple[int, str, str]] = []
    columns: list[str] = []
    for title, voucher, record_id in zip(titles, chosen, reserve_ids(Record, len(titles)), strict=True):
        title.id = record_id
        record = build_marc(clean_fields(title.fields))
        values = extract_fields(record)
        row = record_row(values, to_blob(record), at_local(voucher.received_on, 8, record_id % 60))
        columns = columns or ["id", *row]
        rows.append([record_id, *row.values()])
        isbns += [(record_id, isbn) for isbn in values.isbns]
        facets += [(record_id, kind, value) for kind, value in facet_rows(values)]
    insert_rows(Record, columns, rows)
    insert_rows(RecordIsbn, ("record", "isbn"), isbns)
    insert_rows(RecordFacet, ("record", "kind", "value"), facets)


def _write_vouchers(vouchers: list[_Voucher], chosen: list[_Voucher]) -> None:
    used = [voucher for voucher in vouchers if any(voucher is item for item in chosen)]
    rows = []
    number = 0
    for voucher, row_id in zip(used, reserve_ids(Acquisition, len(used)), strict=True):
        voucher.id = row_id
        if voucher.source != "retro":
            number += 1
        voucher_number = f"{number:02d}/PN-{voucher.received_on.year}" if voucher.source != "retro" else ""
        rows.append(
            (
                row_id,
                number if voucher.source != "retro" else None,
                voucher_number,
                voucher.received_on if voucher.source != "retro" else None,
                voucher.received_on,
                voucher.source,
                voucher.funding,
                voucher.supplier,
                voucher.note,
                at_local(voucher.received_on, 8),
            )
        )
    insert_rows(
        Acquisition,
        (
            "id",
            "register_number",
            "voucher_number",
            "voucher_on",
            "received_on",
            "source",
            "funding",
            "supplier",
            "note",
            "created_at",
        ),
        rows,
    )


def _write_copies(titles: list[DemoTitle], chosen: list[_Voucher], random: Random, today: date) -> list[DemoCopy]:
    kho = {row.code: row for row in Collection.select()}
    wanted = sorted(
        ((voucher.received_on, title.id, title, voucher) for title, voucher in zip(titles, chosen, strict=True)),
        key=lambda item: item[:2],
    )
    by_kho: dict[str, list[tuple[DemoTitle, _Voucher]]] = {}
    for _, _, title, voucher in wanted:
        code = COLLECTION_OF_MATERIAL[title.fields.material]
        by_kho.setdefault(code, []).extend([(title, voucher)] * title.copies)
    copies: list[DemoCopy] = []
    rows = []
    ids = iter(reserve_ids(Copy, sum(len(pairs) for pairs in by_kho.values())))
    for code, pairs in by_kho.items():
        for (title, voucher), (number, barcode) in zip(pairs, allocate_numbers(kho[code], len(pairs)), strict=True):
            copy_id = next(ids)
            age = (today - voucher.received_on).days // 365
            status, withdrawn_on, reason, minutes = _fate(random, voucher.received_on, age, today)
            material = title.fields.material
            use = {Material.TOOL: "reference", Material.PERIODICAL: "reading_room"}.get(material, "loan")
            condition = (
                "new" if age < 1 else random.choices(("good", "worn", "damaged"), (80 - 6 * age, 10 + 5 * age, 1))[0]
            )
            rows.append(
                (
                    copy_id,
                    title.id,
                    number,
                    barcode,
                    kho[code].id,
                    status,
                    use,
                    condition,
                    title.price or None,
                    voucher.id,
                    voucher.received_on,
                    at_local(voucher.received_on, 8),
                    "",
                    "",
                    withdrawn_on,
                    reason,
                    minutes,
                    at_local(withdrawn_on, 9) if withdrawn_on else None,
                )
            )
            if status == "in_service":
                lendable = use == "loan" and kho[code].home_loan and material is not Material.MAP_PICTURE
                copies.append(
                    DemoCopy(
                        copy_id,
                        title,
                        barcode,
                        material.value,
                        code,
                        voucher.received_on,
                        lendable,
                        voucher.received_on + timedelta(days=3),
                    )
                )
    insert_rows(
        Copy,
        (
            "id",
            "record",
            "accession_number",
            "barcode",
            "collection",
            "status",
            "use",
            "condition",
            "price",
            "acquisition",
            "received_on",
            "created_at",
            "shelf_location",
            "note",
            "withdrawn_on",
            "withdrawal_reason",
            "withdrawal_minutes",
            "status_changed_at",
        ),
        rows,
    )
    return copies


def _fate(random: Random, received_on: date, age: int, today: date) -> tuple[str, date | None, str | None, str | None]:
    """Nearly all copies are still there; a few old ones were withdrawn by minutes, some are lost or missing."""
    draw = random.random()
    if age >= 4 and draw < 0.03:
        day = date(today.year - (today.month < 7), 6, 12)
        reason = random.choices(("outdated", "damaged", "lost"), (5, 4, 1))[0]
        return "withdrawn", day, reason, f"01/BB-TL ngày {day:%d/%m/%Y}"
    if age >= 1 and draw > 0.996:
        return "lost", None, None, None
    if age >= 1 and draw > 0.992:
        return "missing", None, None, None
    return ("repair" if age >= 1 and draw > 0.989 else "in_service"), None, None, None
