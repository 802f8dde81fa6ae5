"""A person's own data: a page to print, a file, consents, and being forgotten. Parses, calls services, renders.

Next: disclosure.py, anonymising.py.
"""

from __future__ import annotations

import json
from datetime import date, datetime

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from library.access.service import as_actor
from library.contract.codes import word
from library.foundation.audit import Actor
from library.foundation.errors import KesachError, NotFound
from library.privacy import anonymising, disclosure
from library.readers import consents, forms
from library.readers.model import CARD_LABELS, GENDER_LABELS, KIND_LABELS, OUTCOME_LABELS, STATUS_LABELS
from library.school.words import action_words, actor_words
from library.web.access import current_staff, staff_page
from library.web.acts import act_and_go

blueprint = Blueprint("privacy", __name__, template_folder="templates")
LOAN_ENDS = {"returned": "Đã trả", "lost": "Báo mất", "replaced": "Đã đền", "claimed": "Báo đã trả",
             "corrected": "Ghi nhầm, đã huỷ"}  # fmt: skip
PURPOSES = {"home": "Mượn về", "in_library": "Đọc tại chỗ", "unit": "Ở góc lớp"}
VISIT_SOURCES = {"card": "Quét thẻ", "kiosk": "Quầy tự phục vụ", "import": "Nhập", "count": "Ghi theo lớp"}
HOLD_STATES = {"waiting": "Đang đợi", "ready": "Chờ lấy", "filled": "Đã mượn", "cancelled": "Đã huỷ",
               "expired": "Hết hạn giữ"}  # fmt: skip


def _actor() -> Actor:
    return as_actor(current_staff())


@blueprint.app_template_filter("plain_day")
def plain_day(text: str | None) -> str:
    """A date or instant of the disclosure ("2026-11-23", "2026-11-23T02:00:00Z") as 23/11/2026."""
    from library.web.i18n import format_date

    if not text:
        return ""
    return format_date(datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text))


@staff_page(blueprint, "/staff/readers/<int:reader_id>/own-data", role="librarian")
def own_data(reader_id: int) -> str:
    """Everything kept about one person, to read together and to print."""
    return _page(reader_id, {}, {})


def _page(reader_id: int, form: dict[str, str], errors: dict[str, str]) -> str:
    data = disclosure.disclose(reader_id, _actor(), form="page")
    return render_template(
        "privacy/own_data.html",
        data=data, reader=data["reader"], form=form, errors=errors, kinds=KIND_LABELS, statuses=STATUS_LABELS,
        genders=GENDER_LABELS, cards=CARD_LABELS, abouts=consents.CONSENT_LABELS, loan_ends=LOAN_ENDS,
        purposes=PURPOSES, sources=VISIT_SOURCES, hold_states=HOLD_STATES, outcomes=OUTCOME_LABELS,
        changes=[
            (one["at"], actor_words(one["actor_name"]), action_words(one["action"], "reader"))
            for one in data["changes"]
        ],
    )  # fmt: skip


@staff_page(blueprint, "/staff/readers/<int:reader_id>/own-data.json", role="librarian", methods=("POST",))
def own_data_file(reader_id: int) -> Response:
    """The same as one JSON file."""
    data = disclosure.disclose(reader_id, _actor(), form="file")
    return Response(
        json.dumps(data, ensure_ascii=False, indent=2) + "\n",
        mimetype="application/json",
        headers={"Content-Disposition": f'attachment; filename="du-lieu-ban-doc-{reader_id}.json"'},
    )


@staff_page(blueprint, "/staff/readers/<int:reader_id>/own-data/consents", role="librarian", methods=("POST",))
def note_consent(reader_id: int) -> AnyResponse | tuple[str, int]:
    """Write down what was allowed, by whom."""
    form = dict(request.form)
    errors: dict[str, str] = {}
    try:
        day = forms.parse_day(form.get("given_on", ""))
        consents.note_consent(
            reader_id, form.get("about", ""), form.get("given_by", ""), _actor(), given_on=day,
            note=form.get("note", ""),
        )  # fmt: skip
    except NotFound:
        raise
    except KesachError as error:
        errors[str(error.params.get("field", "given_by"))] = word(error.code, error.params)
    except ValueError:
        errors["given_on"] = forms.BAD_DAY
    if errors:
        return _page(reader_id, form, errors), 422
    flash("Đã ghi đồng ý.", "good")
    return redirect(url_for("privacy.own_data", reader_id=reader_id), 303)


@staff_page(blueprint, "/staff/readers/<int:reader_id>/own-data/consents/<int:consent_id>/withdraw", role="librarian",
            methods=("POST",))  # fmt: skip
def withdraw_consent(reader_id: int, consent_id: int) -> AnyResponse:
    """It holds no longer."""
    return act_and_go(
        lambda: consents.withdraw_consent(reader_id, consent_id, _actor()),
        url_for("privacy.own_data", reader_id=reader_id), "Đã ghi rút lại đồng ý.",
    )  # fmt: skip


@staff_page(blueprint, "/staff/readers/<int:reader_id>/own-data/forget", role="librarian", methods=("POST",))
def forget(reader_id: int) -> AnyResponse:
    """One who left is forgotten at once."""
    return act_and_go(
        lambda: anonymising.anonymise_reader(reader_id, _actor()),
        url_for("readers.reader", reader_id=reader_id), "Đã xoá danh tính. Số liệu mượn trả vẫn còn, không còn tên.",
    )  # fmt: skip
