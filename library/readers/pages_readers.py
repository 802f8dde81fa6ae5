"""Pages of readers: search, one reader, the form, card, blocks, leaving. Parses, calls services, renders.

No rules here. Next: service.py, pages_classes.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from library.contract.codes import word
from library.contract.scans import classify_scan
from library.foundation.clock import today
from library.foundation.errors import KesachError, NotFound
from library.foundation.preferences import get_preference
from library.foundation.vietnamese import nfc
from library.lending.queries import list_holds, list_open_counts, list_open_loans, list_past_loans
from library.lending.reader_ties import list_open_ties
from library.readers import cards, forms, merging, queries, service
from library.readers.model import (
    GENDER_LABELS,
    KIND_LABELS,
    OUTCOME_LABELS,
    STATUS_LABELS,
    ReaderCard,
    ReaderFields,
    ReaderKind,
    ReaderStatus,
)
from library.readers.pages_frame import actor, blueprint
from library.web.access import staff_page
from library.web.acts import act_and_go, say_why_not
from library.web.pagination import Pagination, paginate, read_page_number

PER_PAGE = 50
PAST_LOANS = 50
LEAVING = (ReaderStatus.TRANSFERRED, ReaderStatus.GRADUATED, ReaderStatus.LEFT)
ANY_STATUS = "all"


@staff_page(blueprint, "/staff/readers", role="assistant")
def readers() -> AnyResponse | str:
    """Find a reader by name, class, card or code; a scanned card opens its reader at once."""
    text = nfc(request.args.get("q", ""))[:120]
    scanned = _open_scanned(text)
    if scanned is not None:
        return scanned
    kind = request.args.get("kind", "")
    status = request.args.get("status", ReaderStatus.ACTIVE)
    if status not in STATUS_LABELS:
        status = ANY_STATUS if status == ANY_STATUS else ReaderStatus.ACTIVE.value
    class_id = forms.parse_id(request.args.get("class"))
    department_id = forms.parse_id(request.args.get("department"))

    def find(page: Pagination) -> tuple[list[Any], int]:
        return queries.search_readers(
            text,
            kind=kind if kind in KIND_LABELS else None,
            class_id=class_id,
            department_id=department_id,
            status=None if status == ANY_STATUS else status,
            limit=PER_PAGE,
            offset=page.offset,
            by_part=True,
        )

    page = Pagination(read_page_number(request.args), PER_PAGE, 0)
    found, total = find(page)
    if not found and total:  # past the end: the last page
        found, total = find(paginate(total, PER_PAGE))
    return render_template(
        "readers/readers.html",
        query=text, kind=kind, status=status, class_id=class_id, department_id=department_id, found=found, total=total,
        page=paginate(total, PER_PAGE), class_choices=[(row.id, row.name) for row in queries.list_present_classes()],
        department_choices=[(row.id, row.name) for row in queries.list_departments()],
        counts=queries.count_readers(), any_status=ANY_STATUS, loans=list_open_counts(one.id for one in found),
        is_narrowed=bool(text or kind or class_id or department_id or status != ReaderStatus.ACTIVE),
    )  # fmt: skip


def _open_scanned(text: str) -> AnyResponse | None:
    """The page of the reader whose card was scanned, also by a card that opens nothing any more."""
    scan = classify_scan(text)
    if scan.kind != "card":
        return None
    reader = queries.find_by_card(scan.text)
    if reader is None:
        owners, _ = queries.search_readers(scan.text, status=None, limit=2)
        if len(owners) != 1:
            return None
        reader = owners[0]
        flash(f"Thẻ {scan.text} không còn dùng. Đây là bạn đọc từng được cấp thẻ này.", "notice")
    return redirect(url_for("readers.reader", reader_id=reader.id), 303)


# ---------------------------------------------------------------- the form


def _form_page(
    form: dict[str, str], errors: dict[str, str], reader: Any = None, *, same: KesachError | None = None
) -> str:
    return render_template(
        "readers/edit.html",
        form=form, errors=errors, reader=reader, kinds=KIND_LABELS.items(), genders=GENDER_LABELS.items(),
        departments=[(row.id, row.name) for row in queries.list_departments()],
        classes=[(row.id, row.name) for row in queries.list_classes()],
        keeps_birth_dates=get_preference("keep_birth_dates"),
        same=(word(same.code, same.params), same.params["reader_id"]) if same else None,
    )  # fmt: skip


@staff_page(blueprint, "/staff/readers/new", role="assistant", methods=("GET", "POST"))
def new_reader() -> AnyResponse | str | tuple[str, int]:
    """Enrol one reader by hand, with a card."""
    if request.method == "GET":
        blank = forms.show_fields(ReaderFields(ReaderKind.PUPIL, ""))
        return _form_page(blank | {"class_id": request.args.get("class", "")}, {})
    fields, errors = forms.read_fields(request.form)
    if not errors:
        try:
            class_id = forms.parse_id(request.form.get("class_id")) if fields.kind == ReaderKind.PUPIL else None
            reader_id = service.create_reader(
                fields, actor(), class_id=class_id, ask_twice=request.form.get("again") != "1"
            )
        except KesachError as error:
            if error.code == "reader_twice":
                return _form_page(dict(request.form), {}, same=error), 409
            _note_error(errors, error)
        else:
            card = queries.get_reader_card(reader_id)
            flash(f"Đã thêm {card.full_name}, thẻ {card.card_number}.", "good")
            return redirect(url_for("readers.reader", reader_id=reader_id), 303)
    return _form_page(dict(request.form), errors), 422


@staff_page(blueprint, "/staff/readers/<int:reader_id>/edit", role="librarian", methods=("GET", "POST"))
def edit_reader(reader_id: int) -> AnyResponse | str | tuple[str, int]:
    """Put a reader's facts right."""
    details = queries.get_reader_details(reader_id)
    if request.method == "GET":
        return _form_page(forms.show_fields(details.fields), {}, details.card)
    fields, errors = forms.read_fields(request.form)
    if not errors:
        try:
            remarks = service.update_reader(reader_id, fields, actor())
        except KesachError as error:
            _note_error(errors, error)
        else:
            flash("Đã lưu thay đổi.", "good")
            for remark in remarks:  # L234
                flash(word(remark.code, remark.params), "notice")
            return redirect(url_for("readers.reader", reader_id=reader_id), 303)
    return _form_page(dict(request.form), errors, details.card), 422


def _note_error(errors: dict[str, str], error: KesachError) -> None:
    field = "class_id" if error.code == "class_missing" else str(error.params.get("field", "full_name"))
    errors[field] = word(error.code, error.params)


# ---------------------------------------------------------------- one reader


@staff_page(blueprint, "/staff/readers/<int:reader_id>", role="assistant")
def reader(reader_id: int) -> str:
    """One reader: facts, card, blocks, loans now and before, classes."""
    return _reader_page(reader_id, {}, {})


def _reader_page(reader_id: int, form: dict[str, str], errors: dict[str, str]) -> str:
    details = queries.get_reader_details(reader_id)
    return render_template(
        "readers/reader.html",
        details=details, reader=details.card, fields=details.fields,
        loans=list_open_loans(reader_id), holds=list_holds(reader_id),
        past=list_past_loans(reader_id, PAST_LOANS), most_past=PAST_LOANS,
        ties=[word(reason.code, reason.params) for reason in list_open_ties(reader_id)],
        classes=[(row.id, row.name) for row in queries.list_classes() if row.id != details.card.class_id],
        leaving=[(status.value, STATUS_LABELS[status]) for status in LEAVING], form=form, errors=errors,
        outcome_labels=OUTCOME_LABELS, running=queries.list_running_blocks(details, today()),
    )  # fmt: skip


def _do(reader_id: int, act: Callable[[], object], done: str | None = None) -> AnyResponse:
    """Act, say `done` or what came of it, back to the reader."""
    return act_and_go(act, url_for("readers.reader", reader_id=reader_id), done)


@staff_page(blueprint, "/staff/readers/<int:reader_id>/card", role="assistant", methods=("POST",))
def card(reader_id: int) -> AnyResponse:
    """A first card, or a new one for a lost one."""
    if request.form.get("do") == "replace":
        said, make = "Đã khoá thẻ mất và cấp thẻ mới số", service.replace_lost_card
    else:
        said, make = "Đã cấp thẻ số", service.issue_card
    return _do(reader_id, lambda: f"{said} {make(reader_id, actor())}.")


@staff_page(blueprint, "/staff/readers/<int:reader_id>/card.pdf", role="assistant")
def card_pdf(reader_id: int) -> AnyResponse:
    """The reader's card, to print and cut out."""
    held = queries.get_reader_card(reader_id)
    if held.card_number is None:
        raise NotFound("card_none")
    members = [held] if held.class_id is None else queries.list_class_members(held.class_id)
    sheet = cards.render_cards(cards.cards_of_class(members, {held.id}), held.place, get_preference("school_name"))
    return Response(
        sheet, mimetype="application/pdf",
        headers={"Content-Disposition": f'inline; filename="the-{held.card_number}.pdf"'},
    )  # fmt: skip


@staff_page(blueprint, "/staff/readers/<int:reader_id>/block", role="librarian", methods=("POST",))
def block(reader_id: int) -> AnyResponse | tuple[str, int]:
    """No borrowing for a while, with the reason."""
    errors: dict[str, str] = {}
    try:
        until = forms.parse_day(request.form.get("until", ""))
    except ValueError:
        until, errors["until"] = None, forms.BAD_DAY
    if not errors:
        try:
            running = queries.list_running_blocks(queries.get_reader_details(reader_id), today())
            service.block_reader(reader_id, request.form.get("reason", ""), actor(), until=until)
        except NotFound:
            raise
        except KesachError as error:
            errors[str(error.params.get("field", "reason"))] = word(error.code, error.params)
        else:
            flash("Đã đổi lần tạm ngừng đang chạy." if running else "Đã tạm ngừng cho mượn.", "good")
            return redirect(url_for("readers.reader", reader_id=reader_id), 303)
    return _reader_page(reader_id, dict(request.form), errors), 422


@staff_page(blueprint, "/staff/readers/<int:reader_id>/unblock", role="librarian", methods=("POST",))
def unblock(reader_id: int) -> AnyResponse:
    """May borrow again."""
    block_id = forms.parse_id(request.form.get("block")) or 0
    known = {one.id for one in queries.get_reader_details(reader_id).blocks}
    if block_id not in known:
        raise NotFound("block_missing", block_id=block_id)
    try:
        service.unblock_reader(block_id, actor())
    except NotFound as error:  # lifted by somebody else meanwhile
        say_why_not(error)
    else:
        flash("Đã cho mượn lại.", "good")
    return redirect(url_for("readers.reader", reader_id=reader_id), 303)


@staff_page(blueprint, "/staff/readers/<int:reader_id>/class", role="librarian", methods=("POST",))
def reader_class(reader_id: int) -> AnyResponse:
    """Into another class of this year, or out of any."""
    class_id = forms.parse_id(request.form.get("class_id"))
    if class_id is None:
        flash("Chọn lớp chuyển đến.", "bad")
        return redirect(url_for("readers.reader", reader_id=reader_id), 303)
    name = queries.get_class(class_id).name
    return _do(reader_id, lambda: service.change_class(reader_id, class_id, actor()), f"Đã chuyển sang lớp {name}.")


@staff_page(blueprint, "/staff/readers/<int:reader_id>/status", role="librarian", methods=("POST",))
def reader_status(reader_id: int) -> AnyResponse:
    """The reader leaves, or comes back. Refused with every reason while something is open."""
    status = request.form.get("status", "")
    done = (
        "Đã mở lại bạn đọc. Cấp thẻ mới và xếp lớp ở dưới."
        if status == ReaderStatus.ACTIVE
        else f"{STATUS_LABELS.get(status, '')}. Thẻ đã đóng."
    )
    return _do(reader_id, lambda: service.change_status(reader_id, status, actor()), done)


@staff_page(blueprint, "/staff/readers/<int:reader_id>/delete", role="librarian", methods=("POST",))
def delete_reader(reader_id: int) -> AnyResponse:
    """Take out a reader made by mistake; one with history only leaves."""
    try:
        gone = service.remove_reader(reader_id, actor())
    except NotFound:
        raise
    except KesachError as error:
        say_why_not(error)
        return redirect(url_for("readers.reader", reader_id=reader_id), 303)
    if gone:
        flash("Đã xoá bạn đọc nhập nhầm.", "good")
        return redirect(url_for("readers.readers"), 303)
    flash("Bạn đọc đã có trong sổ mượn nên không xoá; đã chuyển sang “Đã rời trường”.", "notice")
    return redirect(url_for("readers.reader", reader_id=reader_id), 303)


# ---------------------------------------------------------------- duplicates


@staff_page(blueprint, "/staff/readers/<int:reader_id>/merge", role="librarian")
def merge(reader_id: int) -> str:
    """Choose the duplicate, then see both side by side."""
    kept = queries.get_reader_card(reader_id)
    card = request.args.get("card", "").strip()
    other_id = forms.parse_id(request.args.get("other"))
    other = queries.get_reader_card(other_id) if other_id is not None else queries.find_by_card(card) if card else None
    same, _ = queries.search_readers(kept.full_name, kind=kept.kind, status=None, limit=40)
    loans = list_open_counts([reader_id, *([other.id] if other else [])])
    return render_template(
        "readers/merge.html",
        kept=kept, other=other if other and other.id != reader_id else None, card=card,
        error=f"Không tìm thấy bạn đọc khác có thẻ {card[:20]}. Quét lại." if card else "",
        namesakes=[one for one in same if one.id != reader_id and one.full_name == kept.full_name],
        kept_loans=loans.get(reader_id, (0, 0))[0], other_loans=loans.get(other.id, (0, 0))[0] if other else 0,
        reader_differs=_say_difference(kept, other) if other else "",
    )  # fmt: skip


def _say_difference(kept: ReaderCard, other: ReaderCard) -> str:
    """What speaks against these two being one person."""
    said = []
    if kept.born_on and other.born_on and kept.born_on != other.born_on:
        said.append("hai ngày sinh khác nhau")
    if kept.education_id and other.education_id and kept.education_id != other.education_id:
        said.append("hai mã định danh khác nhau")
    if kept.class_id and other.class_id and kept.class_id != other.class_id:
        said.append("đang ở hai lớp khác nhau")
    return f"Có thể là hai người: {', '.join(said)}." if said else ""


@staff_page(blueprint, "/staff/readers/<int:reader_id>/merge", role="librarian", methods=("POST",))
def merge_now(reader_id: int) -> AnyResponse:
    """Two rows of one person become one."""
    other_id = forms.parse_id(request.form.get("other")) or 0
    return _do(reader_id, lambda: merging.merge_readers(reader_id, other_id, actor()), "Đã gộp thành một bạn đọc.")
