"""Staff accounts and their sessions: one function per use case. Devices: devices.py.

Secrets are never kept: passwords as argon2id, tokens as SHA-256 (they are long and random). Hashing
happens outside the write transaction, because it is slow on purpose. Next: pages.py.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from functools import lru_cache

import argon2

from library.access.model import Role, Staff
from library.access.rules import (
    PASSWORD_LENGTH,
    SEEN_EVERY,
    clean_login,
    generate_password,
    hash_token,
    is_weak_password,
    lock_length,
    minutes_left,
)
from library.access.tables import StaffAccount, StaffSession
from library.contract.codes import register_errors
from library.foundation.audit import SYSTEM, Actor, record_audit
from library.foundation.clock import now
from library.foundation.database import transaction
from library.foundation.errors import Conflict, Forbidden, InvalidInput, NotFound
from library.foundation.vietnamese import nfc

__all__ = ["generate_password"]  # offered here too: the command line needs only this module

SESSION_HOURS = 10

# OWASP's smaller profile: about 40 ms on a school computer.
_hasher = argon2.PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)

register_errors(
    {
        "login_bad": "Tên đăng nhập dài 2–64 ký tự, chỉ gồm chữ, số và các dấu . - _ @.",
        "display_name_missing": "Ghi họ tên người dùng tài khoản này.",
        "role_bad": "Không có quyền tên {role}. Chọn một trong: viewer, assistant, librarian, admin.",
        "staff_unknown": "Không có tài khoản {login}.",
        "password_wrong": "Mật khẩu đang dùng chưa đúng.",
        "last_admin": "Đây là tài khoản quản trị cuối cùng. Cấp quyền quản trị cho người khác trước.",
    }
)


@lru_cache(maxsize=1)
def _no_ones_hash() -> str:
    return _hasher.hash(secrets.token_urlsafe(16))


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


def as_actor(staff: Staff) -> Actor:
    """A member of staff as the audit names them."""
    return Actor("staff", staff.display_name, staff.id)


def _as_staff(row: StaffAccount, session_id: int | None = None) -> Staff:
    return Staff(
        id=row.id,
        login=row.login,
        display_name=row.display_name,
        role=row.role,
        must_change_password=row.must_change_password,
        disabled=row.disabled_at is not None,
        last_login_at=row.last_login_at,
        locked_until_at=row.locked_until_at,
        session_id=session_id,
    )


# ---------------------------------------------------------------- accounts


def create_staff(
    login: str, display_name: str, role: str, password: str, actor: Actor, *, must_change_password: bool = False
) -> Staff:
    """A new account. InvalidInput: login_bad, display_name_missing, role_bad, password_weak; Conflict: name_taken."""
    clean = clean_login(login)
    if clean is None:
        raise InvalidInput("login_bad", field="login")
    name = nfc(display_name)[:120]
    if not name:
        raise InvalidInput("display_name_missing", field="display_name")
    _check_role(role)
    check_password(password, clean, name)
    password_hash = _hasher.hash(password)
    with transaction():
        if StaffAccount.select().where(StaffAccount.login == clean).exists():
            raise Conflict("name_taken", field="login", name=clean)
        row = StaffAccount.create(
            login=clean, display_name=name, role=role, password_hash=password_hash,
            must_change_password=must_change_password, created_at=now(),
        )
        record_audit(actor, "staff.create", "staff", row.id, None, {"login": clean, "name": name, "role": role})
    return _as_staff(row)


def _check_role(role: str) -> None:
    if role not in tuple(Role):
        raise InvalidInput("role_bad", field="role", role=role)


def check_password(password: str, login: str = "", display_name: str = "") -> None:
    """InvalidInput password_weak when it is too short or too well known."""
    if is_weak_password(password, login, display_name):
        raise InvalidInput("password_weak", field="password", length=PASSWORD_LENGTH)


def _get_account(login: str) -> StaffAccount:
    row = StaffAccount.get_or_none(StaffAccount.login == (clean_login(login) or ""))
    if row is None:
        raise NotFound("staff_unknown", login=login)
    return row


def find_staff(login: str) -> Staff | None:
    """The account of that login."""
    row = StaffAccount.get_or_none(StaffAccount.login == (clean_login(login) or ""))
    return None if row is None else _as_staff(row)


def list_staff() -> list[Staff]:
    """All accounts, working ones first, by login."""
    rows = StaffAccount.select().order_by(StaffAccount.disabled_at.is_null(False), StaffAccount.login)
    return [_as_staff(row) for row in rows]


def _require_other_admin(row: StaffAccount) -> None:
    others = StaffAccount.select().where(
        StaffAccount.role == Role.ADMIN, StaffAccount.disabled_at.is_null(), StaffAccount.id != row.id
    )
    if row.role == Role.ADMIN and row.disabled_at is None and not others.exists():
        raise Conflict("last_admin", login=row.login)


def disable_staff(login: str, actor: Actor) -> Staff:
    """No more signing in, sessions end at once; the row stays for the audit. Conflict: last_admin."""
    with transaction():
        row = _get_account(login)
        if row.disabled_at is not None:
            return _as_staff(row)
        _require_other_admin(row)
        row.disabled_at = now()
        row.save(only=[StaffAccount.disabled_at])
        StaffSession.delete().where(StaffSession.account == row).execute()
        record_audit(actor, "staff.disable", "staff", row.id, {"disabled": False}, {"disabled": True})
    return _as_staff(row)


def enable_staff(login: str, actor: Actor) -> Staff:
    """Let a disabled account sign in again."""
    with transaction():
        row = _get_account(login)
        if row.disabled_at is None:
            return _as_staff(row)
        row.disabled_at = None
        row.failed_logins, row.locked_until_at = 0, None
        row.save()
        record_audit(actor, "staff.enable", "staff", row.id, {"disabled": True}, {"disabled": False})
    return _as_staff(row)


def update_staff(login: str, display_name: str, role: str, actor: Actor) -> Staff:
    """Change name and role. Conflict last_admin when the last admin would become something less."""
    _check_role(role)
    name = nfc(display_name)[:120]
    if not name:
        raise InvalidInput("display_name_missing", field="display_name")
    with transaction():
        row = _get_account(login)
        if role != Role.ADMIN:
            _require_other_admin(row)
        before = {"name": row.display_name, "role": row.role}
        after = {"name": name, "role": role}
        if before != after:
            row.display_name, row.role = name, role
            row.save(only=[StaffAccount.display_name, StaffAccount.role])
            record_audit(actor, "staff.update", "staff", row.id, before, after)
    return _as_staff(row)


def change_password(login: str, old: str, new: str, *, keep_session: int | None = None) -> None:
    """By the person. Other sessions of the account end. Forbidden: password_wrong, login_locked;
    InvalidInput: password_weak. Wrong old passwords count towards the lock-out."""
    row = _get_account(login)
    _refuse_while_locked(row)
    if not _verify(row.password_hash, old):
        _count_failure(row.id)
        raise Forbidden("password_wrong", field="old_password")
    check_password(new, row.login, row.display_name)
    _store_password(row.id, new, must_change=False, actor=Actor("staff", row.display_name, row.id), keep=keep_session)


def confirm_password(login: str, password: str, *, field: str) -> None:
    """Ask again for the password before something that opens doors. Forbidden: password_wrong, login_locked."""
    row = _get_account(login)
    _refuse_while_locked(row)
    if not _verify(row.password_hash, password):
        _count_failure(row.id)
        raise Forbidden("password_wrong", field=field)


def set_password(login: str, password: str, actor: Actor, *, must_change: bool = True) -> None:
    """By an admin or the command line: forgotten password. Ends all sessions and any lock-out."""
    row = _get_account(login)
    check_password(password, row.login, row.display_name)
    _store_password(row.id, password, must_change=must_change, actor=actor, keep=None)


def _store_password(account_id: int, password: str, *, must_change: bool, actor: Actor, keep: int | None) -> None:
    password_hash = _hasher.hash(password)
    with transaction():
        StaffAccount.update(
            password_hash=password_hash, must_change_password=must_change, failed_logins=0, locked_until_at=None
        ).where(StaffAccount.id == account_id).execute()
        others = StaffSession.account == account_id
        if keep is not None:
            others &= StaffSession.id != keep
        StaffSession.delete().where(others).execute()
        record_audit(actor, "staff.password", "staff", account_id, None, {"must_change": must_change})


# ---------------------------------------------------------------- signing in


def authenticate(
    login: str, password: str, user_agent: str = "", *, session_hours: int = SESSION_HOURS
) -> tuple[str, Staff]:
    """Sign in: (session token for the cookie, who). Forbidden login_failed or login_locked(minutes).

    An unknown login costs the same work as a wrong password. After 5 wrong ones the account is locked
    for 15 minutes, then twice as long for each further one, 4 hours at most.
    """
    row = StaffAccount.get_or_none(StaffAccount.login == (clean_login(login) or ""))
    if row is None or row.disabled_at is not None:
        _verify(_no_ones_hash(), password)
        raise Forbidden("login_failed")
    _refuse_while_locked(row)
    if not _verify(row.password_hash, password):
        _count_failure(row.id)
        raise Forbidden("login_failed")
    new_hash = _hasher.hash(password) if _hasher.check_needs_rehash(row.password_hash) else None
    token = secrets.token_urlsafe(32)
    instant = now()
    with transaction():
        row = StaffAccount.get_by_id(row.id)
        if row.disabled_at is not None:
            raise Forbidden("login_failed")
        _refuse_while_locked(row)
        row.failed_logins, row.locked_until_at, row.last_login_at = 0, None, instant
        if new_hash is not None:
            row.password_hash = new_hash
        row.save()
        StaffSession.delete().where(StaffSession.expires_at < instant).execute()
        session = StaffSession.create(
            account=row, token_hash=hash_token(token), created_at=instant,
            last_seen_at=instant, expires_at=instant + timedelta(hours=session_hours),
            user_agent=nfc(user_agent)[:200],
        )
        record_audit(Actor("staff", row.display_name, row.id), "staff.login", "staff", row.id)
    return token, _as_staff(row, session.id)


def _refuse_while_locked(row: StaffAccount) -> None:
    instant = now()
    if row.locked_until_at is not None and row.locked_until_at > instant:
        raise Forbidden("login_locked", minutes=minutes_left(row.locked_until_at, instant))


def _count_failure(account_id: int) -> None:
    with transaction():
        row = StaffAccount.get_by_id(account_id)
        row.failed_logins += 1
        wait = lock_length(row.failed_logins)
        if wait is not None:
            row.locked_until_at = now() + wait
            record_audit(
                SYSTEM, "staff.lock", "staff", row.id, None,
                {"failures": row.failed_logins, "minutes": int(wait.total_seconds() // 60)},
            )
        row.save(only=[StaffAccount.failed_logins, StaffAccount.locked_until_at])


def find_session(token: str) -> Staff | None:
    """Who is signed in with this token; None when it ended, ran out or never was.

    Each use moves the end of the session forward by its full length (written at most every 5 minutes).
    """
    if not token or len(token) > 200:
        return None
    row = (
        StaffSession.select(StaffSession, StaffAccount)
        .join(StaffAccount)
        .where(StaffSession.token_hash == hash_token(token))
        .get_or_none()
    )
    instant = now()
    if row is None or row.expires_at <= instant or row.account.disabled_at is not None:
        return None
    if instant - row.last_seen_at >= SEEN_EVERY:
        length = row.expires_at - row.last_seen_at
        with transaction():
            StaffSession.update(last_seen_at=instant, expires_at=instant + length).where(
                StaffSession.id == row.id
            ).execute()
    return _as_staff(row.account, row.id)


def end_session(token: str) -> None:
    """Sign out. Ending a session that is not there is fine."""
    with transaction():
        row = StaffSession.get_or_none(StaffSession.token_hash == hash_token(token))
        if row is not None:
            account = row.account
            row.delete_instance()
            record_audit(Actor("staff", account.display_name, account.id), "staff.logout", "staff", account.id)
