"""Who may do what: roles, and the plain shapes of a signed-in member of staff and of a device.

Pure. Next: rules.py (passwords, lock-out), service.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from library.foundation.clock import iso_instant, local_time


class Role(StrEnum):
    """Each role may do what the ones before it may: viewer < assistant < librarian < admin."""

    VIEWER = "viewer"
    ASSISTANT = "assistant"
    LIBRARIAN = "librarian"
    ADMIN = "admin"


ROLE_LABELS: dict[str, str] = {
    Role.VIEWER: "Chỉ xem",
    Role.ASSISTANT: "Cộng tác viên",
    Role.LIBRARIAN: "Cán bộ thư viện",
    Role.ADMIN: "Quản trị",
}
ROLE_HELP: dict[str, str] = {
    Role.VIEWER: "Xem số liệu và báo cáo, không thay đổi gì. Hợp với ban giám hiệu.",
    Role.ASSISTANT: "Cho mượn, nhận trả, ghi lượt đọc. Hợp với học sinh, giáo viên trực thư viện.",
    Role.LIBRARIAN: "Làm mọi việc của thư viện: biên mục, bạn đọc, báo cáo, nhập dữ liệu.",
    Role.ADMIN: "Thêm quyền quản lý tài khoản, thiết bị và cài đặt.",
}
_ORDER = tuple(Role)

DEVICE_PROFILES: dict[str, str] = {
    "kiosk": "Quầy tự phục vụ",
    "mobile": "Điện thoại tại tủ lưu động",
}


def allows(role: str, needed: str) -> bool:
    """True when `role` is `needed` or stands above it. ValueError for a role that does not exist."""
    return _ORDER.index(Role(role)) >= _ORDER.index(Role(needed))


@dataclass(frozen=True, slots=True)
class Staff:
    """An account as the pages know it. `session_id` is set when it came out of a session."""

    id: int
    login: str
    display_name: str
    role: str
    must_change_password: bool = False
    disabled: bool = False
    last_login_at: datetime | None = None
    locked_until_at: datetime | None = None
    session_id: int | None = None

    def as_json(self) -> dict[str, Any]:
        """For `kesach staff list --json`: no secrets."""
        return {
            "login": self.login,
            "display_name": self.display_name,
            "role": self.role,
            "disabled": self.disabled,
            "last_login_at": iso_instant(self.last_login_at) if self.last_login_at else None,
        }


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """A device without its secret. `status` is what it last said about itself."""

    id: int
    name: str
    profile: str
    created_at: datetime
    created_by: str
    revoked_at: datetime | None
    last_seen_at: datetime | None
    status: dict[str, Any] | None
    status_at: datetime | None

    @property
    def revoked(self) -> bool:
        return self.revoked_at is not None

    @property
    def last_seen_text(self) -> str:
        """09:41 06/12/2026, or that it never called."""
        return f"{local_time(self.last_seen_at):%H:%M %d/%m/%Y}" if self.last_seen_at else "chưa liên lạc"

    def as_json(self) -> dict[str, Any]:
        """For `kesach device list --json`: no secrets."""
        return {
            "name": self.name,
            "profile": self.profile,
            "revoked": self.revoked,
            "created_at": iso_instant(self.created_at),
            "last_seen_at": iso_instant(self.last_seen_at) if self.last_seen_at else None,
            "status": self.status,
        }
