"""`kesach import`, `export`, `index`, `report`: data coming in and going out."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import click

from library.commands.common import (
    SOME_REFUSED,
    UNUSABLE,
    Stop,
    in_words,
    json_option,
    open_school,
    say,
    search_of,
    show_json,
)
from library.foundation.audit import SYSTEM
from library.settings import Settings


@click.group("import")
def import_group() -> None:
    """Nhập biểu ghi MARC, danh mục sách, danh sách bạn đọc."""


_files = click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))


def _run_imports(
    files: tuple[Path, ...], as_json: bool, run: Callable[[Settings, Path, Callable[[int, int], None]], dict[str, Any]]
) -> None:
    """Import each file in turn; one result for one file, a list under "results" for several (a file that
    cannot be used is {"source", "error"} there, and the exit code is 1 unless none could)."""
    from tqdm import tqdm

    results: list[dict[str, Any]] = []
    unusable: list[Stop] = []
    with in_words():
        settings = open_school()
        for file in files:
            if not file.is_file():
                raise Stop(f"Không có tệp {file}.", UNUSABLE)
        with search_of(settings):
            for file in files:
                with tqdm(
                    total=None, unit=" mục", desc=file.name, disable=not sys.stderr.isatty(), leave=False
                ) as bar:

                    def progress(done: int, total: int, bar: Any = bar) -> None:
                        bar.total = total or None
                        bar.update(done - bar.n)

                    try:
                        with in_words():
                            results.append(run(settings, file, progress))
                    except Stop as stop:
                        # One file that cannot be used stops neither those before nor those after it.
                        if len(files) == 1 or stop.exit_code != UNUSABLE:
                            raise
                        unusable.append(stop)
                        results.append({"source": file.name, "error": stop.message})
    for result in results:
        _say_result(result)
    if unusable and len(unusable) == len(files):
        raise Stop("Không tệp nào dùng được; chưa có gì thay đổi.", UNUSABLE)
    if as_json:
        show_json(results[0] if len(files) == 1 else {"results": results})
    if unusable or any(result["rejected"] for result in results):
        raise SystemExit(SOME_REFUSED)


def _say_result(result: dict[str, Any]) -> None:
    if "error" in result:
        say(f"{result['source']}: không nhập. {result['error']}")
        return
    tail = " (chạy thử, chưa ghi gì)" if result["dry_run"] else f" – đợt {result['batch']}"
    say(
        f"{result['source']}: đọc {result['read']}, mới {result['created']}, cập nhật {result['updated']}, "
        f"như cũ {result['unchanged']}, trùng {result['duplicates']}, không nhận {result['rejected']}{tail}."
    )
    if result["copies_created"] and not result["dry_run"]:
        _say_numbers(result["batch"])
    for problem in result["problems"][:10]:
        say(f"  {'Mục' if problem.get('row') is None else 'Dòng'} "
            f"{problem.get('row') or problem.get('position')}: {problem['message']}")
    if len(result["problems"]) > 10:
        say(f"  … và {len(result['problems']) - 10} ghi chú nữa.")
    if result.get("problems_file"):
        say(f"  Danh sách đầy đủ: {result['problems_file']}")


def _say_numbers(batch: str) -> None:
    """What to write on the spines of the copies that were made."""
    from catalog_imports.batch_books import list_ranges
    from catalog_imports.service import get_batch

    for one in list_ranges(get_batch(batch)):
        say(f"  Số ĐKCB kho {one.collection}: {one.numbers} ({one.copies} bản)")


@import_group.command("marc")
@_files
@click.option("--profile", help="Bảng mã của tệp khi tự nhận không đúng: auto, utf-8, marc-8, cp1258, tcvn3, vni.")
@click.option("--dry-run", is_flag=True, help="Chỉ xem sẽ nhập gì, không ghi.")
@json_option
def import_marc(files: tuple[Path, ...], profile: str | None, dry_run: bool, as_json: bool) -> None:
    """ISO 2709 hoặc MARCXML, tự phân biệt theo nội dung."""
    from catalog_imports.service import import_marc as run

    _run_imports(
        files,
        as_json,
        lambda settings, file, progress: run(
            settings, file, profile=profile, dry_run=dry_run, actor=SYSTEM, progress=progress
        ),
    )


@import_group.command("books")
@_files
@click.option("--mapping", type=click.Path(path_type=Path), help="Tệp JSON/TOML: tên cột nào là gì.")
@click.option("--dry-run", is_flag=True, help="Chỉ xem sẽ nhập gì, không ghi.")
@json_option
def import_books(files: tuple[Path, ...], mapping: Path | None, dry_run: bool, as_json: bool) -> None:
    """Danh mục sách .xlsx hoặc .csv."""
    from catalog_imports.service import import_books as run

    _run_imports(
        files,
        as_json,
        lambda settings, file, progress: run(
            settings, file, mapping=mapping, dry_run=dry_run, actor=SYSTEM, progress=progress
        ),
    )


@import_group.command("readers")
@_files
@click.option("--school-year", help="Năm học, ví dụ 2026-2027 (mặc định: năm học hiện tại).")
@click.option("--dry-run", is_flag=True, help="Chỉ xem sẽ nhập gì, không ghi.")
@json_option
def import_readers(files: tuple[Path, ...], school_year: str | None, dry_run: bool, as_json: bool) -> None:
    """Danh sách lớp hoặc giáo viên .xlsx, .csv như cơ sở dữ liệu ngành xuất ra."""
    from catalog_imports.service import import_readers as run

    _run_imports(
        files,
        as_json,
        lambda settings, file, progress: run(
            settings, file, school_year=school_year, dry_run=dry_run, actor=SYSTEM, progress=progress
        ),
    )


@import_group.command("undo")
@click.argument("batch")
@json_option
def import_undo(batch: str, as_json: bool) -> None:
    """Hoàn tác một đợt nhập; những gì đã dùng thì giữ lại và liệt kê."""
    with in_words():
        settings = open_school()
        from catalog_imports.service import undo_import

        with search_of(settings):
            result = undo_import(settings, batch, actor=SYSTEM)
    say(
        f"Đợt {batch}: đã gỡ {result['removed']}, trả lại như trước {result['restored']}, "
        f"giữ lại {len(result['kept'])}."
    )
    for kept in result["kept"][:20]:
        say(f"  Giữ {kept['title']}: {kept['message']}")
    if as_json:
        show_json(result)
    if result["kept"]:
        raise SystemExit(SOME_REFUSED)


@click.command("export")
@click.argument("form", type=click.Choice(["marc", "marcxml", "csv", "xlsx"]))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--query", "-q", help="Chỉ xuất kết quả của câu tìm này.")
def export(form: Literal["marc", "marcxml", "csv", "xlsx"], out: Path, query: str | None) -> None:
    """Xuất biểu ghi ra tệp."""
    with in_words():
        settings = open_school()
        from library.cataloguing.exports import export_records

        ids: list[int] | None = None
        with search_of(settings) as index:
            if query:
                ids = list(_matching_ids(index, query))
        result = export_records(form, out, ids)
    say(f"Đã xuất {result.written} biểu ghi ra {out}.")
    for problem in result.problems[:20]:
        say(f"  {problem}")
    if result.problems:
        raise SystemExit(SOME_REFUSED)


def _matching_ids(index: Any, query: str) -> Iterator[int]:
    from library.searching.model import LARGEST_PAGE, SearchRequest

    page = 1
    while ids := index.search(SearchRequest(query=query, page=page, per_page=LARGEST_PAGE)).record_ids:
        yield from ids
        page += 1


@click.group("index")
def index_group() -> None:
    """Chỉ mục tìm kiếm."""


@index_group.command("rebuild")
@json_option
def index_rebuild(as_json: bool) -> None:
    """Dựng lại chỉ mục bên cạnh rồi đổi sang."""
    with in_words():
        settings = open_school()
        with search_of(settings) as index:
            index.rebuild()
            report = index.check()
    say(f"Đã dựng lại chỉ mục: {report.records} biểu ghi.")
    if as_json:
        show_json(asdict(report))


@index_group.command("check")
@json_option
def index_check(as_json: bool) -> None:
    """So chỉ mục với cơ sở dữ liệu."""
    with in_words():
        settings = open_school()
        with search_of(settings) as index:
            index.drain()
            report = index.check()
    say("Chỉ mục khớp." if report.is_clean else "Chỉ mục lệch. Chạy: kesach index rebuild")
    if as_json:
        show_json(asdict(report))
    if not report.is_clean:
        raise SystemExit(SOME_REFUSED)


@click.group()
def report() -> None:
    """Báo cáo."""


@report.command("month")
@click.argument("month")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Tệp .docx, .pdf, .xlsx hoặc .json.")
def report_month(month: str, out: Path) -> None:
    """Báo cáo văn hoá đọc của một tháng (YYYY-MM)."""
    found = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", month)
    if found is None:
        raise Stop(f"Tháng cần viết dạng 2026-11, đang là {month!r}.", UNUSABLE)
    with in_words():
        open_school()
        from library.reporting.service import write_report

        write_report(int(found[1]), int(found[2]), out)
    say(f"Đã ghi báo cáo tháng {int(found[2])}/{found[1]} ra {out}.")
