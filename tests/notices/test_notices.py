"""Notices: lists by class, slips, workbook, mails by a real SMTP server (docs/lending-rules.md L160–L163)."""

from __future__ import annotations

import io
import json
import socket
from datetime import date, timedelta

import openpyxl
import pytest
from lending_world import STAFF, TODAY, World

from library.commands.notices import show_plan
from library.foundation.audit import SYSTEM
from library.foundation.database import transaction
from library.foundation.errors import Conflict
from library.foundation.tables import AuditEntry
from library.lending import service as lending
from library.lending.corrections import recall
from library.lending.tables import Loan
from library.notices.model import NoticeOf
from library.notices.outbox import (
    Queued,
    cancel_mail,
    count_failed,
    list_mails,
    plan_class_mails,
    queue_class_mail,
    queue_class_mails,
    retry_mail,
    send_due,
)
from library.notices.queries import list_notices
from library.notices.sheets import render_notices
from library.notices.smtp import make_deliver
from library.notices.tables import MailMessage
from library.operations.doctor import Finding, examine
from library.operations.housekeeping import Housekeeper
from library.readers.classes import set_homeroom_teacher
from library.readers.tables import Reader
from library.settings import load_settings

LATE = TODAY + timedelta(days=40)


@pytest.fixture
def late(school: World) -> World:
    """6A1 (homeroom Dũng, with an address): An two books, and two girls of one name one each; 9A1: Khoa; Dũng one."""
    school.add_reader("Nguyễn Minh Anh", "6A1", born_on=date(2015, 3, 4))
    first_twin = school.readers["Nguyễn Minh Anh"]
    second_twin = school.add_reader("Nguyễn Minh Anh", "6A1", born_on=date(2015, 9, 8))
    school.add_reader("Ngô Khoa", "9A1")
    ids = school.readers
    Reader.update(email="dung@truong.edu.vn").where(Reader.id == ids["Nguyễn Văn Dũng"]).execute()
    set_homeroom_teacher(school.classes["6A1"], ids["Nguyễn Văn Dũng"], STAFF)
    books = school.add_title("Dế Mèn phiêu lưu ký", 2) + school.add_title("=1+1 và câu chuyện số", 4)
    borrowers = (ids["Trần Minh An"], first_twin, second_twin, ids["Trần Minh An"], ids["Ngô Khoa"], ids["Nguyễn Văn Dũng"])
    for book, reader in zip(books, borrowers, strict=True):
        lending.check_out(book, reader_id=reader, actor=STAFF, channel="desk")
    school.clock.set_day(LATE)
    return school


def settings_for(port: int, data_dir, **more: str):
    return load_settings(
        {"KESACH_DATA": str(data_dir), "KESACH_MAIL_SERVER": "127.0.0.1", "KESACH_MAIL_PORT": str(port),
         "KESACH_MAIL_SECURITY": "none", "KESACH_MAIL_FROM": "thuvien@truong.edu.vn", **more}
    )  # fmt: skip


def mail_findings(data_dir) -> list[Finding]:
    return [found for found in examine(settings_for(25, data_dir)) if found.check == "mails"]


def notice_of(class_name: str, of: str = NoticeOf.OVERDUE):
    return list_notices(of, class_name)[0]


def test_l160_lists_by_class_tell_children_of_one_name_apart(late: World) -> None:
    found = list_notices(NoticeOf.OVERDUE)
    assert [one.name for one in found] == ["6A1", "9A1", ""], "people without a class come last"
    sixth = found[0]
    assert [(person.name, person.apart, len(person.lines)) for person in sixth.people] == [
        ("Trần Minh An", "", 2), ("Nguyễn Minh Anh", "sinh 04/03/2015", 1), ("Nguyễn Minh Anh", "sinh 08/09/2015", 1),
    ]  # fmt: skip
    assert (sixth.homeroom, sixth.homeroom_email, sixth.loans) == ("Nguyễn Văn Dũng", "dung@truong.edu.vn", 4)
    assert [one.name for one in list_notices(NoticeOf.LEAVING)] == ["9A1"], "the last grade of a THCS clears"
    assert [one.name for one in list_notices(NoticeOf.ALL, "9A1")] == ["9A1"]
    assert list_notices(NoticeOf.RECALLED) == []
    recall(Loan.get(Loan.reader == late.readers["Ngô Khoa"]).id, actor=STAFF)
    assert [one.name for one in list_notices(NoticeOf.RECALLED)] == ["9A1"]


def test_the_workbook_has_a_sheet_a_class_and_no_formula(late: World) -> None:
    content = render_notices(list_notices(NoticeOf.OVERDUE), NoticeOf.OVERDUE, school="THCS Thử", on=LATE)
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["6A1", "9A1", "Giáo viên"]
    cells = [cell for row in book["6A1"].iter_rows() for cell in row if cell.value is not None]
    assert "=1+1 và câu chuyện số" in [cell.value for cell in cells]
    assert all(cell.data_type != "f" for cell in cells)
    said = " ".join(str(cell.value) for cell in cells)
    assert "Nguyễn Minh Anh (sinh 04/03/2015)" in said and "Ngô Khoa" not in said and "GVCN Nguyễn Văn Dũng" in said


def test_l161_one_event_is_told_once(late: World, mailbox, data_dir) -> None:
    """The mail a real server takes: to the homeroom teacher alone, with their own class only."""
    assert queue_class_mail("overdue", notice_of("6A1"), STAFF) is True
    assert queue_class_mail("overdue", notice_of("6A1"), STAFF) is False
    deliver = make_deliver(settings_for(mailbox.port, data_dir), "THCS Thử")
    assert send_due(deliver) == (1, 0)
    assert send_due(deliver) == (0, 0)
    (mail,) = mailbox.taken
    assert mail["To"] == "Nguyễn Văn Dũng <dung@truong.edu.vn>" and "lớp 6A1" in mail["Subject"]
    body = mail.get_content()
    assert "Trần Minh An" in body and "Dế Mèn phiêu lưu ký" in body and "sinh 08/09/2015" in body
    assert "Ngô Khoa" not in body
    assert AuditEntry.select().where(AuditEntry.action == "mail.queue").count() == 1
    late.clock.set_day(LATE + timedelta(days=1))
    assert queue_class_mail("overdue", notice_of("6A1"), STAFF) is True, "another day is another event"


def test_l232_a_schedule_tells_a_class_once_a_week_however_often_it_runs(late: World, mailbox, data_dir) -> None:
    deliver = make_deliver(settings_for(mailbox.port, data_dir), "THCS Thử")

    def run(of: str = "overdue") -> tuple[Queued, tuple[int, int]]:
        return queue_class_mails(of, list_notices(of), SYSTEM, every_days=7), send_due(deliver)

    def reach() -> dict[str, str]:
        return {one.name: str(how) for one, how in plan_class_mails("overdue", list_notices("overdue"), 7)}

    assert reach() == {"6A1": "write", "9A1": "no_teacher"} and list_mails() == [], "looking writes nothing"
    set_homeroom_teacher(late.classes["9A1"], late.add_reader("Lê Thu", None, kind="teacher"), STAFF)
    assert reach()["9A1"] == "no_address"
    assert run() == (Queued(1, 0, 1), (1, 0))
    assert run() == (Queued(0, 1, 1), (0, 0))
    late.clock.set_day(LATE + timedelta(days=6))
    assert run() == (Queued(0, 1, 1), (0, 0)) and reach()["6A1"] == "told"
    assert queue_class_mail("overdue", notice_of("6A1"), STAFF) is True, "by hand it may be told sooner"
    assert send_due(deliver) == (1, 0)
    late.clock.set_day(LATE + timedelta(days=7))
    assert run() == (Queued(0, 1, 1), (0, 0)), "and then the schedule waits from that day on"
    late.clock.set_day(LATE + timedelta(days=13))
    assert run() == (Queued(1, 0, 1), (1, 0)) and len(mailbox.taken) == 3
    assert {line.created_by for line in list_mails()} == {"máy chủ, tự gửi theo lịch", STAFF.name}


def test_a_dry_run_shows_each_class_in_counts_and_no_childs_name(late: World, data_dir, capsys) -> None:
    late.add_reader("Lê Thu", None, kind="teacher")
    set_homeroom_teacher(late.classes["9A1"], late.readers["Lê Thu"], STAFF)
    show_plan("overdue", 7, settings_for(25, data_dir), as_json=True)
    shown = capsys.readouterr()
    assert "6A1: 3 em, 4 cuốn → Nguyễn Văn Dũng" in shown.err
    assert "9A1: 1 em, 1 cuốn – Lê Thu chưa có địa chỉ thư" in shown.err
    assert "Không thuộc lớp nào: 1 người, 1 cuốn" in shown.err
    assert json.loads(shown.out)["classes"] == [
        {"class": "6A1", "people": 3, "books": 4, "reach": "write"},
        {"class": "9A1", "people": 1, "books": 1, "reach": "no_address"},
    ]
    for kept_back in ("Trần Minh An", "Dế Mèn", "dung@truong.edu.vn"):
        assert kept_back not in shown.err + shown.out
    assert list_mails() == []


def test_l162_a_mail_server_that_is_away_loses_nothing(late: World, mailbox, data_dir) -> None:
    queue_class_mail("overdue", notice_of("6A1"), STAFF)
    with socket.socket() as taken:  # a port nobody answers on
        taken.bind(("127.0.0.1", 0))
        dead = make_deliver(settings_for(taken.getsockname()[1], data_dir), "THCS Thử")
        assert send_due(dead) == (0, 1)
    line = list_mails()[0]
    assert line.state == "waiting" and "Không nói chuyện được" in line.last_error and line.attempts == 1
    living = make_deliver(settings_for(mailbox.port, data_dir), "THCS Thử")
    assert send_due(living) == (0, 0), "not before its next time"
    late.clock.at += timedelta(minutes=6)
    assert send_due(living) == (1, 0) and list_mails()[0].state == "sent" and len(mailbox.taken) == 1


def test_l162_a_sender_that_died_is_followed_by_another_and_mailboxes_see_one(late: World, mailbox, data_dir) -> None:
    queue_class_mail("overdue", notice_of("6A1"), STAFF)
    living = make_deliver(settings_for(mailbox.port, data_dir), "THCS Thử")

    class PowerCut(BaseException):
        pass

    def dies(mail: MailMessage) -> None:
        living(mail)
        raise PowerCut

    with pytest.raises(PowerCut):
        send_due(dies)
    assert send_due(living) == (0, 0), "taken: nobody else sends it at the same time"
    late.clock.at += timedelta(minutes=11)
    assert send_due(living) == (1, 0)
    assert len({mail["Message-ID"] for mail in mailbox.taken}) == 1 and len(mailbox.taken) == 2


def test_l163_what_will_never_go_waits_for_a_person(late: World, mailbox, data_dir) -> None:
    mailbox.refuse_address = "dung@truong.edu.vn"
    queue_class_mail("overdue", notice_of("6A1"), STAFF)
    deliver = make_deliver(settings_for(mailbox.port, data_dir), "THCS Thử")
    assert send_due(deliver) == (0, 1) and count_failed() == 1
    failed = list_mails()[0]
    assert failed.state == "failed" and failed.last_error == "Máy chủ thư không nhận địa chỉ này."
    late.clock.at += timedelta(days=30)
    assert send_due(deliver) == (0, 0)
    Reader.update(email="van.dung@truong.edu.vn").where(Reader.id == failed.reader_id).execute()
    retry_mail(failed.id, STAFF)
    assert send_due(deliver) == (1, 0) and count_failed() == 0
    assert "van.dung@truong.edu.vn" in mailbox.taken[0]["To"], "a wrong address was mended, so the mail goes there"
    for act in (retry_mail, cancel_mail):
        with pytest.raises(Conflict):
            act(failed.id, STAFF)


def test_l163_it_gives_up_after_six_tries_and_a_cancelled_mail_stays_unsent(late: World, mailbox, data_dir) -> None:
    queue_class_mail("overdue", notice_of("6A1"), STAFF)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        dead = make_deliver(settings_for(taken.getsockname()[1], data_dir), "THCS Thử")
        tries = 0
        while send_due(dead) == (0, 1):
            tries += 1
            if tries == 1:
                assert ["máy sẽ thử lại" in found.seen for found in mail_findings(data_dir)] == [True]
            late.clock.at += timedelta(days=1)
    assert tries == 6 and list_mails()[0].state == "failed"
    (found,) = mail_findings(data_dir)
    assert found.level == "warning" and "1 thư nhắc không gửi được" in found.seen and "Gửi lại" in found.advice
    cancel_mail(list_mails()[0].id, STAFF)
    assert send_due(make_deliver(settings_for(mailbox.port, data_dir), "T")) == (0, 0) and mailbox.taken == []


def test_an_address_that_could_forge_a_header_is_never_sent(late: World, mailbox, data_dir) -> None:
    queue_class_mail("overdue", notice_of("6A1"), STAFF)
    with transaction():
        MailMessage.update(to_address="a@b.vn\r\nBcc: all@truong.vn", to_name="Cô\r\nX: y").execute()
    assert send_due(make_deliver(settings_for(mailbox.port, data_dir), "T")) == (0, 1)
    assert mailbox.taken == [] and list_mails()[0].last_error == "Địa chỉ thư chưa đúng."


def test_a_running_server_sends_by_itself(late: World, mailbox, data_dir) -> None:
    queue_class_mail("overdue", notice_of("6A1"), STAFF)
    Housekeeper(settings_for(mailbox.port, data_dir)).look_round()
    assert len(mailbox.taken) == 1
    off = load_settings({"KESACH_DATA": str(data_dir)})
    assert not off.can_mail and "mat-khau" not in repr(settings_for(1, data_dir, KESACH_MAIL_PASSWORD="mat-khau"))
