"""Class lists and staff lists, as the sector database and teachers send them."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime, timedelta

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog_imports.readers_import import ReadersResult, run_readers_import
from catalog_imports.readers_source import class_in_title, read_reader_file
from catalog_imports.readers_undo import undo_readers_batch
from catalog_imports.tables import ImportBatch, ImportItem
from library.foundation.audit import SYSTEM
from library.foundation.clock import clock_at
from library.foundation.errors import InvalidInput, Reason
from library.foundation.tables import AuditEntry
from library.readers import classes, queries, service, ties
from library.readers.model import ReaderFields
from library.readers.tables import Card, Department, Enrolment, Reader, SchoolClass

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
YEAR = "2026-2027"
SECTOR_HEADINGS = [
    "STT", "Mã định danh Bộ GD&ĐT", "Họ tên", "Ngày sinh", "Giới tính", "Dân tộc", "Trạng thái", "SĐT liên hệ",
    "Nơi sinh chi tiết", "Tổ/thôn Hộ khẩu thường trú", "Tỉnh thành quê quán", "Phường Xã quê quán", "Chỗ ở hiện nay",
    "Số CMND", "Ngày cấp", "Nơi cấp", "Tên cha", "Nghề nghiệp cha", "Năm sinh cha", "Tên mẹ", "Nghề nghiệp mẹ",
    "Năm sinh mẹ", "Lớp học", "Khối học", "Số định danh cá nhân",
]  # fmt: skip
SECRETS = ["Khmer-bí-mật", "0909123456", "Ấp Bí Mật", "Cha Bí Mật", "Mẹ Bí Mật", "089000111222", "371999888"]


@pytest.fixture(autouse=True)
def fixed_clock():
    with clock_at(NOW):
        yield


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


def test_a_sector_export_becomes_pupils_with_class_and_card(database: str) -> None:
    result = run(
        sector_file(
            sector_row(1, "8912345678", "Nguyễn Văn An", "01/02/2009"),
            sector_row(2, 812345678.0, "TRẦN THỊ BÌNH", datetime(2009, 3, 4)),  # noqa: DTZ001 - a cell has no zone
            sector_row(3, "8912345680", "Lê Chi", 39876),
        )
    )
    assert counts(result) == (3, 0, 0, 0, 0)
    assert result.plan.new_classes == ["12.6"]
    members = queries.list_class_members(queries.find_class("12.6", YEAR).id)
    assert [(m.full_name, m.education_id, m.born_on) for m in members] == [
        ("Nguyễn Văn An", "8912345678", date(2009, 2, 1)),
        ("Trần Thị Bình", "0812345678", date(2009, 3, 4)),
        ("Lê Chi", "8912345680", date(2009, 3, 4)),
    ]
    assert all(m.card_number for m in members)
    assert codes(result) == ["education_id_zero"]


def test_only_the_columns_lending_needs_are_kept(sqlite_database: str, data_dir) -> None:
    result = run(
        sector_file(
            sector_row(1, "8912345678", "Nguyễn Văn An", "01/02/2009"),
            sector_row(2, "8912345679", "", "01/02/2009"),  # refused: and still nothing of it is kept
        )
    )
    assert counts(result) == (1, 0, 0, 0, 1)
    Reader._meta.database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    stored = (data_dir / "kesach.db").read_bytes()
    for secret in SECRETS:
        assert secret.encode() not in stored, secret
    assert "Dân tộc" in result.ignored_columns
    assert secret not in str(result.as_json())


def test_the_same_file_again_changes_nothing(database: str) -> None:
    data = sector_file(*[sector_row(n, f"89123456{n:02d}", f"Nguyễn Văn {'ABCDEFGHIJKL'[n]}", "01/02/2009") for n in range(1, 12)])
    assert counts(run(data)) == (11, 0, 0, 0, 0)
    audit = AuditEntry.select().count()
    assert counts(run(data)) == (0, 0, 11, 0, 0)
    assert (Reader.select().count(), Card.select().count(), Enrolment.select().count()) == (11, 11, 11)
    assert AuditEntry.select().count() == audit + 1  # only that the import took place


def test_a_dry_run_says_the_same_and_writes_nothing(database: str) -> None:
    data = sector_file(sector_row(1, "8912345678", "Nguyễn Văn An", "01/02/2009"), sector_row(2, "1", "", ""))
    before = run(data, dry_run=True)
    assert before.batch is None
    assert (Reader.select().count(), SchoolClass.select().count(), ImportBatch.select().count()) == (0, 0, 0)
    after = run(data)
    assert counts(before) == counts(after)
    assert before.list_problems() == after.list_problems()


def test_result_has_the_agreed_shape(sqlite_database: str) -> None:
    result = run(small([1, "8912345678", "An", "31/02/2015", "6A1"], [2, "8912345679", None, "1/1/2015", "6A1"])).as_json()
    for key in ("batch", "source", "dry_run", "read", "created", "updated", "unchanged", "duplicates", "rejected",
                "copies_created", "seconds", "problems", "problems_file"):  # fmt: skip
        assert key in result
    assert result["batch"].startswith("NK-20261122-")
    for problem in result["problems"]:
        assert set(problem) == {"position", "row", "tag", "code", "severity", "message"}
    assert [(p["position"], p["row"], p["code"]) for p in result["problems"]] == [
        (1, 2, "birth_date_unreadable"), (2, 3, "row_no_name"),
    ]


def test_ids_match_first_and_bring_changes(database: str) -> None:
    run(small([1, "8912345678", "Nguyễn Van An", "1/2/2015", "6A1"]))
    result = run(small([1, "8912345678", "Nguyễn Văn An", "1/2/2015", "6A1"]))
    assert counts(result) == (0, 1, 0, 0, 0)
    assert queries.search_readers("an")[0][0].full_name == "Nguyễn Văn An"


def test_without_id_name_and_birth_date_find_the_pupil_in_a_new_class(database: str) -> None:
    run(small([1, "", "Lê An", "1/2/2015", "6A1"], [2, "", "Lê An", "9/9/2015", "6A1"]))
    with clock_at(NOW.replace(year=2027)):
        result = run(small([1, "8912345678", "Lê An", "1/2/2015", "7A1"], [2, "", "Lê An", "9/9/2015", "6A1"]))
        assert counts(result) == (0, 2, 0, 0, 0)
        people = {(c.born_on, c.class_name) for c in queries.search_readers("lê an")[0]}
    assert people == {(date(2015, 2, 1), "7A1"), (date(2015, 9, 9), "6A1")}
    outcomes = sorted(stay.outcome or "" for stay in Enrolment.select())
    assert outcomes == ["", "", "promoted", "repeated"]
    ended = [stay for stay in Enrolment.select() if stay.outcome]
    assert all(stay.ended_on == date(2027, 7, 31) for stay in ended)


def test_same_names_in_one_class(database: str) -> None:
    result = run(
        small(
            [1, "", "Lê An", "1/2/2015", "6A1"],
            [2, "", "Lê An", "2/2/2015", "6A1"],  # another child
            [3, "", "Lê An", "1/2/2015", "6A1"],  # the first row again
            [4, "", "Lê An", "", "6A1"],  # who is this?
        )
    )
    assert counts(result) == (2, 0, 0, 1, 1)
    assert codes(result) == ["reader_twice", "reader_ambiguous"]


def test_two_rows_with_nothing_to_tell_them_apart(database: str) -> None:
    result = run(small([1, "", "Lê An", "", "6A1"], [2, "", "Lê An", "", "6A1"]))
    assert counts(result) == (1, 0, 0, 0, 1)
    assert counts(run(small([1, "", "Lê An", "", "6A1"]))) == (0, 0, 1, 0, 0)


def test_a_class_that_does_not_exist_is_named(database: str) -> None:
    run(small([1, "", "Lê An", "1/2/2015", "6A1"]))
    result = run(small([1, "", "Lê Bình", "1/2/2015", "6A9"]))
    assert counts(result) == (0, 0, 0, 0, 1)
    (problem,) = result.list_problems()
    assert problem["code"] == "class_unknown_row"
    assert "6A9" in problem["message"] and "2026-2027" in problem["message"]
    assert [item.name for item in queries.list_classes(YEAR)] == ["6A1"]
    assert counts(run(small([1, "", "Lê Bình", "1/2/2015", "6A9"]), create_classes=True)) == (1, 0, 0, 0, 0)


def test_a_whole_class_list_founds_its_class(database: str) -> None:
    run(small([1, "", "Lê An", "1/2/2015", "6A1"]))
    many = small(*[[n, f"891234560{n}", f"Lê Văn {'ABCDEFGHIJK'[n]}", "1/2/2015", "6A2"] for n in range(10)])
    assert counts(run(many)) == (10, 0, 0, 0, 0)
    titled = xlsx({"x": [["DANH SÁCH LỚP 7/1 - NĂM HỌC 2026 – 2027"], ["STT", "Họ và tên"], [1, "Lê Kim"]]})
    assert counts(run(titled)) == (1, 0, 0, 0, 0)
    assert [item.name for item in queries.list_classes(YEAR)] == ["6A1", "6A2", "7/1"]


def test_class_from_sheet_names_and_several_sheets(database: str) -> None:
    rows = [["Họ và tên", "Ngày sinh"], ["Lê An", "1/2/2015"]]
    result = run(xlsx({"6A1": rows, "6A2": [["Họ và tên", "Ngày sinh"], ["Lê Bình", "2/2/2015"]], "Ghi chú": [["x"]]}))
    assert counts(result) == (2, 0, 0, 0, 0)
    assert [(item.name, item.pupils) for item in queries.list_classes(YEAR)] == [("6A1", 1), ("6A2", 1)]


def test_signatures_totals_and_repeated_headers_are_no_pupils(database: str) -> None:
    headings = ["STT", "Họ và tên", "Ngày sinh", "Lớp"]
    data = xlsx(
        {"DS": [headings, [1, "Lê An", "1/2/2015", "6A1"], headings, [2, "Lê Bình", "1/3/2015", "6A1"], [],
                [None, "Tổng số: 2 học sinh"], [None, None, None, "Hiệu trưởng"], [None, "Nguyễn Thị Hiệu Trưởng"]]}
    )  # fmt: skip
    result = run(data)
    assert counts(result) == (2, 0, 0, 0, 0)


def test_family_and_given_name_in_two_columns_and_a_mark_for_girls(database: str) -> None:
    headings = ["TT", "Họ và tên đệm", "Tên", "Nữ", "Lớp"]
    run(xlsx({"a": [headings, [1, "Lê Thị", "Hoa", "x", "6A1"], [2, "Lê Văn", "An", None, "6A1"]]}))
    found = queries.search_readers("")[0]
    assert [(c.full_name, c.gender) for c in found] == [("Lê Văn An", "male"), ("Lê Thị Hoa", "female")]


def test_csv_in_an_old_encoding_with_semicolons(database: str) -> None:
    text = "Ho\u0323 va\u0300 t\u00ean;Nga\u0300y sinh;L\u01a1\u0301p\n" + "".join(
        f"Tr\u00e2\u0300n Th\u1ecb {name};0{n}/02/2015;6A1\n".replace("\u1ecb", "i\u0323") for n, name in enumerate(("Hoa", "Lan"), 1)
    )
    result = run(text.encode("cp1258"), "lop.csv")
    assert counts(result) == (2, 0, 0, 0, 0)
    assert queries.search_readers("trần thị lan")[1] == 1
    assert "sheet_old_letters" in codes(result)


def test_a_transferred_pupil_leaves_but_not_with_books(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run(sector_file(*[sector_row(n, f"891234560{n}", f"Lê Văn {'ABC'[n]}", "1/2/2009") for n in range(3)]))
    keeps = queries.search_readers("Lê Văn B")[0][0].id
    monkeypatch.setattr(ties, "_questions", [])
    ties.register_ties(lambda reader_id: [Reason("has_overdues")] if reader_id == keeps else [])
    result = run(
        sector_file(
            sector_row(1, "8912345600", "Lê Văn A", "1/2/2009", status="Chuyển trường"),
            sector_row(2, "8912345601", "Lê Văn B", "1/2/2009", status="Thôi học"),
            sector_row(3, "8912345602", "Lê Văn C", "1/2/2009"),
            sector_row(4, "8912345609", "Lê Văn D", "1/2/2009", status="Chuyển đi"),
        )
    )
    assert counts(result) == (0, 1, 3, 0, 0)
    assert codes(result) == ["reader_leaves_with_books", "reader_not_here"]
    assert [c.full_name for c in queries.search_readers("")[0]] == ["Lê Văn B", "Lê Văn C"]
    assert Card.select().where(Card.status == "closed").count() == 1


def test_teachers_with_departments_posts_and_homerooms(database: str) -> None:
    classes.create_class(YEAR, "6A1", SYSTEM)
    headings = ["STT", "Mã cán bộ", "Họ và tên", "Ngày sinh", "Chức vụ", "Tổ chuyên môn", "Lớp chủ nhiệm", "Điện thoại"]
    data = xlsx(
        {"DS": [["DANH SÁCH CÁN BỘ, GIÁO VIÊN, NHÂN VIÊN"], headings,
                [1, "8900000001", "Lê Thị Hoa", "1/1/1980", "Giáo viên", "Tổ Toán - Tin", "6A1", SECRETS[1]],
                [2, "GV02", "Trần Văn Nam", "1/1/1985", "Tổ phó chuyên môn", "Toán – Tin", "6A9", ""],
                [3, "", "Phạm Kế", "1/1/1990", "Nhân viên kế toán", "Văn phòng", "", ""]]}
    )  # fmt: skip
    result = run(data, "can bo.xlsx")
    assert counts(result) == (3, 0, 0, 0, 0)
    assert codes(result) == ["homeroom_class_unknown"]
    assert [(c.full_name, c.kind, c.department) for c in queries.search_readers("")[0]] == [
        ("Lê Thị Hoa", "teacher", "Tổ Toán - Tin"), ("Phạm Kế", "staff", "Văn phòng"),
        ("Trần Văn Nam", "teacher", "Tổ Toán - Tin"),
    ]
    assert Department.select().count() == 2
    assert queries.list_classes(YEAR)[0].homeroom_name == "Lê Thị Hoa"
    assert counts(run(data, "can bo.xlsx")) == (0, 0, 3, 0, 0)


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "a.xlsx", "sheet_empty"),
        (b"%PDF-1.4", "a.xlsx", "sheet_pdf"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(32)) * 9, "a.xlsx", "sheet_not_table"),
        (b"Ten sach;Gia\nDe men;20000\n", "a.csv", "readers_no_header"),
    ],
)
def test_unusable_files_change_nothing(sqlite_database: str, data: bytes, name: str, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        run(data, name)
    assert caught.value.code == code
    assert ImportBatch.select().count() == 0


def test_a_bad_school_year_is_refused(sqlite_database: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        run(small([1, "", "Lê An", "1/2/2015", "6A1"]), school_year="2026")
    assert caught.value.code == "school_year_bad"


def test_school_year_of_the_title_and_of_the_person(database: str) -> None:
    data = xlsx({"x": [["NĂM HỌC 2027 – 2028 LỚP 6A1"], ["STT", "Họ và tên"], [1, "Lê Kim"]]})
    assert run(data, dry_run=True).plan.school_year == "2027-2028"
    chosen = run(data, school_year="2026–2027")
    assert chosen.plan.school_year == YEAR
    assert codes(chosen) == ["school_year_differs"]


def test_formulas_errors_and_rounded_codes_are_said(database: str) -> None:
    result = run(
        small([1, "8,91235E+09", "Lê An", "1/2/2015", "6A1"], [2, "8912345678", "=A1&A2", "1/2/2015", "6A1"],
              [3, "8912345679", "Lê Chi", "#REF!", "6A1"])
    )  # fmt: skip
    assert counts(result) == (1, 0, 0, 0, 2)
    assert sorted(codes(result)) == ["cell_formula_no_value", "cell_has_error", "code_rounded", "row_no_name"]


def test_undo_takes_back_what_nobody_used(database: str) -> None:
    run(small([1, "8912345678", "Lê Ân", "1/2/2015", "6A1"]))
    with clock_at(NOW + timedelta(hours=1)):
        many = [[n, f"891234560{n}", f"Trần Văn {'ABCDEFGHIJK'[n]}", "1/2/2015", "6A2"] for n in range(10)]
        result = run(small([0, "8912345678", "Lê An", "1/2/2015", "6A2"], *many))
        assert counts(result) == (10, 1, 0, 0, 0)
    edited = queries.search_readers("Trần Văn C")[0][0]
    with clock_at(NOW + timedelta(hours=2)):
        service.update_reader(edited.id, ReaderFields("pupil", "Trần Văn Cường"), SYSTEM)
        undone = undo_readers_batch(ImportBatch.get_by_id(result.batch_id), SYSTEM)
    assert (undone["removed"], undone["restored"]) == (9, 1)
    assert [kept["title"] for kept in undone["kept"]] == ["Trần Văn Cường"]
    left = [(c.full_name, c.class_name) for c in queries.search_readers("")[0]]
    assert left == [("Lê Ân", "6A1"), ("Trần Văn Cường", "6A2")]
    assert ImportBatch.get_by_id(result.batch_id).status == "undone"


def test_undo_of_everything_leaves_no_class(database: str) -> None:
    result = run(sector_file(sector_row(1, "8912345678", "Nguyễn Văn An", "01/02/2009")))
    undo_readers_batch(ImportBatch.get_by_id(result.batch_id), SYSTEM)
    counts_left = [model.select().count() for model in (Reader, Card, Enrolment, SchoolClass)]
    assert counts_left == [0, 0, 0, 0]


def test_every_row_is_accounted_for(database: str) -> None:
    result = run(small([1, "", "Lê An", "", "6A1"], [2, "", "Lê An", "", "6A1"], [3, "8912345678", "", "", "6A1"]))
    fates = [(item.position, item.outcome) for item in ImportItem.select().order_by(ImportItem.position)]
    assert fates == [(1, "created"), (2, "rejected"), (3, "rejected")]
    assert ImportBatch.get_by_id(result.batch_id).counts["read"] == 3


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("DANH SÁCH HỌC SINH LỚP 12.6", "12.6"), ("Danh sách lớp: 6A1 năm học 2026", "6A1"),
        ("LỚP 10 TOÁN", "10 Toán"), ("LỚP 6 NĂM HỌC 2026-2027", "6"), ("LỚP 9/2 - GVCN: Lê Lan", "9/2"),
        ("Danh sách học sinh", None), ("LỚP 45", None),
    ],
)  # fmt: skip
def test_class_names_in_titles(title: str, name: str | None) -> None:
    assert class_in_title(title) == name


def test_last_years_list_without_births_finds_who_rose_a_grade(database: str) -> None:
    run(small([1, "", "Lê An", "", "6A1"], [2, "", "Trần Chi", "", "6A1"]))
    with clock_at(NOW.replace(year=2027)):
        result = run(small([1, "", "Lê An", "", "7A1"], [2, "", "Lê An", "", "9A1"]))
        assert counts(result) == (1, 1, 0, 0, 0)  # the one in grade 9 is somebody else
        assert codes(result).count("reader_by_name") == 1


def test_names_typed_with_old_fonts_in_a_workbook(database: str) -> None:
    rows = [
        ["STT", "Hä vµ tªn", "Ngµy sinh", "Líp"],
        *[[n, name, "1/2/2015", "6A1"] for n, name in enumerate(("NguyÔn ThÞ §µo", "TrÇn V¨n Hïng", "Lª ThÞ Hång"), 1)],
    ]
    result = run(xlsx({"Sheet1": rows}))
    assert counts(result) == (3, 0, 0, 0, 0)
    assert "sheet_old_letters" in codes(result)
    assert {c.full_name for c in queries.search_readers("")[0]} == {"Nguyễn Thị Đào", "Trần Văn Hùng", "Lê Thị Hồng"}


def test_the_command_keeps_the_card_of_who_still_has_books(sqlite_database: str, data_dir, run_kesach) -> None:
    from library.cataloguing.model import Material, RecordFields
    from library.cataloguing.service import add_copies, create_record, ensure_default_collections
    from library.lending.policies import ensure_default_policies
    from library.lending.service import check_out

    ensure_default_collections(SYSTEM)
    ensure_default_policies()
    run(sector_file(sector_row(1, "8912345600", "Lê Văn A", "1/2/2009"), sector_row(2, "8912345601", "Lê Văn B", "1/2/2009")))
    record_id = create_record(RecordFields("Dế Mèn phiêu lưu ký", material=Material.CHILDREN), SYSTEM)
    copy = add_copies(record_id, 1, "STN", SYSTEM)[0]
    keeper = queries.search_readers("Lê Văn A")[0][0]
    check_out(reader_card=keeper.card_number, barcode=copy.barcode, actor=SYSTEM, channel="desk")
    leavers = data_dir / "thoi hoc.xlsx"
    leavers.write_bytes(
        sector_file(
            sector_row(1, "8912345600", "Lê Văn A", "1/2/2009", status="Thôi học"),
            sector_row(2, "8912345601", "Lê Văn B", "1/2/2009", status="Thôi học"),
            sector_row(3, "8912345602", "", "1/2/2009"),
        )
    )
    done = run_kesach("import", "readers", str(leavers), "--json")
    assert done.returncode == 1, done.stderr  # one row refused
    result = json.loads(done.stdout)
    assert (result["updated"], result["unchanged"], result["rejected"]) == (1, 1, 1)
    assert [problem["code"] for problem in result["problems"]] == ["reader_leaves_with_books", "row_no_name"]
    assert [card.full_name for card in queries.search_readers("")[0]] == ["Lê Văn A"]
    undone = run_kesach("import", "undo", result["batch"], "--json")
    assert undone.returncode == 0, undone.stderr
    assert queries.search_readers("")[1] == 2
    assert run_kesach("import", "readers", str(data_dir / "kesach.db")).returncode == 2


cells = st.one_of(st.none(), st.text(max_size=12), st.integers(-5, 60000), st.floats(allow_nan=False, allow_infinity=False))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(cells, min_size=5, max_size=5), max_size=6))
def test_any_cells_are_read_or_refused_row_by_row(sqlite_database: str, rows: list[list]) -> None:
    clean = [
        [openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", v).lstrip("=") if isinstance(v, str) else v for v in row]
        for row in rows
    ]
    file = read_reader_file(small(*clean), "a.xlsx", date(2026, 11, 22))
    assert len(file.drafts) <= len(rows)
    result = run(small(*clean), dry_run=True)
    assert result.counts.read == len(file.drafts)
