"""`kesach init` and `kesach serve`."""

from __future__ import annotations

import getpass
import os
import sys

import click

from library.commands.common import UNUSABLE, Stop, in_words, open_school, say, search_of
from library.contract.codes import word
from library.foundation import database, preferences, schema
from library.foundation.audit import SYSTEM
from library.foundation.errors import KesachError
from library.settings import load_settings


@click.command()
@click.option("--demo", is_flag=True, help="Nạp một trường mẫu để xem thử (lần nào cũng như nhau).")
@click.option("--admin", "admin_name", default="thuthu", show_default=True, help="Tên đăng nhập của thủ thư đầu tiên.")
def init(demo: bool, admin_name: str) -> None:
    """Tạo thư mục dữ liệu, cơ sở dữ liệu và tài khoản đầu tiên."""
    with in_words():
        settings = load_settings()
        for folder in (settings.data_dir, settings.files_dir, settings.backups_dir, settings.logs_dir):
            folder.mkdir(parents=True, exist_ok=True)
        toml = settings.data_dir / "kesach.toml"
        if not toml.exists():
            toml.write_text("# Cấu hình kỹ thuật của Kệ Sách. Các mục: docs/configuration.md\n", "utf-8")
        database.connect(settings.database)
        preferences.forget_cache()
        schema.upgrade()

        from library.access import service as access
        from library.foundation.calendar import current_year
        from library.foundation.database import transaction
        from library.lending.policies import ensure_default_policies

        if access.list_staff():
            raise Stop("Trường này đã được khởi tạo. Thêm tài khoản bằng: kesach staff add", UNUSABLE)
        password, printed = _first_password()
        access.create_staff(admin_name, "Quản trị thư viện", "admin", password, SYSTEM, must_change_password=printed)
        with transaction():
            current_year()
        ensure_default_policies()
        from library.cataloguing.service import ensure_default_collections

        ensure_default_collections(SYSTEM)
        if demo:
            from library.contract.staff_pin import DEMO_CARD, DEMO_PIN
            from library.demo.kiosk_staff import open_demo_kiosks
            from library.demo.school import fill_demo

            fill_demo(actor=SYSTEM, progress=say)
            open_demo_kiosks(admin_name)
            say(f"Ở quầy tự phục vụ của trường mẫu: thẻ cán bộ {DEMO_CARD}, PIN {DEMO_PIN}.")
        with search_of(settings) as index:
            index.rebuild()
        say(f"Đã tạo xong dữ liệu ở {settings.data_dir}.")
        if printed:
            say(f"Tên đăng nhập: {admin_name}. Mật khẩu dùng một lần (in một lần duy nhất, đổi ngay khi đăng nhập):")
            click.echo(password)


def _first_password() -> tuple[str, bool]:
    """(password, was it made here and must be printed)."""
    from library.access.service import check_password, generate_password

    given = os.environ.get("KESACH_ADMIN_PASSWORD")
    if given is not None:
        check_password(given)
        return given, False
    if sys.stdin.isatty():
        while True:
            first = getpass.getpass("Mật khẩu cho tài khoản đầu tiên: ")
            try:
                check_password(first)
            except KesachError as error:
                say(word(error.code, error.params))
                continue
            if first == getpass.getpass("Nhập lại mật khẩu: "):
                return first, False
            say("Hai lần nhập khác nhau. Nhập lại.")
    return generate_password(), True


@click.command()
@click.option("--host", help="Địa chỉ lắng nghe (mặc định 127.0.0.1; 0.0.0.0 cho cả mạng LAN).")
@click.option("--port", type=click.IntRange(1, 65535), help="Cổng (mặc định 8000).")
def serve(host: str | None, port: int | None) -> None:
    """Chạy máy chủ: trang thủ thư /staff/, tra cứu /, API /api/v1/."""
    with in_words():
        settings = open_school()
        from library.operations.serving import serve_forever

        serve_forever(settings, host or settings.host, port or settings.port, announce=say)
