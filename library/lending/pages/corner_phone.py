"""The pupil helper's phone page of one corner: read, borrow, bring back, with a thumb (L136–L140).

Not a staff page: whoever holds the token of the QR code sees the books of this corner and first names of its
class, nothing else. The token moves from the address into a cookie at once, so that it is in no history.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from flask import current_app, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from library.access.enrolment import TooOften
from library.contract.codes import word
from library.foundation.audit import Actor
from library.foundation.clock import now, today
from library.foundation.dates import short_day
from library.foundation.errors import KesachError, Refused
from library.foundation.preferences import get_preference
from library.kiosk_api.names import display_name
from library.lending.pages import blueprint
from library.lending.pages.forms import need_number
from library.lending.units.activity import count_reads_on, list_books_inside, list_class_pupils
from library.lending.units.corner_loans import lend_inside, log_reading, return_inside, undo_reading
from library.lending.units.corner_passes import OpenPass, open_with, pace
from library.web.access import Audience, declare_auth
from library.web.errors import error_page
from library.web.form_values import parse_id

COOKIE = "kesach_corner"
COOKIE_DAYS = 120

View = Callable[..., Any]


def corner_page(rule: str, *, methods: Sequence[str] = ("GET",)) -> Callable[[View], View]:
    """Register a view for whoever shows a good token; it finds what the token opens in `g.corner`."""

    def register(view: View) -> View:
        def checked(**values: Any) -> Any:
            try:
                opened = open_with(request.cookies.get(COOKIE, ""), request.remote_addr or "")
                if opened is not None and request.method == "POST":
                    pace.require_room(opened.unit_id, now())
            except TooOften as error:
                return _too_often(error)
            if opened is None:
                return _no_pass()
            g.corner = opened
            return view(**values)

        checked.__name__ = view.__name__
        checked.__doc__ = view.__doc__
        declare_auth(checked, Audience.READER)
        blueprint.add_url_rule(rule, view_func=checked, methods=list(methods))
        return checked

    return register


def _no_pass() -> tuple[str, int, dict[str, str]]:
    return error_page(
        401, "Mã này không còn dùng được. Quét lại mã QR của góc lớp, hoặc hỏi cô thủ thư.", "Chưa mở được góc lớp"
    )


def _too_often(error: TooOften) -> tuple[str, int, dict[str, str]]:
    return error_page(429, word(error.code, error.params))


def _actor(opened: OpenPass) -> Actor:
    return Actor("reader", f"{opened.unit_name}, bạn phụ giúp")


def open_by_token(token: str) -> Any:
    """The address in the QR code: keep the token in a cookie and go on without it."""
    try:
        if open_with(token, request.remote_addr or "") is None:
            return _no_pass()
    except TooOften as error:
        return _too_often(error)
    answer = redirect(url_for("lending.phone"))
    answer.set_cookie(
        COOKIE, token, max_age=COOKIE_DAYS * 86_400, path="/goc-lop", httponly=True, samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]) or request.is_secure,
    )  # fmt: skip
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


declare_auth(open_by_token, Audience.READER)
blueprint.add_url_rule("/goc-lop/mo/<token>", view_func=open_by_token)


@corner_page("/goc-lop")
def phone() -> str:
    """The books of the corner; those at home with a pupil first."""
    books = list_books_inside(g.corner.unit_id)
    return render_template(
        "lending/corner_phone.html", corner=g.corner, out=[book for book in books if book.reader_id],
        here=[book for book in books if not book.reader_id], names=_names(),
        reads=count_reads_on(g.corner.unit_id, today()), late_after=get_preference("corner_loan_days"),
        undo=parse_id(request.args.get("undo")),
    )  # fmt: skip


@corner_page("/goc-lop/sach/<int:copy_id>")
def phone_book(copy_id: int) -> Any:
    """One book: read here, lend to a friend, or back."""
    books = list_books_inside(g.corner.unit_id, copy_id)
    if not books:
        return error_page(404, "Cuốn này không có trong góc lớp của em.")
    return render_template(
        "lending/corner_phone_book.html", corner=g.corner, book=books[0], names=_names(),
        late_after=get_preference("corner_loan_days"),
    )  # fmt: skip


@corner_page("/goc-lop/doc", methods=("POST",))
def phone_read() -> Response:
    """One more reading."""
    written: list[int] = []

    def act() -> str:
        written.append(log_reading(g.corner.unit_id, need_number("copy_id"), actor=_actor(g.corner)))
        return "Đã ghi một lượt đọc."

    return _done(act, written)


@corner_page("/goc-lop/bo", methods=("POST",))
def phone_undo() -> Response:
    """That reading was a mistake."""

    def act() -> str:
        undo_reading(g.corner.unit_id, need_number("use_id"), actor=_actor(g.corner))
        return "Đã bỏ lượt vừa ghi."

    return _done(act)


@corner_page("/goc-lop/muon", methods=("POST",))
def phone_lend() -> Response:
    """A friend takes the book home."""

    def act() -> str:
        done = lend_inside(
            g.corner.unit_id, need_number("copy_id"), need_number("reader_id"), actor=_actor(g.corner)
        )
        return f"{_names().get(done.reader_id, 'Bạn')} mượn {done.title}. Trả trước {short_day(done.back_on)}."

    return _done(act)


@corner_page("/goc-lop/tra", methods=("POST",))
def phone_return() -> Response:
    """The book is back."""

    def act() -> str:
        return f"Đã nhận lại {return_inside(g.corner.unit_id, need_number('copy_id'), actor=_actor(g.corner))}."

    return _done(act)


@corner_page("/goc-lop/ra", methods=("POST",))
def phone_leave() -> Response:
    """This phone forgets the corner."""
    answer = redirect("/")
    answer.delete_cookie(COOKIE, path="/goc-lop", httponly=True, samesite="Lax")
    return answer


def _done(act: Callable[[], str], written: Sequence[int] = ()) -> Response:
    """Do it and go back to the list, with what happened in a child's words. `written`: a reading that can be undone."""
    try:
        flash(act(), "good")
    except Refused as refusal:
        flash(" ".join(word(reason.code, reason.params, child=True) for reason in refusal.reasons), "bad")
    except KesachError as error:
        flash(word(error.code, error.params), "bad")
    return redirect(url_for("lending.phone", undo=written[0] if written else None), 303)


def _names() -> dict[int, str]:
    """reader id -> the shortest name unlike the others of the class; nothing more about a child leaves here."""
    pupils = list_class_pupils(g.corner.class_id) if g.corner.class_id else []
    all_names = [full_name for _, full_name in pupils]
    shown = {reader_id: display_name(full_name, all_names) for reader_id, full_name in pupils}
    return tell_apart(shown, dict(pupils))


def tell_apart(shown: dict[int, str], full_names: dict[int, str]) -> dict[int, str]:
    """Two Minh Anh of one class get the first letter of their family names, and a number when even that is alike."""
    alike = Counter(shown.values())
    lettered = {
        reader_id: f"{name} {full_names[reader_id][:1]}." if alike[name] > 1 else name
        for reader_id, name in shown.items()
    }
    again, numbers = Counter(lettered.values()), Counter[str]()
    for reader_id, name in lettered.items():
        if again[name] > 1:
            numbers[name] += 1
            lettered[reader_id] = f"{name} ({numbers[name]})"
    return lettered
