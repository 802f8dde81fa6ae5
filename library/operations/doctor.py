"""`kesach doctor`: is everything sound? Each check says what it saw and, when not sound, what to do."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta

import peewee as pw

from catalog_imports.tables import ImportBatch
from library.access.tables import Device
from library.cataloguing.tables import Copy
from library.foundation import clock, outbox, schema
from library.foundation.database import database, is_sqlite
from library.foundation.tables import AuditEntry
from library.lending.tables import Hold, KioskConflict, Loan, Placement
from library.notices import outbox as mails
from library.searching.service import open_index
from library.settings import Settings

LEAST_FREE_MB = 500


@dataclass(frozen=True, slots=True)
class Finding:
    """`level`: ok | warning | error. `seen` and `advice` are Vietnamese sentences."""

    check: str
    level: str
    seen: str
    advice: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Run every check; a check that cannot run is itself an error finding."""
    findings: list[Finding] = []
    for check in (_schema, _database, _books_agree, _imports, _disk, _clock, _devices, _mails, _index):
        findings.extend(check(settings))
        if check is _schema and findings[-1].level == "error":
            break  # nothing else can be read
    return findings


def as_json(findings: list[Finding]) -> dict[str, object]:
    worst = "ok"
    for level in ("warning", "error"):
        if any(finding.level == level for finding in findings):
            worst = level
    return {"status": worst, "checks": [asdict(finding) for finding in findings]}


def _schema(settings: Settings) -> Iterator[Finding]:
    unknown, pending = schema.list_unknown(), schema.list_pending()
    if unknown:
        yield Finding("schema", "error", "Dữ liệu thuộc phiên bản mới hơn chương trình.", "Cập nhật chương trình.")
    elif pending:
        yield Finding("schema", "error", f"Còn {len(pending)} bước nâng cấp chưa chạy.", "Chạy: kesach db upgrade")
    else:
        yield Finding("schema", "ok", "Cấu trúc dữ liệu đúng phiên bản.")


def _database(settings: Settings) -> Iterator[Finding]:
    if is_sqlite():
        problems = [row[0] for row in database.execute_sql("PRAGMA integrity_check").fetchall() if row[0] != "ok"]
        broken = database.execute_sql("PRAGMA foreign_key_check").fetchall()
        if problems or broken:
            yield Finding(
                "database",
                "error",
                f"Tệp dữ liệu hỏng: {len(problems)} lỗi cấu trúc, {len(broken)} liên kết gãy.",
                "Ngừng ghi, sao chép tệp kesach.db để giữ lại, rồi khôi phục bản sao lưu gần nhất.",
            )
            return
    else:
        database.execute_sql("SELECT 1").fetchone()
    yield Finding("database", "ok", "Cơ sở dữ liệu toàn vẹn.")


def _books_agree(settings: Settings) -> Iterator[Finding]:
    """What no constraint can say alone: figures of loans, copies and units must agree."""
    contradictions = {
        "bản đã thanh lý vẫn ghi đang cho mượn": Loan.select()
        .join(Copy)
        .where(Loan.returned_at.is_null(), Copy.status == "withdrawn"),
        "bản đã thanh lý vẫn nằm trong góc lớp hoặc tủ lưu động": Placement.select()
        .join(Copy)
        .where(Placement.removed_at.is_null(), Copy.status == "withdrawn"),
        "lượt mượn trong góc lớp của bản không còn ở góc lớp đó": Loan.select().where(
            Loan.returned_at.is_null(), Loan.purpose == "unit", ~pw.fn.EXISTS(_stands_there())
        ),
        "lượt mượn trả trước khi mượn": Loan.select().where(Loan.returned_at < Loan.loaned_at),
        "lượt đang mượn không còn tên bạn đọc": Loan.select().where(
            Loan.returned_at.is_null(), Loan.reader.is_null()
        ),
        "sách đang giữ tại quầy cho đặt mượn nhưng ghi là có người mượn": Hold.select()
        .join(Loan, on=(Loan.copy == Hold.ready_copy))
        .where(Hold.status == "ready", Loan.returned_at.is_null()),
    }
    bad = 0
    for what, query in contradictions.items():
        count = query.count()
        if count:
            bad += 1
            yield Finding("agreement", "error", f"{count} {what}.", "Mở bản sách đó ở Biên mục để sửa trạng thái.")
    if not bad:
        yield Finding("agreement", "ok", "Sách, lượt mượn và nơi giữ khớp nhau.")
    conflicts = KioskConflict.select().where(KioskConflict.resolved_at.is_null()).count()
    if conflicts:
        yield Finding(
            "conflicts",
            "warning",
            f"{conflicts} việc từ quầy tự phục vụ chờ cán bộ thư viện xử lý.",
            "Mở trang Hôm nay, Việc từ quầy tự phục vụ.",
        )


def _stands_there() -> pw.Query:
    return Placement.select(pw.Value(1)).where(
        Placement.copy == Loan.copy, Placement.unit == Loan.unit, Placement.removed_at.is_null()
    )


def _imports(settings: Settings) -> Iterator[Finding]:
    running = ImportBatch.select().where(ImportBatch.status == "running").count()
    if running:
        yield Finding(
            "imports",
            "warning",
            f"{running} đợt nhập dữ liệu dừng giữa chừng.",
            "Nhập lại đúng tệp đó để nhập tiếp, hoặc hoàn tác đợt nhập (kesach import undo).",
        )
    else:
        yield Finding("imports", "ok", "Không có đợt nhập nào dở dang.")


def _disk(settings: Settings) -> Iterator[Finding]:
    free_mb = shutil.disk_usage(settings.data_dir).free // 2**20
    if free_mb < LEAST_FREE_MB:
        yield Finding("disk", "error", f"Ổ đĩa chỉ còn {free_mb} MB.", "Dọn bớt tệp trên ổ đĩa này.")
    else:
        yield Finding("disk", "ok", f"Ổ đĩa còn {free_mb} MB trống.")


def _clock(settings: Settings) -> Iterator[Finding]:
    newest = AuditEntry.select(pw.fn.MAX(AuditEntry.at)).scalar()
    newest = AuditEntry.at.python_value(newest)
    if newest is not None and newest > clock.now() + timedelta(minutes=10):
        yield Finding(
            "clock", "error", "Đồng hồ máy chủ chậm hơn lần ghi gần nhất.", "Đặt lại ngày giờ của máy chủ rồi chạy lại."
        )
    else:
        yield Finding("clock", "ok", f"Đồng hồ: {clock.local_time(clock.now()):%H:%M %d/%m/%Y}.")


def _devices(settings: Settings) -> Iterator[Finding]:
    devices = list(Device.select().where(Device.revoked_at.is_null()))
    silent = [
        device.name
        for device in devices
        if device.last_seen_at is not None and clock.now() - device.last_seen_at > timedelta(days=2)
    ]
    if silent:
        yield Finding(
            "devices",
            "warning",
            f"Thiết bị lâu không liên lạc: {', '.join(silent)}.",
            "Kiểm tra nguồn và mạng của thiết bị.",
        )
    else:
        yield Finding("devices", "ok", f"{len(devices)} thiết bị đang dùng.")


def _mails(settings: Settings) -> Iterator[Finding]:
    failed, retrying = mails.count_failed(), mails.count_retrying()
    if failed:
        yield Finding(
            "mails",
            "warning",
            f"{failed} thư nhắc không gửi được và không tự gửi lại nữa.",
            "Mở Nhắc trả sách, Thư đã viết: xem lý do ở từng thư, rồi bấm Gửi lại hoặc Huỷ.",
        )
    if retrying:
        yield Finding(
            "mails",
            "warning",
            f"{retrying} thư nhắc chưa gửi được, máy sẽ thử lại.",
            "Kiểm tra mạng và các mục mail_ trong kesach.toml; lý do ghi ở Nhắc trả sách, Thư đã viết."
            if settings.can_mail
            else "Đặt lại mail_server và mail_from trong kesach.toml rồi khởi động lại.",
        )
    if not failed and not retrying:
        yield Finding("mails", "ok", "Không có thư nhắc nào bị kẹt.")


def _index(settings: Settings) -> Iterator[Finding]:
    index = open_index(settings.index_dir)
    try:
        index.drain()
        report = index.check()
    finally:
        index.close()
    if report.is_clean:
        yield Finding("index", "ok", f"Chỉ mục tìm kiếm khớp {report.records} biểu ghi.")
    else:
        yield Finding(
            "index",
            "error",
            f"Chỉ mục lệch: thiếu {len(report.missing)}, thừa {len(report.surplus)}, "
            f"sai {len(report.different)} biểu ghi.",
            "Chạy: kesach index rebuild",
        )
    waiting = outbox.count_pending()
    if waiting:
        yield Finding("jobs", "warning", f"{waiting} việc lập chỉ mục đang chờ.", "Chạy: kesach index rebuild")
