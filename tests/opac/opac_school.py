"""The public catalogue over a small real school: nine titles, two loans, a class corner."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

import opac.api
import opac.pages
from library.cataloguing import copies, service
from library.cataloguing.model import CopyUse, Material, RecordFields
from library.cataloguing.tables import Record
from library.foundation.audit import Actor
from library.foundation.clock import clock_at, parse_instant
from library.lending import service as loans
from library.lending.availability import available_record_ids, copy_states
from library.lending.units import class_corners
from library.lending.units import service as units
from library.readers import classes
from library.readers import service as readers
from library.readers.model import ReaderFields
from library.searching.service import open_index
from library.settings import load_settings
from library.web.install import install_web

STAFF = Actor("staff", "Cô Lan", 1)
MONDAY = parse_instant("2026-11-23T02:00:00Z")
SECRET_NAMES = ("Nguyễn Bí Mật", "Trần Kín Đáo", "Lê Cô Giáo")


@dataclass
class School:
    """Ids by title, and what a test needs to ask and to change."""

    app: Flask
    client: FlaskClient
    ids: dict[str, int] = field(default_factory=dict)

    def add(self, title: str, number: int = 1, collection: str = "STK", use: CopyUse = CopyUse.LOAN, **facts: object) -> int:
        fields = RecordFields(title=title, **{"material": Material.REFERENCE, **facts})  # type: ignore[arg-type]  # test data
        record_id = service.create_record(fields, STAFF)
        if number:
            copies.add_copies(record_id, number, collection, STAFF, use=use)
        self.ids[title] = record_id
        return record_id

    def barcodes(self, title: str) -> list[str]:
        return [copy.barcode for copy in copy_states(self.ids[title])]

    def follow(self) -> None:
        """Bring the index up to date, as the running server does after each commit."""
        self.app.extensions["kesach_search"].drain()


def _fill(school: School) -> None:
    copies.ensure_default_collections()
    child = {"collection": "STN", "material": Material.CHILDREN}
    school.add(
        "Dế Mèn phiêu lưu ký", 2, authors=("Tô Hoài",), publisher="Kim Đồng", place="H.", year=2021,
        isbns=("9786042088237",), class_scheme="ddc", class_number="895.92233", keywords=("Truyện đồng thoại",),
        shelves=("Tủ sách Văn học",), summary="Chú Dế Mèn đi khắp nơi.", **child,
    )  # fmt: skip
    school.add("Cho tôi xin một vé đi tuổi thơ", 1, authors=("Nguyễn Nhật Ánh",), year=2019, **child)
    school.add("Mắt biếc", 1, authors=("Nguyễn Nhật Ánh",), year=2018, language="vie")
    school.add("Đường Hồ Chí Minh trên biển", 1, authors=("Nguyên Ngọc",), shelves=("Tủ sách Bác Hồ",))
    school.add("Từ điển tiếng Việt", 1, use=CopyUse.REFERENCE, material=Material.TOOL)
    school.add("Sách chưa về <script>alert(1)</script> & \"hết\"", 0)
    for book_set in ("Kết nối tri thức với cuộc sống", "Chân trời sáng tạo"):
        school.add(
            "Toán 6", 3, collection="SGK", material=Material.TEXTBOOK, subjects=("Toán",), grades=(6,),
            book_set=book_set, part="Tập một",
        )  # fmt: skip
    school.add("Bài tập Toán 7", 1, subjects=("Toán",), grades=(7,))

    class_id = classes.create_class("2026-2027", "6A1", STAFF)
    pupil = readers.create_reader(ReaderFields("pupil", SECRET_NAMES[0]), STAFF, class_id=class_id)
    other = readers.create_reader(ReaderFields("pupil", SECRET_NAMES[1]), STAFF, class_id=class_id)
    teacher = readers.create_reader(ReaderFields("teacher", SECRET_NAMES[2]), STAFF)
    first = school.barcodes("Dế Mèn phiêu lưu ký")[0]
    loans.check_out(first, reader_id=pupil, actor=STAFF, channel="desk")
    loans.check_out(school.barcodes("Cho tôi xin một vé đi tuổi thơ")[0], reader_id=other, actor=STAFF, channel="desk")
    corner = class_corners.open_corner(class_id, teacher, actor=STAFF)
    units.hand_over(corner, school.barcodes("Mắt biếc"), actor=STAFF)


@contextmanager
def open_school(data_dir: Path, url: str, *, fill: bool = True) -> Iterator[School]:
    """The catalogue's site over the bound database; `fill` False: the data is there already."""
    environment = {"KESACH_DATA": str(data_dir)}
    if url.startswith("postgres"):
        environment["KESACH_DATABASE_URL"] = url
    settings = load_settings(environment)
    app = Flask("library", static_folder=None, template_folder=None)
    app.config["KESACH_SETTINGS"] = settings
    install_web(app, settings, find_session=lambda token: None, school_name=lambda: "Trường THCS Thử")
    app.register_blueprint(opac.pages.blueprint)
    app.register_blueprint(opac.api.blueprint)
    with clock_at(MONDAY):
        school = School(app, app.test_client())
        if fill:
            _fill(school)
        else:
            school.ids.update(Record.select(Record.title, Record.id).order_by(Record.id).tuples())
        search = open_index(settings.index_dir, available_record_ids=available_record_ids)
        app.extensions["kesach_search"] = search
        yield school
        search.close()
