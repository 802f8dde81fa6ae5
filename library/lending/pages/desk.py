"""The desk: one box, scan after scan, without a mouse. Works as a plain form too.

What a scan means is decided in library/lending/desk.py; js/desk.js sends scans one after another.
"""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, jsonify, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from library.contract.codes import word
from library.foundation.errors import Conflict, KesachError
from library.lending.copy_troubles import claim_returned, declare_lost
from library.lending.corrections import undo_last
from library.lending.desk import (
    MODES,
    DeskAnswer,
    find_desk_reader,
    handle_scan,
    renew_at_desk,
)
from library.lending.desk_acts import list_recent_acts
from library.lending.desk_facts import find_copy
from library.lending.model import ReturnDone
from library.lending.pages import blueprint
from library.lending.pages.forms import staff_actor, words_of
from library.readers.queries import find_reader_card
from library.web.access import may, staff_page
from library.web.form_values import parse_id
from library.web.i18n import format_number
from library.web.navigation import place
from library.web.sent import read_sent

place(
    blueprint,
    "desk",
    "lending.desk",
    role="assistant",
    also=(
        "/staff/returns", "/staff/class-loans", "/staff/loans", "/staff/charges", "/staff/overdue", "/staff/holds",
        "/staff/visits", "/staff/kiosk-conflicts", "/staff/door", "/staff/notices", "/staff/mails",
    ),
)  # fmt: skip

AGAIN_WORDS = {
    "lent": "vừa cho mượn xong, tính một lần. Muốn nhận trả thì bật F4 rồi quét lại.",
    "lent_now": "vừa cho mượn xong, tính một lần.",
    "returned": "vừa nhận trả xong, tính một lần.",
    "renewed": "hôm nay đã gia hạn rồi, tính một lần.",
}
CLOSED_WORDS = "Thẻ đang mở đã đóng."
_NO_UNDO = "desk_no_undo"
"""In the session: why F8 takes nothing back, when the desk's last step was none that can be undone."""
_FLASH = {"ok": "good", "attention": "notice", "no": "bad"}


@staff_page(blueprint, "/staff/desk", role="assistant")
def desk() -> str:
    """The page; `reader` and `mode` in the address make it work without script."""
    reader_id = parse_id(request.args.get("reader"))
    mode = request.args.get("mode", "smart")
    return render_template(
        "lending/desk.html",
        reader=find_desk_reader(reader_id),
        mode=mode if mode in MODES else "smart",
        acts=list_recent_acts(staff_actor()),
        key=str(uuid.uuid4()),
        card_awaited=reader_id is None and request.args.get("card_awaited") == "1",
    )


@staff_page(blueprint, "/staff/desk/scan", role="assistant", methods=("POST",))
def scan() -> Response:
    """One scan, as JSON from the script or as a plain form."""
    sent = read_sent()
    text = str(sent.get("text") or "")
    mode = str(sent.get("mode") or "smart")
    overrides = [code for code in str(sent.get("overrides") or "").split(",") if code] if may("librarian") else []
    answer = handle_scan(
        text,
        actor=staff_actor(),
        reader_id=parse_id(str(sent.get("reader_id") or "")),
        mode=mode if mode in MODES else "smart",
        act_key=_key(sent.get("key")),
        overrides=overrides,
        comment=str(sent.get("comment") or "") or None,
        card_awaited=str(sent.get("card_awaited") or "") == "1",
    )
    _note_last(answer)
    if request.is_json:
        return _as_json(answer, mode)
    flash(_sentence(answer), _FLASH[answer.tone])
    if answer.outcome == "candidates":
        return redirect(url_for("readers.readers", q=answer.typed))
    return redirect(
        url_for(
            "lending.desk", reader=answer.reader_id, mode=None if mode == "smart" else mode,
            card_awaited="1" if answer.card_awaited else None,
        )
    )  # fmt: skip


def _note_last(answer: DeskAnswer) -> None:
    """Keep for F8 (L68) whether the desk's last step can be taken back. A card opened or a repeat is no step."""
    lost_on_the_way = answer.outcome == "already" and not answer.again  # the act was done; its answer never came
    if answer.outcome in ("lent", "returned", "renewed") or lost_on_the_way:
        session.pop(_NO_UNDO, None)
    elif answer.outcome in ("refused", "unknown"):
        session[_NO_UNDO] = "undo_after_refusal"
    elif answer.back is not None:
        session[_NO_UNDO] = "undo_after_find" if "copy_found" in answer.back.alerts else "undo_after_nothing"


def _key(value: Any) -> str | None:
    try:
        return str(uuid.UUID(str(value)))
    except ValueError:
        return None


def _panels(reader_id: int | None) -> dict[str, str]:
    """What stands beside and below the box after a step: who is open, and what was done."""
    return {
        "reader_html": render_template("lending/desk_reader.html", reader=find_desk_reader(reader_id)),
        "acts_html": render_template("lending/desk_acts.html", acts=list_recent_acts(staff_actor())),
    }


def _as_json(answer: DeskAnswer, mode: str) -> Response:
    shown = render_template("lending/desk_result.html", answer=answer, sentence=_sentence(answer), mode=mode)
    return jsonify(
        outcome=answer.outcome, tone=answer.tone, reader_id=answer.reader_id, sentence=_sentence(answer),
        barcode=answer.barcode, title=answer.copy.title if answer.copy else "", card_awaited=answer.card_awaited,
        holder_id=answer.copy.facts.loan.reader_id if answer.copy and answer.copy.facts.loan else None,
        late=bool(answer.back and answer.back.overdue_days), kept_for=answer.back.held_for if answer.back else None,
        result_html=shown, **_panels(answer.reader_id),
    )  # fmt: skip


def _sentence(answer: DeskAnswer) -> str:
    """What happened in one line: read aloud by screen readers, and all there is without script."""
    if answer.reasons:
        said = [word(reason.code, reason.params) for reason in answer.reasons]
        return " ".join([*said, CLOSED_WORDS] if answer.closed else said)
    if answer.loan is not None:
        if answer.read_here:
            return f"Đọc tại chỗ: {answer.loan.title}. Trả trong ngày."
        verb = "Đã gia hạn" if answer.loan.renewed else "Đã cho mượn"
        return f"{verb}: {answer.loan.title}. Hạn trả {answer.loan.due_on:%d/%m/%Y}."
    if answer.back is not None:
        return _returned(answer.back)
    if answer.outcome == "already" and answer.copy is not None:
        again = f"{answer.copy.title}: {AGAIN_WORDS.get(answer.again, 'vừa ghi xong, tính một lần.')}"
        loan = answer.copy.facts.loan
        if answer.again == "lent_now" and loan is not None and loan.reader_id != answer.reader_id:
            return f"{answer.copy.title}: vừa cho {answer.copy.loan_reader_name} mượn, tính một lần."
        return f"{again} Hạn trả {loan.due_on:%d/%m/%Y}." if answer.again == "renewed" and loan else again
    if answer.outcome == "copy" and answer.copy is not None:
        return f"{answer.copy.title}: đang ở thư viện. Quét thẻ bạn đọc trước, rồi quét lại cuốn này."
    if answer.outcome == "candidates":
        many = format_number(answer.total)
        return f"Có {many} bạn đọc khớp “{answer.typed}”. Bấm vào một người, hoặc gõ số cạnh tên rồi Enter."
    return "Đã mở thẻ bạn đọc."


def _returned(back: ReturnDone) -> str:
    said = []
    if back.was_on_loan:
        whose = f"{back.reader_name}, {back.class_name}" if back.class_name else back.reader_name
        said.append(f"Đã nhận trả: {back.title} ({whose}).")
        if back.overdue_days:
            said.append(f"Trễ {back.overdue_days} ngày.")
    elif "copy_found" in back.alerts:
        said.append(f"{back.title}: đã tìm thấy, trở lại trong kho.")
    else:
        said.append(f"{back.title}: không có lượt mượn.")
    said += [word(code, {}) for code in back.alerts if code != "copy_found" or back.was_on_loan]
    if back.route_to and not back.held_for:
        said.append(f"Chuyển về: {back.route_to}.")
    return " ".join(said)


@staff_page(blueprint, "/staff/desk/undo", role="assistant", methods=("POST",))
def undo() -> Response:
    """Take back this person's newest step, or that of one line, and name it. Whose card is open stays as it is: the
    next book is for that reader. After a find or a refusal nothing older is taken back unless its line is chosen."""
    sent = read_sent()
    reader_id, entry_id = (parse_id(str(sent.get(name) or "")) for name in ("reader_id", "entry"))
    try:
        if entry_id is None and _NO_UNDO in session:
            raise Conflict(session[_NO_UNDO])
        undone = undo_last(actor=staff_actor(), entry_id=entry_id)
    except KesachError as error:
        if request.is_json:
            raise
        flash(words_of(error), "notice")
        return redirect(url_for("lending.desk", reader=reader_id))
    words = {"check_out": "lượt cho mượn", "check_in": "lượt nhận trả", "renew": "lượt gia hạn"}
    copy = find_copy(copy_id=undone.copy_id)
    reader = find_reader_card(undone.reader_id) if undone.reader_id else None
    whose = f" ({reader.full_name}{f', {reader.class_name}' if reader.class_name else ''})" if reader else ""
    said = f"Đã hoàn tác {words[undone.action]}: {copy.title if copy else ''}{whose}."
    if undone.action == "renew" and copy is not None and copy.facts.loan is not None:
        said += f" Hạn trả lại là {copy.facts.loan.due_on:%d/%m/%Y}."
    if request.is_json:
        return jsonify(
            sentence=said, barcode=copy.barcode if copy else "", reader_id=undone.reader_id,
            result_html=render_template("lending/desk_undone.html", said=said), **_panels(reader_id),
        )  # fmt: skip
    flash(said, "good")
    return redirect(url_for("lending.desk", reader=reader_id))


@staff_page(blueprint, "/staff/desk/renew", role="assistant", methods=("POST",))
def renew_one() -> Response:
    """Renew one loan of the open reader."""
    reader_id = parse_id(request.form.get("reader_id")) or 0
    comment = request.form.get("comment", "")
    overrides = [code for code in request.form.get("overrides", "").split(",") if code] if may("librarian") else []
    answer = renew_at_desk(
        request.form.get("barcode", ""), reader_id, actor=staff_actor(), overrides=overrides, comment=comment or None
    )
    _note_last(answer)
    flash(_sentence(answer), _FLASH[answer.tone])
    return redirect(url_for("lending.desk", reader=reader_id))


@staff_page(blueprint, "/staff/desk/lost", role="librarian", methods=("POST",))
def lost() -> Response:
    """The open reader has lost a copy."""
    reader_id = parse_id(request.form.get("reader_id"))
    try:
        declare_lost(request.form.get("barcode", ""), actor=staff_actor(), comment=request.form.get("comment") or None)
        session[_NO_UNDO] = "undo_after_other"
        flash("Đã ghi mất sách. Bạn đọc đền cùng nhan đề hoặc theo giá bìa.", "notice")
    except KesachError as error:
        flash(words_of(error), "bad")
    return redirect(url_for("lending.desk", reader=reader_id))


@staff_page(blueprint, "/staff/desk/claimed", role="assistant", methods=("POST",))
def claimed() -> Response:
    """The reader says a copy was brought back."""
    reader_id = parse_id(request.form.get("reader_id"))
    try:
        claim_returned(parse_id(request.form.get("loan_id")) or 0, actor=staff_actor())
        session[_NO_UNDO] = "undo_after_other"
        flash("Đã ghi: bạn đọc báo đã trả. Tìm trên kệ trước khi nhắc lại.", "notice")
    except KesachError as error:
        flash(words_of(error), "bad")
    return redirect(url_for("lending.desk", reader=reader_id))
