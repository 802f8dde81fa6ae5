"""What was allowed about a reader, by whom, since when, and when it was taken back. One function = one transaction.

Only a note of the paper the school keeps: nothing here allows anything by itself (docs/security.md).
"""

from __future__ import annotations

from datetime import date

from library.contract.codes import register_errors
from library.foundation.audit import Actor, record_audit
from library.foundation.clock import today
from library.foundation.database import transaction
from library.foundation.errors import Conflict, InvalidInput, NotFound
from library.foundation.vietnamese import nfc
from library.readers.service import get_reader_row
from library.readers.tables import ReaderConsent

CONSENT_LABELS: dict[str, str] = {
    "photo": "Chụp, đăng ảnh hoạt động",
    "name": "Nêu tên khi khen, trưng bày bài viết",
    "mail": "Gửi thư điện tử cho gia đình",
    "other": "Việc khác (ghi rõ)",
}

register_errors(
    {
        "consent_about_bad": "Chọn việc được đồng ý.",
        "consent_by_missing": "Ghi ai đồng ý, ví dụ: mẹ em và em.",
        "consent_note_missing": "Ghi rõ việc được đồng ý.",
        "consent_missing": "Không tìm thấy ghi nhận này, hoặc đã rút lại rồi.",
        "consent_day_bad": "Ngày đồng ý không được sau hôm nay.",
    }
)


def note_consent(
    reader_id: int, about: str, given_by: str, actor: Actor, *, given_on: date | None = None, note: str = ""
) -> int:
    """Write down a consent; returns its id. InvalidInput names the field; NotFound reader_missing."""
    words, by = nfc(note)[:200], nfc(given_by)[:120]
    day = given_on or today()
    if about not in CONSENT_LABELS:
        raise InvalidInput("consent_about_bad", field="about")
    if not by:
        raise InvalidInput("consent_by_missing", field="given_by")
    if about == "other" and not words:
        raise InvalidInput("consent_note_missing", field="note")
    if day > today():
        raise InvalidInput("consent_day_bad", field="given_on")
    with transaction():
        row = get_reader_row(reader_id)
        if row.anonymised_at is not None:
            raise Conflict("reader_merge_done", name="Bạn đọc")
        made = ReaderConsent.create(reader=reader_id, about=about, given_by=by, given_on=day, note=words)
        record_audit(actor, "reader.consent", "reader", reader_id, None, {"about": about, "on": day.isoformat()})
    return made.id


def withdraw_consent(reader_id: int, consent_id: int, actor: Actor) -> None:
    """It holds no longer, from today. NotFound consent_missing."""
    with transaction():
        row = ReaderConsent.get_or_none(
            ReaderConsent.id == consent_id, ReaderConsent.reader == reader_id, ReaderConsent.withdrawn_on.is_null()
        )
        if row is None:
            raise NotFound("consent_missing")
        row.withdrawn_on = today()
        row.save(only=[ReaderConsent.withdrawn_on])
        record_audit(actor, "reader.consent_end", "reader", reader_id, {"about": row.about}, None)
