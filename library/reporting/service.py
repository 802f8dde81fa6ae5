"""Monthly reports: build, write about, send (freeze), correct, and write to a file.

A sent version is frozen with its figures and never changes; what is put right later comes as a new
version (field.md §4.30). Next: document.py (how it is laid out), pages.py.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from library.contract.codes import register_errors
from library.foundation.audit import Actor, record_audit
from library.foundation.clock import local_date, now, today
from library.foundation.database import transaction
from library.foundation.errors import Conflict, InvalidInput, NotFound
from library.foundation.preferences import get_preference
from library.foundation.vietnamese import nfc
from library.promotion.queries import theme_of
from library.reporting import rows
from library.reporting.counting import Window, report_window
from library.reporting.document import make_paper
from library.reporting.json_form import figures_from_json, figures_json, report_json
from library.reporting.model import Difference, MonthFigures, Report, RowsBehind, VersionLine, Words, list_values
from library.reporting.narrative import clean_words, suggest_words, words_json
from library.reporting.paper import Paper, School
from library.reporting.queries import count_month
from library.reporting.tables import MonthlyReport

DRAFT, SENT = "draft", "sent"
FIRST_YEAR, LAST_YEAR = 2000, 2100
ENDINGS = (".docx", ".pdf", ".xlsx", ".json")

register_errors(
    {
        "report_month_bad": "Không có tháng {month}/{year}. Ghi tháng dạng 2026-11.",
        "report_ending_bad": "Không ghi được báo cáo ra tệp {name}. Đặt đuôi tệp là .docx, .pdf, .xlsx hoặc .json.",
        "report_is_folder": "{name} là một thư mục. Ghi thêm tên tệp, ví dụ bao-cao.docx.",
        "report_folder_missing": "Không có thư mục {folder}. Tạo thư mục trước, hoặc ghi ra nơi khác.",
        "report_is_sent": "Báo cáo tháng {month}/{year} đã gửi nên không sửa được. Lập bản điều chỉnh rồi sửa ở đó.",
        "report_not_sent": "Báo cáo tháng {month}/{year} chưa gửi. Sửa thẳng vào bản nháp.",
        "report_not_begun": "Tháng {month}/{year} chưa tới nên chưa có gì để báo cáo.",
        "report_version_unknown": "Không có bản {version} của báo cáo tháng {month}/{year}.",
        "report_number_bad": "Số văn bản dài quá {most} ký tự. Ghi ngắn lại.",
        "report_date_bad": "Ngày ghi trên báo cáo chưa đúng. Ghi dạng 25/11/2026.",
        "figure_unknown": "Không có số liệu {figure_id}. Mở lại từ trang báo cáo.",
    }
)


def window_of(year: int, month: int) -> Window:
    """The days a month's report counts, as the school has set it. InvalidInput for a month that is none."""
    if not (1 <= month <= 12 and FIRST_YEAR <= year <= LAST_YEAR):
        raise InvalidInput("report_month_bad", field="month", year=year, month=month)
    return report_window(year, month, get_preference("report_window"))


def require_begun(year: int, month: int) -> Window:
    """The window of a month whose first day has come. InvalidInput(`report_not_begun`) for one to come."""
    window = window_of(year, month)
    if window.from_on > today():
        raise InvalidInput("report_not_begun", field="month", year=year, month=month)
    return window


def build_month(year: int, month: int) -> MonthFigures:
    """The figures of a month as the database has them now (never a frozen version)."""
    return count_month(window_of(year, month), today())


def rows_behind(figure_id: str, year: int, month: int) -> RowsBehind:
    """The rows a live figure was counted from. NotFound for an unknown figure."""
    return rows.rows_behind(figure_id, window_of(year, month), today())


def get_report(year: int, month: int, version: int | None = None) -> Report:
    """A version of a month's report, by default the newest; one that nobody has begun has version 0.

    A sent version shows its frozen figures, a draft the present ones. NotFound for a version that is none.
    """
    window = window_of(year, month)
    query = MonthlyReport.select().where(MonthlyReport.year == year, MonthlyReport.month == month)
    if version:
        row = query.where(MonthlyReport.version == version).first()
        if row is None:
            raise NotFound("report_version_unknown", year=year, month=month, version=version)
    else:
        row = query.order_by(MonthlyReport.version.desc()).first()
    if row is None:
        figures = count_month(window, today())
        return Report(
            year=year, month=month, version=0, status=DRAFT, number="", dated_on=today(), figures=figures,
            words=_suggested(figures), words_kept=False,
        )  # fmt: skip
    if row.status == SENT:
        figures = figures_from_json(row.figures)
    else:
        figures = count_month(window, today())
    kept = dict(row.words)
    dated_on = kept.pop("dated_on", None)
    return Report(
        year=year,
        month=month,
        version=row.version,
        status=row.status,
        number=row.number,
        dated_on=date.fromisoformat(dated_on) if dated_on else _unsaid_date(row),
        figures=figures,
        words=clean_words(kept),
        words_kept=True,
        sent_at=row.sent_at,
        sent_by=row.sent_by,
    )


def _unsaid_date(row: MonthlyReport) -> date:
    return local_date(row.sent_at) if row.sent_at else today()


def _suggested(figures: MonthFigures) -> Words:
    following = (figures.year + figures.month // 12, figures.month % 12 + 1)
    return suggest_words(figures, theme_of(*following))


def suggest(year: int, month: int) -> Words:
    """Words the present figures suggest, for the button that begins anew."""
    return _suggested(build_month(year, month))


def list_versions(year: int, month: int) -> list[VersionLine]:
    """All kept versions of a month, newest first."""
    found = (
        MonthlyReport.select()
        .where(MonthlyReport.year == year, MonthlyReport.month == month)
        .order_by(MonthlyReport.version.desc())
    )
    return [VersionLine(row.version, row.status, row.number, row.updated_at, row.sent_at, row.sent_by) for row in found]


def list_months(months: list[tuple[int, int]]) -> dict[tuple[int, int], VersionLine]:
    """(year, month) -> its newest version, for those that have one."""
    years = sorted({year for year, _ in months})
    found: dict[tuple[int, int], VersionLine] = {}
    for row in MonthlyReport.select().where(MonthlyReport.year.in_(years)).order_by(MonthlyReport.version):
        if (row.year, row.month) in months:
            found[row.year, row.month] = VersionLine(
                row.version, row.status, row.number, row.updated_at, row.sent_at, row.sent_by
            )
    return found


def save_words(
    year: int, month: int, words: Mapping[str, Any], actor: Actor, *, number: str = "", dated_on: date | None = None
) -> int:
    """Keep what the librarian wrote in the month's draft (made when there is none). Returns the version.

    Conflict(`report_is_sent`) when the newest version was sent: begin a correction first.
    """
    window = window_of(year, month)
    clean_number = nfc(number)
    if len(clean_number) > 40:
        raise InvalidInput("report_number_bad", field="number", most=40)
    content: dict[str, Any] = dict(words_json(clean_words(words)))
    if dated_on is not None:
        content["dated_on"] = dated_on.isoformat()
    with transaction():
        row = _newest(year, month)
        if row is not None and row.status == SENT:
            raise Conflict("report_is_sent", year=year, month=month)
        if row is None:
            row = _new_draft(window, 1, content, clean_number)
            before: dict[str, Any] | None = None
        else:
            before = {"number": row.number, "words": row.words}
            MonthlyReport.update(words=content, number=clean_number, updated_at=now()).where(
                MonthlyReport.id == row.id
            ).execute()
        after = {"number": clean_number, "words": content}
        if before != after:
            record_audit(actor, "report.write", "monthly_report", row.id, before, after)
        return row.version


def send_report(year: int, month: int, actor: Actor) -> int:
    """Freeze the month's draft with its present figures: it is sent and never changes. Returns the version.

    Conflict when the newest version was sent already; InvalidInput when the month has not begun.
    """
    window = require_begun(year, month)
    with transaction():
        row = _newest(year, month)
        if row is not None and row.status == SENT:
            raise Conflict("report_is_sent", year=year, month=month)
        figures = count_month(window, today())
        if row is None:
            row = _new_draft(window, 1, dict(words_json(_suggested(figures))), "")
        content = {"dated_on": today().isoformat(), **row.words}
        instant = now()
        MonthlyReport.update(
            status=SENT, figures=figures_json(figures), words=content, sent_at=instant, updated_at=instant,
            sent_by=actor.name, period_from_on=window.from_on, period_until_on=window.until_on,
        ).where(MonthlyReport.id == row.id).execute()  # fmt: skip
        record_audit(
            actor,
            "report.send",
            "monthly_report",
            row.id,
            {"status": DRAFT},
            {"status": SENT, "month": f"{year}-{month:02d}", "version": row.version},
        )
        return row.version


def start_correction(year: int, month: int, actor: Actor) -> int:
    """Begin a new version of a sent report, with its words; the sent one stays. Returns the version."""
    window = window_of(year, month)
    with transaction():
        row = _newest(year, month)
        if row is None or row.status != SENT:
            raise Conflict("report_not_sent", year=year, month=month)
        content = {key: value for key, value in row.words.items() if key != "dated_on"}
        draft = _new_draft(window, row.version + 1, content, row.number)
        record_audit(
            actor,
            "report.correct",
            "monthly_report",
            draft.id,
            None,
            {"month": f"{year}-{month:02d}", "version": draft.version},
        )
        return draft.version


def _newest(year: int, month: int) -> MonthlyReport | None:
    return (
        MonthlyReport.select()
        .where(MonthlyReport.year == year, MonthlyReport.month == month)
        .order_by(MonthlyReport.version.desc())
        .first()
    )


def _new_draft(window: Window, version: int, words: dict[str, Any], number: str) -> MonthlyReport:
    instant = now()
    return MonthlyReport.create(
        year=window.year, month=window.month, version=version, status=DRAFT, number=number,
        period_from_on=window.from_on, period_until_on=window.until_on, words=words, created_at=instant,
        updated_at=instant,
    )  # fmt: skip


def compare(before: MonthFigures, after: MonthFigures) -> list[Difference]:
    """Every figure that differs between two states of a month (sent against present, version against version)."""
    old, new = list_values(before), list_values(after)
    differences = []
    for figure_id in dict.fromkeys((*old, *new)):
        label = (new.get(figure_id) or old[figure_id])[0]
        was, becomes = old.get(figure_id, (label, 0))[1], new.get(figure_id, (label, 0))[1]
        if was != becomes:
            differences.append(Difference(figure_id, label, was, becomes))
    return differences


def find_last_sent(year: int, month: int, before_version: int | None = None) -> Report | None:
    """The newest sent version (older than `before_version` when given)."""
    query = MonthlyReport.select(MonthlyReport.version).where(
        MonthlyReport.year == year, MonthlyReport.month == month, MonthlyReport.status == SENT
    )
    if before_version:
        query = query.where(MonthlyReport.version < before_version)
    row = query.order_by(MonthlyReport.version.desc()).first()
    return None if row is None else get_report(year, month, row.version)


def read_school() -> School:
    """Letterhead and signatures from the school's settings."""
    short = get_preference("school_short")
    return School(
        superior=get_preference("superior_body"),
        name=get_preference("school_name"),
        symbol=get_preference("report_symbol").replace("{school_short}", short),
        place=get_preference("place_name"),
        recipient=get_preference("report_recipient"),
        head_title=get_preference("head_title"),
        head_name=get_preference("head_name"),
        librarian_name=get_preference("librarian_name"),
    )


def make_month_paper(report: Report) -> Paper:
    """The report laid out as an official paper of this school."""
    return make_paper(report, read_school())


def render(report: Report, ending: str) -> bytes:
    """The report as a file's bytes; `ending` one of ENDINGS. InvalidInput(`report_ending_bad`) for another."""
    writer = _WRITERS.get(ending)
    if writer is None:
        raise InvalidInput("report_ending_bad", field="out", name=f"*{ending}")
    return writer(report)


def _docx(report: Report) -> bytes:
    from library.reporting.docx import render_docx

    return render_docx(make_month_paper(report))


def _xlsx(report: Report) -> bytes:
    from library.reporting.xlsx import render_xlsx

    return render_xlsx(make_month_paper(report))


def _pdf(report: Report) -> bytes:
    from library.reporting.pdf import render_pdf

    return render_pdf(make_month_paper(report))


def _json(report: Report) -> bytes:
    import json

    content = report_json(report, get_preference("school_name"))
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


# The writers bring heavy libraries: each is imported when its kind of file is asked for.
_WRITERS: dict[str, Callable[[Report], bytes]] = {".docx": _docx, ".xlsx": _xlsx, ".pdf": _pdf, ".json": _json}


def write_report(year: int, month: int, path: str | Path) -> Path:
    """Write the newest version of a month's report to `path`, the kind of file by its ending.

    Whole or not at all: a file that was there stays until the new one is complete. InvalidInput for an
    unknown ending, a month that is none or to come, or a missing folder; OSError when the disk fails.
    """
    target = Path(path)
    ending = target.suffix.lower()
    if ending not in ENDINGS:
        raise InvalidInput("report_ending_bad", field="out", name=target.name)
    require_begun(year, month)
    if target.is_dir():
        raise InvalidInput("report_is_folder", field="out", name=target.name)
    folder = target.parent
    if not folder.is_dir():
        raise InvalidInput("report_folder_missing", field="out", folder=str(folder))
    content = render(get_report(year, month), ending)
    handle, temporary = tempfile.mkstemp(prefix=".kesach-", suffix=ending, dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes it private; a report is handed around like any file of its folder.
        os.chmod(temporary, 0o644)
        os.replace(temporary, target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return target
