"""A sent report never changes; what is put right later is a new version that says what differs (field.md §4.30)."""

from __future__ import annotations

from datetime import date

import pytest
from report_world import october_2026

from library.foundation.audit import SYSTEM, Actor
from library.foundation.clock import at_local, clock_at
from library.foundation.errors import Conflict, InvalidInput, NotFound
from library.foundation.tables import AuditEntry
from library.lending.tables import Loan
from library.reporting import service

LIBRARIAN = Actor("staff", "Lê Thị Hạnh", 1)


@pytest.fixture
def world(database):
    with clock_at(at_local(date(2026, 11, 10), 9)):
        yield october_2026()


def test_nothing_is_kept_until_somebody_writes(world) -> None:
    report = service.get_report(2026, 10)
    assert (report.version, report.status, report.words_kept) == (0, "draft", False)
    assert any("chuyên đề" in line for line in report.words.shortcomings)
    assert any("Tôn sư trọng đạo" in line for line in report.words.plan)  # November's theme
    assert service.list_versions(2026, 10) == []


def test_a_draft_follows_the_database_and_a_sent_version_does_not(world) -> None:
    service.save_words(2026, 10, {"plan": "Nhắc trả sách."}, LIBRARIAN, number="7")
    before = service.get_report(2026, 10).figures
    world.visit(date(2026, 10, 20), people=30)
    assert service.get_report(2026, 10).figures.readers_total.visits == before.readers_total.visits + 30
    assert service.send_report(2026, 10, LIBRARIAN) == 1
    world.visit(date(2026, 10, 21), people=5)
    sent = service.get_report(2026, 10)
    assert sent.status == "sent" and sent.sent_by == "Lê Thị Hạnh" and sent.number == "7"
    assert sent.figures.readers_total.visits == before.readers_total.visits + 30


def test_field_4_30_a_loan_corrected_later_shows_as_a_difference(world) -> None:
    service.send_report(2026, 10, LIBRARIAN)
    first = service.get_report(2026, 10)
    loan = Loan.get(Loan.reader_kind == "teacher")
    Loan.update(ended_as="corrected").where(Loan.id == loan.id).execute()
    assert service.get_report(2026, 10).figures == first.figures
    with pytest.raises(Conflict) as caught:
        service.save_words(2026, 10, {"plan": "khác"}, LIBRARIAN)
    assert caught.value.code == "report_is_sent"
    assert service.start_correction(2026, 10, LIBRARIAN) == 2
    revision = service.get_report(2026, 10)
    assert (revision.version, revision.status, revision.words) == (2, "draft", first.words)
    differences = {d.figure_id: (d.before, d.after) for d in service.compare(first.figures, revision.figures)}
    assert differences["readers.teacher.home"] == (1, 0)
    assert differences["troubles.all.overdue"] == (1, 0)
    assert "readers.pupil_6.home" not in differences
    service.send_report(2026, 10, LIBRARIAN)
    assert service.get_report(2026, 10, 1).figures == first.figures
    assert [v.version for v in service.list_versions(2026, 10)] == [2, 1]
    assert service.find_last_sent(2026, 10, before_version=2).version == 1


def test_sending_twice_and_correcting_what_was_not_sent_are_refused(world) -> None:
    with pytest.raises(Conflict) as caught:
        service.start_correction(2026, 10, LIBRARIAN)
    assert caught.value.code == "report_not_sent"
    service.send_report(2026, 10, LIBRARIAN)
    with pytest.raises(Conflict) as caught:
        service.send_report(2026, 10, LIBRARIAN)
    assert caught.value.code == "report_is_sent"
    assert len(service.list_versions(2026, 10)) == 1


def test_a_month_to_come_cannot_be_sent(world) -> None:
    with pytest.raises(InvalidInput) as caught:
        service.send_report(2026, 12, LIBRARIAN)
    assert caught.value.code == "report_not_begun"


def test_words_are_cleaned_and_audited(world) -> None:
    service.save_words(2026, 10, {"plan": "  - Một \n\n• Hai\u200b\n"}, LIBRARIAN)
    service.save_words(2026, 10, {"plan": ["Một", "Hai"]}, LIBRARIAN)  # says the same: no entry
    assert service.get_report(2026, 10).words.plan == ("Một", "Hai")
    assert AuditEntry.select().where(AuditEntry.action == "report.write").count() == 1
    with pytest.raises(InvalidInput):
        service.save_words(2026, 10, {}, SYSTEM, number="x" * 41)


def test_an_unknown_version_is_not_found(world) -> None:
    with pytest.raises(NotFound):
        service.get_report(2026, 10, 3)
