"""The report as files: read back as a school would open them; and nothing half-written is left behind."""

from __future__ import annotations

import io
import json
import os
import re
import zipfile
from datetime import date
from pathlib import Path

import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from report_world import october_2026

from library.foundation.audit import SYSTEM
from library.foundation.clock import at_local, clock_at
from library.foundation.errors import InvalidInput
from library.foundation.preferences import set_preferences
from library.reporting import service
from library.reporting.counting import RULES
from library.reporting.document import number_line, official_date
from library.reporting.json_form import figures_from_json, figures_json
from library.reporting.model import list_values
from library.reporting.narrative import number_text
from library.reporting.paper import decimal_text

OTHER_ACTIVITY = (
    "Ngày 24/10: Triển lãm sách của em (Thi kể chuyện theo sách; Khối 6; 120 lượt dự); "
    "giới thiệu sách: “Dế Mèn phiêu lưu ký”."
)
"""With its form and books, and without the month's theme that its row carries."""


@pytest.fixture
def school(sqlite_database):
    with clock_at(at_local(date(2026, 11, 10), 9)):
        october_2026()
        set_preferences(
            {
                "school_name": "Trường THCS Nguyễn Du", "school_short": "THCSND", "superior_body": "UBND xã Mỹ Hòa Hưng",
                "place_name": "Mỹ Hòa Hưng", "head_name": "Trần Minh Khoa", "librarian_name": "Lê Thị Hạnh",
                "report_recipient": "Phòng Văn hóa - Xã hội",
            },
            SYSTEM,
        )  # fmt: skip
        service.save_words(
            2026, 10, {"coordination": ["Phối hợp với Đội."], "plan": "- Nhắc trả sách.\n\n=1+1"}, SYSTEM, number="7",
            dated_on=date(2026, 11, 5),
        )  # fmt: skip
        yield


def docx_text(document) -> str:
    parts = [paragraph.text for paragraph in document.paragraphs]
    parts += [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join(parts)


def test_docx_is_laid_out_as_an_official_paper(school, tmp_path) -> None:
    document = Document(str(service.write_report(2026, 10, tmp_path / "t10.docx")))
    section = document.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    assert 30 <= round(section.left_margin.mm) <= 35 and 15 <= round(section.right_margin.mm) <= 20
    assert document.styles["Normal"].font.name == "Times New Roman"
    text = docx_text(document)
    for expected in (
        "UBND XÃ MỸ HÒA HƯNG", "TRƯỜNG THCS NGUYỄN DU", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Số: 07/BC-THCSND",
        "Mỹ Hòa Hưng, ngày 05 tháng 11 năm 2026", "BÁO CÁO", "Kính gửi: Phòng Văn hóa - Xã hội", "Nơi nhận:",
        "- Lưu: VT, TV.", "HIỆU TRƯỞNG", "Trần Minh Khoa", "CÁN BỘ THƯ VIỆN", "Lê Thị Hạnh", "từ ngày 01/10/2026",
        "I. TÌNH HÌNH BỔ SUNG", "V. KẾ HOẠCH THÁNG 11", "Dế Mèn phiêu lưu ký", OTHER_ACTIVITY,
        "còn thiếu buổi theo chuyên đề tổ chuyên môn",
    ):  # fmt: skip
        assert expected in text, expected
    assert text.count("./.") == 1
    assert section.different_first_page_header_footer and "PAGE" in section.header._element.xml
    assert not section.first_page_header.paragraphs[0].text
    supply = next(table for table in document.tables if table.cell(0, 1).text == "Loại")
    assert [cell.text for cell in supply.rows[-1].cells] == ["", "TỔNG CỘNG", "5", "150.000", "120.000", "1"]


def test_docx_parts_are_well_formed_and_in_schema_order(school) -> None:
    content = service.render(service.get_report(2026, 10), ".docx")
    xml = zipfile.ZipFile(io.BytesIO(content)).read("word/document.xml").decode()
    # Word calls a file damaged when a border stands behind spacing or indents.
    for properties in xml.split("<w:pPr>")[1:]:
        head = properties.split("</w:pPr>")[0]
        if "<w:pBdr>" in head:
            assert head.index("<w:pBdr>") < head.index("<w:spacing")
    for properties in xml.split("<w:tblPr>")[1:]:
        head = properties.split("</w:tblPr>")[0]
        assert "<w:tblCellMar>" not in head or head.index("<w:tblCellMar>") < head.index("<w:tblLook")
    assert xml.count("<w:tbl>") == xml.count("</w:tbl>") >= 6


def test_xlsx_has_a_sheet_for_each_table_with_real_numbers(school, tmp_path) -> None:
    workbook = load_workbook(service.write_report(2026, 10, tmp_path / "t10.xlsx"))
    assert workbook.sheetnames == [
        "Báo cáo", "I Bổ sung", "II.1 Bạn đọc", "II.2 Luân chuyển", "II.3 Giới thiệu sách", "II.4 Tiết đọc", "III Tồn tại",
    ]  # fmt: skip
    sheet = workbook["II.1 Bạn đọc"]
    assert [cell.value for cell in sheet[5]] == ["Học sinh khối 6", 2, 2, 1, 40, 4, 0]
    assert sheet["D5"].number_format == "0.0%"
    for sheet in workbook:
        assert sheet.page_setup.paperSize == 9 and sheet.sheet_properties.pageSetUpPr.fitToPage
        # What people typed stays text: "=1+1" in the plan is no formula.
        assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)
    assert workbook["I Bổ sung"].print_title_rows == "$4:$4"


def test_pdf_is_whole_and_carries_its_fonts(school, tmp_path) -> None:
    content = service.write_report(2026, 10, tmp_path / "t10.pdf").read_bytes()
    assert content.startswith(b"%PDF-") and content.rstrip().endswith(b"%%EOF")
    assert b"Tinos-Regular" in content and b"Tinos-Bold" in content


def test_json_says_everything_for_programs(school, tmp_path) -> None:
    data = json.loads(service.write_report(2026, 10, tmp_path / "t10.json").read_text("utf-8"))
    assert data["month"] == "2026-10" and data["period"] == {
        "mode": "calendar", "from": "2026-10-01", "until": "2026-10-31", "counted_until": "2026-10-31",
    }  # fmt: skip
    assert data["promotion_quota"] == {"required": True, "theme": True, "department": False, "met": False}
    assert data["figures"]["totals"]["readers"]["visits"] == data["values"]["readers.total.visits"] == 41
    assert data["words"]["plan"] == ["Nhắc trả sách.", "=1+1"]


@pytest.mark.parametrize("ending", [".docx", ".xlsx", ".pdf", ".json"])
def test_no_pupil_is_named_in_any_file(school, ending) -> None:
    report = service.get_report(2026, 10)
    content = service.render(report, ending)
    if ending in (".docx", ".xlsx"):
        archive = zipfile.ZipFile(io.BytesIO(content))
        content = b"".join(archive.read(name) for name in archive.namelist())
    text = content.decode("utf-8", "replace")
    if ending == ".pdf":  # its text is compressed: look at what is printed
        text = repr(service.make_month_paper(report))
    for name in ("Lê Văn An", "Trần Thị Bình", "Phạm Chi"):
        assert name not in text


@pytest.mark.parametrize("name", ["report", "report.doc", "report.txt", "report.DOCX.exe", ".docx"])
def test_an_unknown_ending_says_which_ones_there_are(school, tmp_path, name) -> None:
    with pytest.raises(InvalidInput) as caught:
        service.write_report(2026, 10, tmp_path / name)
    assert caught.value.code == "report_ending_bad"
    assert os.listdir(tmp_path) in ([], ["data"])


def test_a_month_to_come_or_a_folder_is_refused(school, tmp_path) -> None:
    (tmp_path / "t10.docx").mkdir()
    for month, name, code in ((12, "t12.pdf", "report_not_begun"), (10, "t10.docx", "report_is_folder")):
        with pytest.raises(InvalidInput) as caught:
            service.write_report(2026, month, tmp_path / name)
        assert caught.value.code == code
    assert not (tmp_path / "t12.pdf").exists()


def test_a_missing_folder_is_named(school, tmp_path) -> None:
    with pytest.raises(InvalidInput) as caught:
        service.write_report(2026, 10, tmp_path / "none" / "t10.docx")
    assert caught.value.code == "report_folder_missing"


def test_an_ending_in_capitals_is_fine_and_an_old_file_is_replaced(school, tmp_path) -> None:
    target = tmp_path / "T10.JSON"
    target.write_text("old")
    service.write_report(2026, 10, target)
    assert json.loads(target.read_text("utf-8"))["month"] == "2026-10"
    assert [name for name in os.listdir(tmp_path) if name.startswith(".kesach")] == []


def test_strange_text_goes_through_every_writer(school) -> None:
    strange = "Sách <b>&amp;</b> #set text(red) $x$ \\ * _ ` [a](b) ∑ 😀 ﷽ " + "dài " * 100
    service.save_words(
        2026, 10, {"plan": strange, "activities": ['#include "x"', "// nothing", "= not a heading"]}, SYSTEM
    )
    report = service.get_report(2026, 10)
    document = Document(io.BytesIO(service.render(report, ".docx")))
    assert "#set text(red) $x$" in docx_text(document)
    for ending in (".xlsx", ".pdf", ".json"):
        assert len(service.render(report, ending)) > 1000


def test_frozen_figures_come_back_as_they_were(school) -> None:
    figures = service.build_month(2026, 10)
    assert figures_from_json(json.loads(json.dumps(figures_json(figures)))) == figures
    assert len(list_values(figures)) > 80


@pytest.mark.parametrize(
    ("day", "text"),
    [(date(2026, 2, 5), "ngày 05 tháng 02 năm 2026"), (date(2026, 3, 9), "ngày 09 tháng 3 năm 2026"),
     (date(2026, 11, 20), "ngày 20 tháng 11 năm 2026")],
)  # fmt: skip
def test_dates_are_written_as_the_decree_says(day, text) -> None:
    assert official_date(day) == text


@pytest.mark.parametrize(
    ("number", "line"),
    [("7", "Số: 07/BC-X"), ("12", "Số: 12/BC-X"), ("", "Số: ......../BC-X"), ("07/BC-TVCL", "Số: 07/BC-TVCL")],
)
def test_number_lines(number, line) -> None:
    assert number_line(number, "BC-X") == line


@settings(max_examples=60)
@given(st.integers(0, 10**12), st.floats(0, 10**6))
def test_vietnamese_numbers_read_back(whole, real) -> None:
    assert int(number_text(whole).replace(".", "")) == whole
    text = decimal_text(real, 2)
    assert abs(float(text.replace(".", "").replace(",", ".")) - real) <= 0.005001
    assert not text.endswith(",") and text != ""


def test_the_document_of_rules_and_the_rules_on_the_page_are_the_same() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "counting-rules.md").read_text("utf-8")
    documented = re.findall(r"^### (C\d+)\n\n> (.+)$", text, re.MULTILINE)
    assert dict(documented) == RULES and len(documented) == len(RULES)
