"""`kesach staff` and `kesach device`."""

from __future__ import annotations

import os

import click

from library.commands.common import in_words, json_option, open_school, say, show_json
from library.foundation.audit import SYSTEM


@click.group()
def device() -> None:
    """Thiết bị (quầy tự phục vụ)."""


@device.command("add")
@click.argument("name")
@click.option("--profile", default="kiosk", show_default=True)
def device_add(name: str, profile: str) -> None:
    """Thêm thiết bị; mã của nó in một lần, ở dòng cuối."""
    with in_words():
        open_school()
        from library.access.devices import add_device

        token = add_device(name, profile, SYSTEM)
    say(f"Thiết bị {name} đã được thêm. Mã (chỉ in lần này):")
    click.echo(token)


@device.command("list")
@json_option
def device_list(as_json: bool) -> None:
    """Các thiết bị và lần liên lạc gần nhất."""
    with in_words():
        open_school()
        from library.access.devices import list_devices

        devices = list_devices()
    if as_json:
        show_json({"devices": [item.as_json() for item in devices]})
        return
    for item in devices:
        state = "đã thu hồi" if item.revoked else "đang dùng"
        click.echo(f"{item.name}\t{item.profile}\t{state}\t{item.last_seen_text}")


@device.command("revoke")
@click.argument("name")
def device_revoke(name: str) -> None:
    """Thu hồi mã của thiết bị."""
    with in_words():
        open_school()
        from library.access.devices import revoke_device

        revoke_device(name, SYSTEM)
    say(f"Đã thu hồi mã của {name}.")


@click.group()
def staff() -> None:
    """Tài khoản thủ thư."""


@staff.command("add")
@click.argument("name")
@click.option("--role", required=True, type=click.Choice(["librarian", "assistant", "viewer", "admin"]))
@click.option("--display-name", help="Họ tên hiện trên trang.")
def staff_add(name: str, role: str, display_name: str | None) -> None:
    """Thêm tài khoản; mật khẩu dùng một lần in ở dòng cuối."""
    with in_words():
        open_school()
        from library.access.service import create_staff, generate_password

        given = os.environ.get("KESACH_STAFF_PASSWORD")
        password = given or generate_password()
        create_staff(name, display_name or name, role, password, SYSTEM, must_change_password=given is None)
    say(f"Đã thêm {name}.")
    if "KESACH_STAFF_PASSWORD" not in os.environ:
        say("Mật khẩu dùng một lần:")
        click.echo(password)


@staff.command("list")
@json_option
def staff_list(as_json: bool) -> None:
    """Các tài khoản."""
    with in_words():
        open_school()
        from library.access.service import list_staff

        people = list_staff()
    if as_json:
        show_json({"staff": [person.as_json() for person in people]})
        return
    for person in people:
        click.echo(f"{person.login}\t{person.role}\t{person.display_name}\t{'đã khoá' if person.disabled else ''}")


@staff.command("password")
@click.argument("name")
def staff_password(name: str) -> None:
    """Đặt lại mật khẩu; mật khẩu mới in ở dòng cuối."""
    with in_words():
        open_school()
        from library.access.service import generate_password, set_password

        password = os.environ.get("KESACH_STAFF_PASSWORD") or generate_password()
        set_password(name, password, SYSTEM)
    say(f"Đã đặt lại mật khẩu của {name}.")
    if "KESACH_STAFF_PASSWORD" not in os.environ:
        click.echo(password)


@staff.command("disable")
@click.argument("name")
def staff_disable(name: str) -> None:
    """Khoá tài khoản và đăng xuất khỏi mọi máy."""
    with in_words():
        open_school()
        from library.access.service import disable_staff

        disable_staff(name, SYSTEM)
    say(f"Đã khoá tài khoản {name}.")
