"""Lists of readers as schools send them, and what came of bringing one in."""

from __future__ import annotations

import io

import openpyxl

from catalog_imports.readers_import import ReadersResult, run_readers_import
from library.foundation.audit import SYSTEM

SECTOR_HEADINGS = [
    "STT", "Mã định danh Bộ GD&ĐT", "Họ tên", "Ngày sinh", "Giới tính", "Dân tộc", "Trạng thái", "SĐT liên hệ",
    "Nơi sinh chi tiết", "Tổ/thôn Hộ khẩu thường trú", "Tỉnh thành quê quán", "Phường Xã quê quán", "Chỗ ở hiện nay",
    "Số CMND", "Ngày cấp", "Nơi cấp", "Tên cha", "Nghề nghiệp cha", "Năm sinh cha", "Tên mẹ", "Nghề nghiệp mẹ",
    "Năm sinh mẹ", "Lớp học", "Khối học", "Số định danh cá nhân",
]  # fmt: skip
SECRETS = ["Khmer-bí-mật", "0909123456", "Ấp Bí Mật", "Cha Bí Mật", "Mẹ Bí Mật", "089000111222", "371999888"]


def xlsx(sheets: dict[str, list[list]], merges: tuple[str, ...] = ()) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
        for area in merges:
            sheet.merge_cells(area)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def sector_row(number: int, code, name: str, born, class_name: str = "12.6", status: str = "Đang học") -> list:
    return [
        number, code, name, born, "Nam", SECRETS[0], status, SECRETS[1], "", SECRETS[2], "An Giang", "", "",
        SECRETS[6], "", "", SECRETS[3], "", 1980, SECRETS[4], "", 1982, class_name, 12, SECRETS[5],
    ]  # fmt: skip


def sector_file(*rows: list) -> bytes:
    return xlsx(
        {"Danh sách": [["SỞ GIÁO DỤC VÀ ĐÀO TẠO AN GIANG"], ["DANH SÁCH HỌC SINH LỚP 12.6"], [], SECTOR_HEADINGS, *rows]},
        ("A1:H1", "A2:Y2"),
    )


def small(*rows: list, headings=("STT", "Mã định danh", "Họ và tên", "Ngày sinh", "Lớp")) -> bytes:
    return xlsx({"Sheet1": [list(headings), *rows]})


def run(data: bytes, name: str = "ds.xlsx", **more) -> ReadersResult:
    return run_readers_import(data, name, actor=SYSTEM, **more)


def counts(result: ReadersResult) -> tuple[int, int, int, int, int]:
    c = result.counts
    assert c.read == c.created + c.updated + c.unchanged + c.duplicates + c.rejected
    return (c.created, c.updated, c.unchanged, c.duplicates, c.rejected)


def codes(result: ReadersResult) -> list[str]:
    return [problem["code"] for problem in result.list_problems()]
