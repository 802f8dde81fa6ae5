"""Accounts, sign-in, lock-out, sessions and device tokens, on both databases."""

from __future__ import annotations

import re
import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from library.access import devices, rules, service
from library.access.model import Role, allows
from library.access.tables import Device, StaffAccount, StaffSession
from library.foundation.audit import SYSTEM
from library.foundation.clock import clock_at
from library.foundation.errors import Conflict, Forbidden, InvalidInput, NotFound
from library.foundation.tables import AuditEntry

PASSWORD = "hoa-phượng-đỏ-7"
START = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


def add(login: str = "lan", role: str = "librarian", password: str = PASSWORD):
    return service.create_staff(login, "Nguyễn Thị Lan", role, password, SYSTEM)


def test_roles_stand_in_one_order() -> None:
    names = [role.value for role in Role]
    for i, held in enumerate(names):
        for j, needed in enumerate(names):
            assert allows(held, needed) == (i >= j)
    with pytest.raises(ValueError):
        allows("root", "viewer")


def test_sign_in_and_out(database: str) -> None:
    add("Lan.TV")
    token, staff = service.authenticate("  lan.tv ", PASSWORD, "Firefox")
    assert (staff.login, staff.role, staff.display_name) == ("lan.tv", "librarian", "Nguyễn Thị Lan")
    found = service.find_session(token)
    assert found is not None and found.id == staff.id
    service.end_session(token)
    assert service.find_session(token) is None
    service.end_session(token)  # twice is fine
    assert service.find_session("") is None
    assert service.find_session("x" * 5000) is None


def test_nothing_secret_is_kept(sqlite_database: str) -> None:
    add()
    token, _ = service.authenticate("lan", PASSWORD)
    device_token = devices.add_device("Quầy 1", "kiosk", SYSTEM)
    stored = "\n".join(
        str(row) for model in (StaffAccount, StaffSession, Device, AuditEntry) for row in model.select().tuples()
    )
    for secret in (PASSWORD, token, device_token):
        assert secret not in stored


@pytest.mark.parametrize(
    ("login", "name", "role", "password", "code"),
    [
        ("a", "Lan", "viewer", PASSWORD, "login_bad"),
        ("cô lan", "Lan", "viewer", PASSWORD, "login_bad"),
        ("lan", "  ", "viewer", PASSWORD, "display_name_missing"),
        ("lan", "Lan", "root", PASSWORD, "role_bad"),
        ("lan", "Lan", "viewer", "ngắn", "password_weak"),
        ("lan", "Lan", "viewer", "matkhau123", "password_weak"),
    ],
)
def test_unusable_accounts_are_refused(sqlite_database, login, name, role, password, code) -> None:
    with pytest.raises(InvalidInput) as caught:
        service.create_staff(login, name, role, password, SYSTEM)
    assert caught.value.code == code
    assert StaffAccount.select().count() == 0


def test_a_login_is_given_once(database: str) -> None:
    add("lan")
    with pytest.raises(Conflict) as caught:
        add("LAN")
    assert caught.value.code == "name_taken"


@pytest.mark.parametrize(
    "password",
    ["", "123456789", "1234567890", "Password123", "mật khẩu 123", "thuvien2026", "aaaaaaaaaaaa", "abababababab",
     "lan", "nguyenthilan1", "Nguyễn Thị Lan", "          ", "lan1234567890"],
)
def test_passwords_everyone_would_try(password: str) -> None:
    assert rules.is_weak_password(password, "lan", "Nguyễn Thị Lan")


@settings(max_examples=50, deadline=None)
@given(st.integers())
def test_made_passwords_are_never_weak(_: int) -> None:
    password = rules.generate_password()
    assert not rules.is_weak_password(password, "lan", "Lan")
    assert re.fullmatch(r"[a-z2-9]{4}(-[a-z2-9]{4}){2}", password)


@given(st.integers(min_value=0, max_value=500))
def test_lock_grows_and_stays_bounded(failures: int) -> None:
    wait = rules.lock_length(failures)
    if failures < rules.FREE_FAILURES:
        assert wait is None
    else:
        assert wait is not None and rules.FIRST_LOCK <= wait <= rules.LONGEST_LOCK
        assert wait <= (rules.lock_length(failures + 1) or wait)


def fail(times: int, login: str = "lan") -> list[str]:
    codes = []
    for _ in range(times):
        with pytest.raises(Forbidden) as caught:
            service.authenticate(login, "sai mật khẩu")
        codes.append(caught.value.code)
    return codes


def test_lock_out_after_five_and_longer_after_each_more(database: str) -> None:
    add()
    with clock_at(START):
        assert fail(5) == ["login_failed"] * 5
        with pytest.raises(Forbidden) as caught:
            service.authenticate("lan", PASSWORD)  # even the right one must wait
        assert (caught.value.code, caught.value.params) == ("login_locked", {"minutes": 15})
    with clock_at(START + timedelta(minutes=14, seconds=30)):
        with pytest.raises(Forbidden) as caught:
            service.authenticate("lan", PASSWORD)
        assert caught.value.params == {"minutes": 1}
    with clock_at(START + timedelta(minutes=16)):
        assert fail(1) == ["login_failed"]  # one more: 30 minutes
    with clock_at(START + timedelta(minutes=40)):
        assert fail(1) == ["login_locked"]
    with clock_at(START + timedelta(minutes=47)):
        token, _ = service.authenticate("lan", PASSWORD)
        assert service.find_session(token)
        assert fail(4) == ["login_failed"] * 4  # counted anew after a right one
        service.authenticate("lan", PASSWORD)


def test_an_unknown_login_is_told_no_more_than_a_wrong_password(sqlite_database: str) -> None:
    assert fail(7, "ai-do") == ["login_failed"] * 7
    assert fail(1, "có dấu cách") == ["login_failed"]


def test_session_slides_with_use_and_ends_without(database: str) -> None:
    add()
    with clock_at(START):
        token, _ = service.authenticate("lan", PASSWORD, session_hours=2)
    with clock_at(START + timedelta(minutes=90)):
        assert service.find_session(token)
    with clock_at(START + timedelta(minutes=200)):
        assert service.find_session(token)
    with clock_at(START + timedelta(minutes=321)):
        assert service.find_session(token) is None


def test_seen_is_written_at_most_every_five_minutes(sqlite_database: str) -> None:
    add()
    with clock_at(START):
        token, _ = service.authenticate("lan", PASSWORD)
    for minute in (1, 2, 4):
        with clock_at(START + timedelta(minutes=minute)):
            service.find_session(token)
    assert StaffSession.get().last_seen_at == START


def test_change_password_ends_other_sessions_only(database: str) -> None:
    add()
    first, _ = service.authenticate("lan", PASSWORD)
    second, staff = service.authenticate("lan", PASSWORD)
    with pytest.raises(Forbidden) as caught:
        service.change_password("lan", "không phải", "một câu rất mới 9", keep_session=staff.session_id)
    assert caught.value.code == "password_wrong"
    service.change_password("lan", PASSWORD, "một câu rất mới 9", keep_session=staff.session_id)
    assert service.find_session(first) is None
    assert service.find_session(second)
    service.authenticate("lan", "một câu rất mới 9")
    with pytest.raises(Forbidden):
        service.authenticate("lan", PASSWORD)


def test_a_forgotten_password_is_set_anew_and_must_be_changed(database: str) -> None:
    add()
    fail(5)
    fresh = service.generate_password()
    service.set_password("lan", fresh, SYSTEM)
    _, staff = service.authenticate("lan", fresh)
    assert staff.must_change_password
    service.change_password("lan", fresh, PASSWORD)
    assert not service.authenticate("lan", PASSWORD)[1].must_change_password


def test_disabling_ends_sessions_at_once(database: str) -> None:
    add()
    token, _ = service.authenticate("lan", PASSWORD)
    service.disable_staff("lan", SYSTEM)
    assert service.find_session(token) is None
    assert fail(1) == ["login_failed"]
    service.enable_staff("lan", SYSTEM)
    assert service.find_session(token) is None
    service.authenticate("lan", PASSWORD)


def test_the_last_admin_stays(database: str) -> None:
    add("quan.tri", "admin")
    for attempt in (
        lambda: service.disable_staff("quan.tri", SYSTEM),
        lambda: service.update_staff("quan.tri", "Lan", "librarian", SYSTEM),
    ):
        with pytest.raises(Conflict) as caught:
            attempt()
        assert caught.value.code == "last_admin"
    add("hieu.pho", "admin")
    service.disable_staff("quan.tri", SYSTEM)
    with pytest.raises(Conflict):
        service.disable_staff("hieu.pho", SYSTEM)
    shown = [(staff.login, staff.disabled) for staff in service.list_staff()]
    assert shown == [("hieu.pho", False), ("quan.tri", True)]


def test_two_admins_disabling_each_other_leave_one(sqlite_database: str) -> None:
    add("mot", "admin")
    add("hai", "admin")
    refused: list[str] = []
    start = threading.Barrier(2)

    def disable(login: str) -> None:
        start.wait()
        try:
            service.disable_staff(login, SYSTEM)
        except Conflict as error:
            refused.append(error.code)
        finally:
            StaffAccount._meta.database.close()

    threads = [threading.Thread(target=disable, args=(login,)) for login in ("mot", "hai")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == ["last_admin"]
    assert StaffAccount.select().where(StaffAccount.disabled_at.is_null()).count() == 1


def test_unknown_accounts_and_devices(sqlite_database: str) -> None:
    with pytest.raises(NotFound):
        service.disable_staff("ai", SYSTEM)
    with pytest.raises(NotFound):
        devices.revoke_device("Quầy 9", SYSTEM)
    assert service.find_staff("ai") is None


def test_device_token_lives_until_revoked(database: str) -> None:
    token = devices.add_device("Quầy cửa chính", "kiosk", SYSTEM)
    device = devices.find_device(token)
    assert device is not None and device.name == "Quầy cửa chính"
    assert devices.find_device(token[:-1]) is None
    with pytest.raises(Conflict):
        devices.add_device("Quầy cửa chính", "kiosk", SYSTEM)
    with pytest.raises(InvalidInput):
        devices.add_device("Quầy 2", "tivi", SYSTEM)
    devices.touch_device(device, {"printer": "paper_out"})
    assert devices.list_devices()[0].status == {"printer": "paper_out"}
    devices.revoke_device("Quầy cửa chính", SYSTEM)
    assert devices.find_device(token) is None
    again = devices.add_device("Quầy cửa chính", "kiosk", SYSTEM)
    found = devices.find_device(again)
    assert found is not None and found.id == device.id and found.status is None
    assert devices.find_device(token) is None


def test_every_change_is_audited(sqlite_database: str) -> None:
    add("lan")
    add("chi", "admin")
    service.update_staff("lan", "Lê Lan", "assistant", SYSTEM)
    service.update_staff("lan", "Lê Lan", "assistant", SYSTEM)  # nothing changed, nothing written
    service.authenticate("lan", PASSWORD)
    service.disable_staff("lan", SYSTEM)
    devices.add_device("Quầy", "kiosk", SYSTEM)
    devices.revoke_device("Quầy", SYSTEM)
    assert [row.action for row in AuditEntry.select().order_by(AuditEntry.id)] == [
        "staff.create", "staff.create", "staff.update", "staff.login", "staff.disable", "device.add", "device.revoke",
    ]
