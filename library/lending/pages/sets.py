"""Composing a set for a corner or shelf, its pick list by shelf, tick sheets on paper, the helper's pass."""

from __future__ import annotations

from itertools import groupby
from urllib.parse import urlsplit

import segno
from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from library.contract.codes import register_errors, word
from library.foundation.clock import today
from library.foundation.errors import InvalidInput, KesachError
from library.foundation.preferences import get_preference
from library.lending.pages import blueprint
from library.lending.pages.forms import need_number, read_date, staff_actor, words_of
from library.lending.units import queries as unit_queries
from library.lending.units import set_drafts
from library.lending.units.activity import list_books_inside
from library.lending.units.corner_loans import log_tally
from library.lending.units.corner_passes import issue_pass, revoke_pass
from library.lending.units.set_candidates import load_limits
from library.lending.units.set_rules import Mix, MixLimits, count_mix, judge_mix
from library.lending.units.set_steps import SetRefused
from library.web.access import staff_page
from library.web.i18n import format_number

register_errors(
    {
        "set_size_bad": "Số cuốn của bộ từ 1 đến {capacity}.",
        "draft_line_unknown": "Cuốn này không còn trong bộ đang soạn. Tải lại trang.",
        "use_gone": "Lượt này đã ghi lâu rồi, không bỏ được nữa.",
        "tally_empty": "Chưa có ô nào có số lượt. Ghi ít nhất một lượt.",
        "pass_unknown": "Góc lớp này chưa có mã trang điện thoại, hoặc mã đã bị thu hồi.",
        "list_too_big": "Tệp danh sách lớn hơn 1 MB. Chia nhỏ, hoặc dán từng phần.",
    }
)
MAX_LIST_BYTES = 1_000_000
MOST_NAMED = 8
MIX_WORDS = {
    "too_many_textbooks": "Sách giáo khoa nhiều hơn {max_textbooks} bản",
    "too_few_children": "Sách thiếu nhi chưa đến {min_children}%",
}


def say_mix(mix: Mix, limits: MixLimits) -> list[str]:
    """What speaks against a mix, in words (L135)."""
    return [
        MIX_WORDS[code].format(max_textbooks=limits.max_textbooks, min_children=limits.min_children)
        for code in judge_mix(mix, limits)
    ]


@staff_page(blueprint, "/staff/units/<int:unit_id>/compose", role="assistant")
def compose(unit_id: int) -> str:
    """The set being composed."""
    return _compose_page(unit_id)


def _compose_page(
    unit_id: int, *, said: str = "", problems: tuple[set_drafts.SetProblem, ...] = (), typed: str = ""
) -> str:
    line = unit_queries.get_unit(unit_id)
    lines = set_drafts.list_draft(unit_id)
    mix, limits = count_mix(one.material for one in lines), load_limits()
    room = max(line.capacity - line.copies, 0)
    return render_template(
        "lending/compose.html", unit=line, lines=lines, struck=set_drafts.list_draft(unit_id, struck=True), mix=mix,
        against=say_mix(mix, limits), limits=limits, said=said, problems=problems,
        typed=typed, size=min(max(len(lines), 30), room) if room else 0, room=room,
        blocked=[one for one in lines if one.problem is not None],
    )  # fmt: skip


@staff_page(blueprint, "/staff/units/<int:unit_id>/compose/<act>", role="assistant", methods=("POST",))
def change_set(unit_id: int, act: str) -> Response | tuple[str, int]:
    """Add scanned or listed copies, fill up by proposal, strike out, take in again, clear, hand over."""
    actor = staff_actor()
    back = redirect(url_for("lending.compose", unit_id=unit_id), 303)
    try:
        if act == "add":
            typed = _typed_list()
            added = set_drafts.add_to_draft(unit_id, set_drafts.read_list(typed), actor=actor)
            twice = _say_twice(added)
            if added.problems:
                bad = len({problem.barcode for problem in added.problems})
                said = f"{_say_added(added)}{twice} Còn {bad} dòng chưa thêm được:"
                return _compose_page(unit_id, said=said, problems=added.problems), 409 if not added.added else 200
            flash(f"{_say_added(added)}{twice}", "notice" if twice else "good")
        elif act == "propose":
            size = need_number("size")
            count = set_drafts.propose_into_draft(unit_id, size, actor=actor)
            total = set_drafts.count_draft(unit_id)
            short = f" Trên kệ không còn cuốn nào khác hợp với lớp; bộ có {total}/{size} cuốn." if total < size else ""
            flash(f"Đề xuất thêm {count} cuốn.{short}", "notice" if short else "good")
        elif act in ("strike", "restore"):
            set_drafts.strike_line(unit_id, need_number("copy_id"), actor=actor, struck=act == "strike")
        elif act == "clear":
            flash(f"Đã bỏ bộ đang soạn ({set_drafts.clear_draft(unit_id, actor=actor)} cuốn).", "good")
        else:
            done = set_drafts.hand_over_draft(
                unit_id, actor=actor, received_by=request.form.get("received_by", ""),
                skip_problems=request.form.get("skip") == "1",
            )  # fmt: skip
            flash(f"Đã giao {len(done.moved)} cuốn, phiếu {done.number}.", "good")
            for lesson in done.lessons:
                flash(f"{lesson.title}: {word(lesson.reason.code, lesson.reason.params)}", "notice")
            return redirect(url_for("lending.sheet", hand_over_id=done.hand_over_id), 303)
    except SetRefused as refusal:
        return _compose_page(unit_id, said="Chưa giao cuốn nào:", problems=refusal.problems), 409
    except KesachError as error:
        flash(words_of(error), "bad")
    return back


def _say_added(added: set_drafts.AddedToDraft) -> str:
    return f"Đã thêm {added.added} cuốn vào bộ." if added.added else "Không thêm cuốn nào."


def _say_twice(added: set_drafts.AddedToDraft) -> str:
    """L81: what was on the list already, and what was scanned twice, by name."""
    said = ""
    if added.already:
        named = ", ".join(f"{title} ({barcode})" for barcode, title in added.already[:MOST_NAMED])
        said += f" Đã có sẵn trong bộ, tính một lần: {named}{_and_more(len(added.already))}."
    if added.repeated:
        said += f" Quét hai lần, tính một: {', '.join(added.repeated[:MOST_NAMED])}{_and_more(len(added.repeated))}."
    return said


def _and_more(count: int) -> str:
    return f" và {count - MOST_NAMED} cuốn nữa" if count > MOST_NAMED else ""


def _typed_list() -> str:
    """What was scanned or pasted, and the text of a file when one was chosen."""
    text = request.form.get("codes", "")
    upload = request.files.get("file")
    if upload is not None and upload.filename:
        data = upload.read(MAX_LIST_BYTES + 1)
        if len(data) > MAX_LIST_BYTES:
            raise InvalidInput("list_too_big", field="file")
        text += "\n" + data.decode("utf-8-sig", "replace")
    return text


@staff_page(blueprint, "/staff/units/<int:unit_id>/pick-list", role="assistant")
def pick_list(unit_id: int) -> str:
    """The set by shelf, to walk along with."""
    lines = set_drafts.list_draft(unit_id)
    shelves = [
        (name, list(group)) for name, group in groupby(lines, key=lambda one: (one.collection, one.place))
    ]
    return render_template(
        "lending/pick_list.html", unit=unit_queries.get_unit(unit_id), shelves=shelves, count=len(lines), day=today()
    )


# --- reading on paper -----------------------------------------------------------------------------


@staff_page(blueprint, "/staff/units/<int:unit_id>/tick-sheet")
def tick_sheet(unit_id: int) -> str:
    """The sheet on which the helper ticks, in the order of the form it is typed into."""
    return render_template(
        "lending/tick_sheet.html", unit=unit_queries.get_unit(unit_id), books=list_books_inside(unit_id), day=today()
    )


@staff_page(blueprint, "/staff/units/<int:unit_id>/tally", role="assistant")
def tally(unit_id: int) -> str:
    return _tally_page(unit_id)


def _tally_page(unit_id: int, error: KesachError | None = None) -> str:
    return render_template(
        "lending/tally.html", unit=unit_queries.get_unit(unit_id), books=list_books_inside(unit_id), day=today(),
        said=words_of(error) if error else "", form=request.form,
    )  # fmt: skip


@staff_page(blueprint, "/staff/units/<int:unit_id>/tally", role="assistant", methods=("POST",))
def save_tally(unit_id: int) -> Response | tuple[str, int]:
    """A filled sheet: one number a book."""
    try:
        counts = {}
        for name, value in request.form.items():
            if name.startswith("read-") and value.strip() and name.removeprefix("read-").isdecimal():
                counts[int(name.removeprefix("read-"))] = need_number(name)
        total = log_tally(unit_id, counts, actor=staff_actor(), used_on=read_date("used_on"))
    except KesachError as error:
        return _tally_page(unit_id, error), 422
    flash(f"Đã ghi {format_number(total)} lượt đọc.", "good")
    return redirect(url_for("lending.corner", unit_id=unit_id), 303)


# --- the helper's pass ----------------------------------------------------------------------------


@staff_page(blueprint, "/staff/units/<int:unit_id>/pass", role="librarian", methods=("POST",))
def make_pass(unit_id: int) -> str:
    """A new QR code for the helper, on a card to print: shown this once."""
    token = issue_pass(unit_id, actor=staff_actor())
    link = url_for("lending.open_by_token", token=token, _external=True)
    local = urlsplit(link).hostname in ("localhost", "127.0.0.1", "::1")
    return render_template(
        "lending/unit_pass.html", unit=unit_queries.get_unit(unit_id), link=link, local=local,
        code=segno.make(link, error="m").svg_data_uri(scale=6, border=2, dark="#000", light="#fff"),
        days=get_preference("corner_loan_days"),
    )  # fmt: skip


@staff_page(blueprint, "/staff/units/<int:unit_id>/pass/revoke", role="librarian", methods=("POST",))
def end_pass(unit_id: int) -> Response:
    try:
        revoke_pass(unit_id, actor=staff_actor())
        flash("Đã thu hồi mã. Điện thoại đang mở trang góc lớp cũng không dùng được nữa.", "good")
    except KesachError as error:
        flash(words_of(error), "bad")
    return redirect(url_for("lending.corner", unit_id=unit_id), 303)


