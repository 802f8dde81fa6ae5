"""The audit log in words, whatever was done: no code, no key and no bare number of a thing reaches the librarian."""

from __future__ import annotations

import ast
from pathlib import Path

from lending_front import Front
from lending_world import STAFF

from library.foundation.clock import now, today
from library.lending.copy_troubles import declare_lost
from library.lending.model import PolicyRow
from library.lending.policies import save_policy
from library.lending.tables import Loan
from library.lending.visits import log_class_visit
from library.school.audit_facts import describe_facts
from library.school.audit_fields import FIELDS
from library.school.words import ACTIONS, SUBJECTS, VERBS
from tests.audit_walk import assert_only_words

ROOT = Path(__file__).resolve().parents[2]
def written_by_the_code() -> list[tuple[str, ast.Call]]:
    """Every call of record_audit in the house."""
    calls = []
    for folder in ("library", "catalog_imports"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "record_audit":
                    calls.append((path.name, node))
    assert len(calls) > 120
    return calls


def strings(node: ast.AST) -> set[str]:
    return {n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def test_every_action_and_subject_the_house_writes_has_its_word() -> None:
    for name, call in written_by_the_code():
        for action in strings(call.args[1]):
            if "." in action and not action.endswith("."):
                verb = action.rsplit(".", 1)[-1]
                assert action in ACTIONS or verb in VERBS, f"{name}: {action}"
        if isinstance(call.args[2], ast.Constant):
            assert call.args[2].value in SUBJECTS, f"{name}: {call.args[2].value}"


def test_every_field_written_out_at_the_call_has_its_word() -> None:
    unworded = set()
    for name, call in written_by_the_code():
        for facts in call.args[4:6]:
            for node in ast.walk(facts):
                if isinstance(node, ast.Dict):
                    keys = {key.value for key in node.keys if isinstance(key, ast.Constant)}
                    unworded |= {f"{name}: {key}" for key in keys if key not in FIELDS}
    assert not unworded


def audit_page(front: Front) -> str:
    page = front.desk.client.get("/staff/audit").get_data(as_text=True)
    assert "Nhật ký thay đổi" in page
    return page


def test_an_override_its_undo_and_a_policy_are_told_in_words(front: Front) -> None:
    school = front.school
    reader = school.add_reader("Nguyễn Thị Nụ", "6A1")
    for title in ("Dế Mèn phiêu lưu ký", "Đất rừng phương Nam", "Kính vạn hoa", "Tuổi thơ dữ dội"):
        [barcode] = school.add_title(title)
        front.desk.scan(barcode, reader)
    front.desk.scan(barcode, reader, overrides="loan_limit", comment="em đọc nhanh")
    front.desk.post("/staff/desk/undo")
    policy = PolicyRow(reader_kind="pupil", length_kind="weekday", length_value=5)
    save_policy(policy, actor=STAFF)
    page = audit_page(front)
    assert "Nguyễn Thị Nụ" in page and f"Lượt mượn: Tuổi thơ dữ dội ({barcode})" in page
    assert "đang mượn đủ số cuốn được phép" in page
    assert "Hoàn tác cho mượn · Lượt mượn: Tuổi thơ dữ dội" in page and "Đã hoàn tác:</span> lượt lúc" in page
    assert "Đối tượng:</span> Học sinh" in page and "Đến thứ Sáu kế tiếp" in page
    for raw in ("loan_limit", "check_out", "weekday", "pupil", "Chi tiết"):
        assert raw not in page.replace('value="', "")
    assert_only_words()


def test_the_log_answers_who_did_what_to_whose_loan(front: Front) -> None:
    """Every step of a loan names book and reader; one loan and one reader can be looked at alone; a find is one."""
    school = front.school
    nu, mai = (school.add_reader(name, "6A1") for name in ("Nguyễn Thị Nụ", "Lê Thị Mai"))
    [barcode], [other], [lost] = (school.add_title(title) for title in ("Dế Mèn", "Đất rừng", "Kính vạn hoa"))
    front.desk.scan(barcode, nu)
    front.desk.scan(other, mai)
    declare_lost(lost, actor=STAFF)
    front.desk.scan(barcode, mode="return")
    front.desk.post("/staff/desk/undo")
    front.desk.scan(lost, mode="return")
    front.desk.scan(lost, mode="return")
    page = audit_page(front)
    whose = f"Lượt mượn: Dế Mèn ({barcode}) – Nguyễn Thị Nụ"
    for act in ("Cho mượn", "Nhận trả", "Hoàn tác nhận trả"):
        assert f"{act} · {whose}" in page
    assert f"Tìm thấy lại · Bản sách: Kính vạn hoa ({lost})" in page
    loan = Loan.get(Loan.reader == nu)
    shown = [front.desk.client.get(f"/staff/audit?{about}").text for about in (f"loan={loan.id}", f"reader={nu}")]
    assert all(whose in one and "Đất rừng" not in one and "Lê Thị Mai" not in one for one in shown)
    assert f'href="/staff/audit?loan={loan.id}"' in front.desk.client.get(f"/staff/loans/{loan.id}").text
    assert f'href="/staff/audit?reader={nu}"' in front.desk.client.get(f"/staff/readers/{nu}").text
    # The name is read from the loan: what was made anonymous has none in the log either (L150, L153).
    Loan.update(reader=None, returned_at=now(), returned_on=today(), ended_as="returned").where(
        Loan.id == loan.id
    ).execute()
    assert "Nguyễn Thị Nụ" not in front.desk.client.get(f"/staff/audit?loan={loan.id}").text


def test_closed_days_are_told_from_first_to_last() -> None:
    said = describe_facts({"ends_on": "2026-11-21", "name": "Hội thao", "starts_on": "2026-11-20"}, "closed_period")
    assert said == [("Tên", "Hội thao"), ("Từ ngày", "20/11/2026"), ("Đến ngày", "21/11/2026")]


def test_a_visit_of_a_class_is_no_move_to_another_class(front: Front) -> None:
    class_id = front.school.add_class("6A2")
    log_class_visit(class_id, 30, actor=STAFF)
    page = audit_page(front)
    assert "Ghi lượt đến của lớp · Lượt đến thư viện: lớp 6A2, 23/11/2026" in page
    assert "Chuyển lớp ·" not in page
