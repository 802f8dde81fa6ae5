"""A small school with a set of three textbooks for grade 6: two required, one by choice; four copies each."""

from __future__ import annotations

from dataclasses import dataclass

from lending_world import STAFF, World

from library.lending.policies import ensure_default_policies
from library.textbooks.sets import save_set

TOAN, VAN, MI_THUAT = "Toán 6", "Ngữ văn 6", "Mĩ thuật 6"
TITLES = (TOAN, VAN, MI_THUAT)
AN, BINH, CHI, DUNG = "Trần Minh An", "Lê Thanh Bình", "Phạm Chi", "Nguyễn Văn Dũng"


@dataclass
class TextbookSchool:
    """`books`: title -> barcodes. Class 6A1 in list order: An, Bình, Chi."""

    world: World
    class_id: int
    books: dict[str, list[str]]

    def card(self, name: str) -> str:
        return self.world.cards[name]

    def reader(self, name: str) -> int:
        return self.world.readers[name]

    def record(self, title: str) -> int:
        return self.world.records[title]


def add_books(world: World) -> TextbookSchool:
    ensure_default_policies(STAFF)
    books = {title: world.add_title(title, 4, "textbook", "SGK") for title in TITLES}
    records = [world.records[title] for title in TITLES]
    save_set("2026-2027", 6, records, actor=STAFF, optional=records[2:])
    return TextbookSchool(world, world.add_class("6A1"), books)
