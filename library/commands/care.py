"""`kesach db`, `backup`, `restore`, `doctor`: keeping a school's data sound."""

from __future__ import annotations

from pathlib import Path

import click

from library.commands.common import (
    SURROUNDINGS,
    in_words,
    json_option,
    open_school,
    say,
    search_of,
    show_json,
)
from library.contract.codes import word
from library.foundation import preferences, schema
from library.settings import load_settings


@click.group()
def db() -> None:
    """Cơ sở dữ liệu."""


@db.command("upgrade")
@json_option
def db_upgrade(as_json: bool) -> None:
    """Nâng cấp cấu trúc dữ liệu (sao lưu trước)."""
    with in_words():
        settings = open_school(current=False)
        if schema.list_unknown():
            schema.require_current()
        pending = schema.list_pending()
        kept = None
        if pending and schema.runner().applied():
            from library.operations.backup import back_up

            kept = back_up(settings, any_schema=True)
            say(f"Đã sao lưu ra {kept}.")
        applied = schema.upgrade()
    say(f"Đã chạy {len(applied)} bước nâng cấp." if applied else "Cơ sở dữ liệu đã đúng phiên bản.")
    if as_json:
        show_json({"applied": applied, "backup": None if kept is None else str(kept)})


@db.command("check")
@json_option
def db_check(as_json: bool) -> None:
    """Xem có cần nâng cấp không."""
    with in_words():
        open_school(current=False)
        pending, unknown = schema.list_pending(), schema.list_unknown()
    if as_json:
        show_json({"pending": pending, "unknown": unknown})
    if unknown or pending:
        say(word("database_newer" if unknown else "database_pending"))
        raise SystemExit(SURROUNDINGS)
    say("Cơ sở dữ liệu đúng phiên bản.")


@click.command()
@click.argument("out", required=False, type=click.Path(path_type=Path))
def backup(out: Path | None) -> None:
    """Sao lưu cả trường vào một tệp."""
    with in_words():
        settings = open_school()
        from library.operations.backup import back_up

        path = back_up(settings, out)
    say("Đã sao lưu:")
    click.echo(str(path))


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Thay dữ liệu đang có (bản cũ được cất riêng).")
def restore(file: Path, replace: bool) -> None:
    """Khôi phục từ tệp sao lưu (kiểm tra trọn tệp trước)."""
    with in_words():
        settings = load_settings()
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        from library.operations.backup import restore as run

        counts = run(settings, file, replace=replace)
        preferences.forget_cache()
        with search_of(settings) as index:
            index.rebuild()
    say(f"Đã khôi phục {sum(counts.values())} dòng dữ liệu từ {file.name}.")


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Khám toàn bộ: dữ liệu, chỉ mục, ổ đĩa, đồng hồ, thiết bị."""
    with in_words():
        settings = open_school(current=False)
        from library.operations.doctor import as_json as to_json
        from library.operations.doctor import examine

        findings = examine(settings)
    marks = {"ok": "✓", "warning": "!", "error": "✗"}
    for finding in findings:
        say(f"{marks[finding.level]} {finding.seen} {finding.advice}".rstrip())
    if as_json:
        show_json(to_json(findings))
    if any(finding.level == "error" for finding in findings):
        raise SystemExit(SURROUNDINGS)
