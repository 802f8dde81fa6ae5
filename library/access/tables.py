"""Staff accounts, their sessions, and devices (kiosks). No rules."""

from __future__ import annotations

import peewee as pw

from library.foundation.database import BaseModel, InstantField, JsonField


class StaffAccount(BaseModel):
    login = pw.CharField(max_length=64, unique=True)
    display_name = pw.CharField(max_length=120)
    role = pw.CharField(max_length=16)  # viewer | assistant | librarian | admin
    password_hash = pw.CharField(max_length=255)
    must_change_password = pw.BooleanField(default=False)
    failed_logins = pw.IntegerField(default=0)
    locked_until_at = InstantField(null=True)
    disabled_at = InstantField(null=True)
    created_at = InstantField()
    last_login_at = InstantField(null=True)
    kiosk_pin_hash = pw.CharField(max_length=255, null=True)
    card_number = pw.CharField(max_length=32, null=True, unique=True)

    class Meta:
        table_name = "staff_account"


class StaffSession(BaseModel):
    """A signed-in browser. Only the hash of the cookie's token is kept."""

    account = pw.ForeignKeyField(StaffAccount, backref="sessions", on_delete="CASCADE")
    token_hash = pw.CharField(max_length=64, unique=True)
    created_at = InstantField()
    last_seen_at = InstantField()
    expires_at = InstantField()
    user_agent = pw.CharField(max_length=200, default="")

    class Meta:
        table_name = "staff_session"


class Device(BaseModel):
    """A kiosk or other machine with its own token; only the token's hash is kept."""

    name = pw.CharField(max_length=64, unique=True)
    profile = pw.CharField(max_length=16, default="kiosk")
    token_hash = pw.CharField(max_length=64, unique=True)
    created_at = InstantField()
    created_by = pw.CharField(max_length=120)
    revoked_at = InstantField(null=True)
    last_seen_at = InstantField(null=True)
    status = JsonField(null=True)  # last POST /api/v1/kiosk/status
    status_at = InstantField(null=True)


class EnrolmentCode(BaseModel):
    """A one-time code that a kiosk's installer exchanges for its token."""

    code_hash = pw.CharField(max_length=64, unique=True)
    device_name = pw.CharField(max_length=64)
    profile = pw.CharField(max_length=16, default="kiosk")
    created_at = InstantField()
    expires_at = InstantField()
    used_at = InstantField(null=True)

    class Meta:
        table_name = "enrolment_code"
