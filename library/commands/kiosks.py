"""`kesach kiosk-release`: programs that the core hands to kiosks."""

from __future__ import annotations

from pathlib import Path

import click

from library.commands.common import in_words, json_option, open_school, say, show_json
from library.foundation.audit import SYSTEM
from library.foundation.clock import iso_instant


@click.group("kiosk-release")
def kiosk_release() -> None:
    """Bản cập nhật cho quầy tự phục vụ."""


@kiosk_release.command("add")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def release_add(files: tuple[Path, ...]) -> None:
    """Thêm một bản: gói .whl, hoặc .zip chứa các gói. Chưa đưa cho quầy nào."""
    with in_words():
        settings = open_school()
        from library.fleet.releases import add_release

        version = add_release([(path.name, path.read_bytes()) for path in files], settings.files_dir, SYSTEM)
    say(f"Đã thêm bản {version}. Đưa cho quầy: kesach kiosk-release offer {version} --device TÊN_QUẦY")


@kiosk_release.command("offer")
@click.argument("version")
@click.option("--device", help="Chỉ quầy này; bỏ trống: mọi quầy.")
def release_offer(version: str, device: str | None) -> None:
    """Đưa một bản cho quầy; quầy cài khi rảnh, tự quay về bản trước nếu không chạy tốt."""
    with in_words():
        open_school()
        from library.fleet.releases import offer_release

        offer_release(version, SYSTEM, device)
    say(f"{device or 'Mọi quầy'} sẽ cài bản {version} khi rảnh.")


@kiosk_release.command("list")
@json_option
def release_list(as_json: bool) -> None:
    """Các bản đã thêm và đang đưa cho ai."""
    with in_words():
        settings = open_school()
        from library.fleet.releases import list_releases

        found = list_releases(settings.files_dir)
    if as_json:
        rows = [
            {
                "version": one.version, "added_at": iso_instant(one.added_at), "files": one.files, "size": one.size,
                "offered_to_all": one.offered_to_all, "offered_to": list(one.offered_to),
                "is_here": one.is_here,
            }
            for one in found
        ]  # fmt: skip
        show_json({"releases": rows})
        return
    for one in found:
        offered = "mọi quầy" if one.offered_to_all else ", ".join(one.offered_to) or "chưa quầy nào"
        click.echo(f"{one.version}\t{one.files} gói\t{offered}" + ("" if one.is_here else "\tthiếu gói: thêm lại"))
