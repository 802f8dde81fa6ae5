"""One loan with its whole life, and everything that can be put right about it; the letter of a recall; debts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from library.cataloguing.model import COPY_CONDITION_LABELS
from library.foundation.clock import today
from library.foundation.database import transaction
from library.foundation.errors import KesachError, NotFound
from library.foundation.preferences import get_preference
from library.lending import charges
from library.lending.copy_troubles import claim_returned, declare_lost, note_damage, settle_claim
from library.lending.corrections import BACKDATE_DAYS, correct_return, recall, set_due_day
from library.lending.desk import renew_once_a_day
from library.lending.pages import blueprint
from library.lending.pages.forms import need_date, need_number, read_number, staff_actor, words_of
from library.lending.queries import LoanLine, find_loan, list_loan_events
from library.lending.service import check_in
from library.web.access import may, staff_page

EVENT_LABELS = {
    "renewed": "Gia hạn", "redated": "Dời hạn theo lịch nghỉ", "recalled": "Gọi về", "corrected": "Đặt lại hạn trả",
    "undone": "Hoàn tác", "reopened": "Mở lại lượt mượn", "lost": "Báo mất", "replaced": "Đã đền",
    "back_dated": "Ghi ngày trả", "damaged": "Ghi hư hỏng",
    "claimed": "Bạn đọc báo đã trả", "unclaimed": "Bỏ báo đã trả", "superseded": "Kết thúc vì quầy cho bạn khác mượn",
}  # fmt: skip
ENDED_LABELS = {
    "returned": "Đã trả", "lost": "Mất sách", "claimed": "Báo đã trả", "replaced": "Đã đền",
    "corrected": "Ghi nhầm, đã bỏ",
}  # fmt: skip


def _get(loan_id: int) -> LoanLine:
    loan = find_loan(loan_id)
    if loan is None:
        raise NotFound("loan_unknown")
    return loan


@staff_page(blueprint, "/staff/loans/<int:loan_id>", role="assistant")
def loan(loan_id: int) -> str:
    """What it is, what happened to it, what can be done."""
    return render_template(
        "lending/loan.html", loan=_get(loan_id), events=list_loan_events(loan_id), labels=EVENT_LABELS,
        ended=ENDED_LABELS, conditions=list(COPY_CONDITION_LABELS.items()), day=today(),
        back_days=BACKDATE_DAYS, recall_days=get_preference("recall_days"),
    )  # fmt: skip


@staff_page(blueprint, "/staff/loans/<int:loan_id>/letter", role="assistant")
def recall_letter(loan_id: int) -> str:
    """Giấy báo: the book is wanted back, by when, and why; to print and hand over."""
    return render_template("lending/loan_letter.html", loan=_get(loan_id), day=today())


def _comment() -> str:
    return request.form.get("comment", "").strip()


def _renew(line: LoanLine) -> str:
    done = renew_once_a_day(line.barcode, line.reader_id or 0, actor=staff_actor())
    if done is None:
        return f"Hôm nay đã gia hạn rồi, tính một lần. Hạn trả {line.due_on:%d/%m/%Y}; thêm ngày thì đặt lại hạn trả."
    return f"Đã gia hạn đến {done.due_on:%d/%m/%Y}."


def _recall(line: LoanLine) -> str:
    due_on = recall(line.loan_id, actor=staff_actor(), days=read_number("days"), comment=_comment() or None)
    if due_on < today():
        return f"Đã gọi sách về. Cuốn này quá hạn từ {due_on:%d/%m/%Y}: mong trả ngay. In giấy báo gửi bạn đọc."
    said = "hạn trả mới" if due_on != line.due_on else "hạn trả vẫn là"
    return f"Đã gọi sách về, {said} {due_on:%d/%m/%Y}. In giấy báo gửi bạn đọc."


def _due_day(line: LoanLine) -> str:
    due_on = need_date("due_on")
    set_due_day(line.loan_id, due_on, actor=staff_actor(), comment=_comment())
    return f"Đã đặt hạn trả {due_on:%d/%m/%Y}."


def _back(line: LoanLine) -> str:
    back = correct_return(line.loan_id, need_date("returned_on"), actor=staff_actor(), comment=_comment())
    late = f" Trễ {back.overdue_days} ngày." if back.overdue_days else " Đúng hạn."
    return f"Đã ghi ngày trả.{late}"


def _claim(line: LoanLine) -> str:
    claim_returned(line.loan_id, actor=staff_actor(), comment=_comment() or None)
    return "Đã ghi: bạn đọc báo đã trả. Tìm trên kệ trước khi nhắc lại."


def _claim_found(line: LoanLine) -> str:
    settle_claim(line.loan_id, found=True, actor=staff_actor(), comment=_comment() or None)
    return "Sách ở trên kệ: tính là đã trả từ ngày bạn đọc báo."


def _claim_dropped(line: LoanLine) -> str:
    settle_claim(line.loan_id, found=False, actor=staff_actor(), comment=_comment() or None)
    return "Đã bỏ lời báo. Lượt mượn vẫn mở."


def _lost(line: LoanLine) -> str:
    declare_lost(line.barcode, actor=staff_actor(), comment=_comment() or None)
    return "Đã ghi mất sách. Khoản đền nằm ở trang Đền sách."


def _damage(line: LoanLine) -> str:
    with transaction():  # both or neither
        if line.returned_on is None:
            check_in(line.barcode, actor=staff_actor(), channel="desk")
        note_damage(
            line.barcode, request.form.get("condition", ""), actor=staff_actor(),
            to_repair=bool(request.form.get("to_repair")), owes=bool(request.form.get("owes")),
            amount=read_number("amount"), comment=_comment() or None, loan_id=line.loan_id,
        )  # fmt: skip
    return "Đã ghi tình trạng sách."


# what is done -> (least role, how)
_ACTS: dict[str, tuple[str, Callable[[LoanLine], str]]] = {
    "renew": ("assistant", _renew),
    "recall": ("assistant", _recall),
    "due-day": ("librarian", _due_day),
    "back": ("assistant", _back),
    "claim": ("assistant", _claim),
    "claim-found": ("assistant", _claim_found),
    "claim-dropped": ("assistant", _claim_dropped),
    "lost": ("librarian", _lost),
    "damage": ("assistant", _damage),
}


@staff_page(blueprint, "/staff/loans/<int:loan_id>/<act>", role="assistant", methods=("POST",))
def loan_act(loan_id: int, act: str) -> Response:
    """One of the things that can be done about a loan."""
    if act not in _ACTS:
        raise NotFound("not_found")
    role, run = _ACTS[act]
    try:
        if not may(role):
            raise KesachError("forbidden")
        flash(run(_get(loan_id)), "good")
    except KesachError as error:
        flash(words_of(error), "bad")
    return redirect(url_for("lending.loan", loan_id=loan_id))


# --- debts ----------------------------------------------------------------------------------------


@staff_page(blueprint, "/staff/charges", role="assistant")
def charge_list() -> str:
    """What is owed, or what has been settled."""
    settled = request.args.get("settled") == "1"
    return render_template(
        "lending/charges.html", lines=charges.list_charges(settled=settled), settled=settled,
        open_count=charges.count_open_charges(), kinds=charges.KIND_LABELS, endings=charges.SETTLED_LABELS,
    )  # fmt: skip


def _with_copy(charge_id: int) -> str:
    number = charges.settle_with_copy(charge_id, actor=staff_actor(), number=request.form.get("number", ""))
    return f"Đã ghi đền cùng nhan đề: bản mới {number} đã vào sổ đăng ký cá biệt. In nhãn rồi dán."


def _with_price(charge_id: int) -> str:
    charges.settle_with_price(charge_id, need_number("amount"), actor=staff_actor())
    return "Đã ghi đền theo giá."


def _waive(charge_id: int) -> str:
    charges.waive(charge_id, actor=staff_actor(), comment=_comment())
    return "Đã miễn đền."


_SETTLINGS: dict[str, Callable[[int], str]] = {"copy": _with_copy, "price": _with_price, "waive": _waive}


@staff_page(blueprint, "/staff/charges/<int:charge_id>/<how>", role="librarian", methods=("POST",))
def settle_charge(charge_id: int, how: str) -> Any:
    """The same title, its price, or let off."""
    if how not in _SETTLINGS:
        raise NotFound("not_found")
    try:
        flash(_SETTLINGS[how](charge_id), "good")
    except KesachError as error:
        flash(words_of(error), "bad")
    return redirect(url_for("lending.charge_list"))
