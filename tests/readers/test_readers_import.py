"""Class lists and staff lists, as the sector database and teachers send them."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

import pytest
from reader_lists import SECRETS, codes, counts, run, sector_file, sector_row, small, xlsx
from readers_made import NOW, YEAR

from catalog_imports.readers_undo import undo_readers_batch
from catalog_imports.tables import ImportBatch, ImportItem
from library.foundation.audit import SYSTEM
from library.foundation.clock import clock_at
from library.foundation.errors import Reason
from library.foundation.tables import AuditEntry
from library.readers import classes, queries, service, ties
from library.readers.model import ReaderFields
from library.readers.tables import Card, Department, Enrolment, Reader, SchoolClass


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


def test_last_years_list_without_births_finds_who_rose_a_grade(database: str) -> None:
    run(small([1, "", "Lê An", "", "6A1"], [2, "", "Trần Chi", "", "6A1"]))
    with clock_at(NOW.replace(year=2027)):
        result = run(small([1, "", "Lê An", "", "7A1"], [2, "", "Lê An", "", "9A1"]))
        assert counts(result) == (1, 1, 0, 0, 0)  # the one in grade 9 is somebody else
        assert codes(result).count("reader_by_name") == 1


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
