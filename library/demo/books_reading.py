"""Reading of the demo school's children: the lists of books_vietnamese.py and books_world.py as titles.

Next: collection.py (buys them).
"""

from __future__ import annotations

from collections.abc import Iterator

from library.cataloguing.model import Material
from library.demo import books_vietnamese as vietnamese
from library.demo import books_world as world
from library.demo.books_school import DemoTitle, make_record
from library.demo.books_vietnamese import lines_of

KIM_DONG, TRE, LITERATURE = "Kim Đồng", "Trẻ", "Văn học"
_CITY = {TRE: "Thành phố Hồ Chí Minh", "Tổng hợp Thành phố Hồ Chí Minh": "Thành phố Hồ Chí Minh"}

# What the catalogue says about the best-loved books.
SUMMARIES = {
    "Dế Mèn phiêu lưu ký": "Chú Dế Mèn kiêu căng gây ra cái chết của Dế Choắt, rồi lên đường đi đây đi đó, kết bạn và "
    "học cách sống có ích.",
    "Đất rừng phương Nam": "Cậu bé An lạc gia đình trong những ngày kháng chiến và lớn lên giữa sông nước, rừng tràm, "
    "tình người miền Nam.",
    "Góc sân và khoảng trời": "Những bài thơ một cậu bé viết về góc sân, cây dừa, con trâu và đất nước thời chiến.",
    "Tuổi thơ dữ dội": "Những chiến sĩ Vệ quốc nhỏ tuổi ở Huế: hồn nhiên, gan góc, và những mất mát của chiến tranh.",
    "Cho tôi xin một vé đi tuổi thơ": "Cu Mùi tám tuổi và các bạn đặt lại tên cho mọi thứ trên đời.",
    "Tôi thấy hoa vàng trên cỏ xanh": "Hai anh em Thiều và Tường ở một làng quê nghèo.",
    "Kính vạn hoa": "Quý ròm, nhỏ Hạnh và Tiểu Long: ba người bạn, ba tính nết, rất nhiều chuyện ở trường.",
    "Không gia đình": "Cậu bé Rémi bị bán cho một gánh xiếc rong, đi khắp nước Pháp tìm lại gia đình của mình.",
    "Hoàng tử bé": "Một phi công gặp nạn giữa sa mạc nghe cậu bé đến từ tiểu hành tinh kể về đoá hồng và con cáo.",
    "Những tấm lòng cao cả": "Nhật ký một năm học của cậu bé Enrico: thầy cô, bạn bè, cha mẹ và lòng tốt.",
    "Totto-chan bên cửa sổ": "Cô bé hiếu động bị đuổi học tìm thấy niềm vui ở ngôi trường có lớp học là những toa tàu.",
    "Truyện Kiều": "Mười lăm năm lưu lạc của Thuý Kiều, kiệt tác thơ lục bát của Nguyễn Du.",
    "Lão Hạc": "Người cha nghèo, con chó Vàng và mảnh vườn để dành cho con.",
    "Chiếc lược ngà": "Bé Thu chỉ nhận ra cha trong giờ chia tay; chiếc lược ngà là lời hứa cuối cùng.",
    "Harry Potter và Hòn đá Phù thuỷ": "Cậu bé mồ côi biết mình là phù thuỷ và bước vào năm học đầu tiên ở Hogwarts.",
    "Búp sen xanh": "Tuổi thơ và thời trẻ của Nguyễn Sinh Cung, cho đến ngày rời bến Nhà Rồng.",
}
_LOVED = {
    "Nguyễn Nhật Ánh": 4.0,
    "J. K. Rowling": 4.0,
    "Tô Hoài": 2.5,
    "Roald Dahl": 2.2,
    "Jeff Kinney": 4.0,
    "Rick Riordan": 2.5,
    "Antoine de Saint-Exupéry": 3.0,
    "Hector Malot": 2.5,
    "Kuroyanagi Tetsuko": 3.0,
    "Đoàn Giỏi": 2.5,
    "Phùng Quán": 2.5,
    "Edmondo De Amicis": 2.0,
    "Arthur Conan Doyle": 2.2,
}


def reading_books() -> Iterator[DemoTitle]:
    """All of it, in shelf order; about 1,500 titles with series."""
    yield from _stories()
    yield from _folk_tales()
    yield from _comics()
    yield from _people()
    yield from _tags()
    yield from _novels()
    yield from _series()
    yield from _science()


def _authors(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",")) if text else ()


def _title(
    number: int,
    title: str,
    authors: tuple[str, ...],
    ddc: str,
    publisher: str,
    *,
    copies: int,
    love: float,
    material: Material = Material.CHILDREN,
    price: int = 0,
    part: str = "",
    series: str = "",
    size: str = "20 cm",
    shelves: tuple[str, ...] = (),
    keywords: tuple[str, ...] = (),
) -> DemoTitle:
    year = 2012 + (number * 7) % 14
    record = make_record(
        title,
        material,
        ddc,
        authors=authors,
        publisher=publisher,
        place=_CITY.get(publisher, "Hà Nội"),
        year=year,
        part=part,
        series=series,
        pages=f"{90 + (number * 37) % 260} tr.",
        size=size,
        price=price or 32_000 + (number * 13) % 60 * 1_000,
        shelves=shelves,
        keywords=keywords,
        summary=SUMMARIES.get(title) or SUMMARIES.get(series, ""),
    )
    loved = max((_LOVED.get(name, 1.0) for name in authors), default=1.0)
    return DemoTitle(record, copies + (loved > 2) * 2, love * loved)


def _stories() -> Iterator[DemoTitle]:
    houses = (KIM_DONG, TRE, LITERATURE, "Hội Nhà văn")
    keywords = ("Văn học Việt Nam", "Văn học thiếu nhi")
    for number, (title, author) in enumerate(lines_of(vietnamese.STORIES)):
        house = TRE if author == "Nguyễn Nhật Ánh" else houses[number % 4]
        yield _title(number, title, _authors(author), "895.9223", house, copies=5, love=1.2, keywords=keywords)
    for number, (title, author) in enumerate(lines_of(vietnamese.POEMS)):
        yield _title(
            number,
            title,
            _authors(author),
            "895.9221",
            houses[number % 4],
            copies=3,
            love=0.6,
            material=Material.REFERENCE,
            keywords=("Văn học Việt Nam", "Thơ"),
        )
    for number, (name,) in enumerate(lines_of(vietnamese.KALEIDOSCOPE)):
        yield _title(
            number,
            name,
            ("Nguyễn Nhật Ánh",),
            "895.9223",
            KIM_DONG,
            copies=2,
            love=0.7,
            series="Kính vạn hoa",
            price=28_000,
            keywords=keywords,
        )


def _folk_tales() -> Iterator[DemoTitle]:
    for number, (title,) in enumerate(lines_of(vietnamese.FOLK_TALES)):
        yield _title(
            number,
            title,
            (),
            "398.209597",
            KIM_DONG if number % 3 else "Mĩ thuật",
            copies=3,
            love=0.9,
            price=18_000 + number % 9 * 3_000,
            keywords=("Văn học dân gian", "Truyện cổ tích"),
        )


def _comics() -> Iterator[DemoTitle]:
    for title, author, volumes, house in lines_of(vietnamese.COMICS):
        history = title == "Lịch sử Việt Nam bằng tranh"
        for number in range(1, int(volumes) + 1):
            yield _title(
                number,
                title,
                (author,),
                "959.7" if history else "741.59597",
                house,
                copies=2,
                love=0.9 if history else 1.6,
                part=f"Tập {number}",
                price=22_000,
                keywords=("Truyện tranh",),
            )


def _people() -> Iterator[DemoTitle]:
    for series, block, ddc in (
        ("Danh nhân đất Việt", vietnamese.PEOPLE, "959.70092"),
        ("Danh nhân thế giới", world.PEOPLE, "920.02"),
    ):
        for number, (name,) in enumerate(lines_of(block)):
            yield _title(
                number,
                f"{series}: {name}",
                (),
                ddc,
                KIM_DONG,
                copies=3,
                love=0.7,
                series=series,
                price=25_000,
                shelves=("Tủ sách danh nhân",),
                keywords=(name,),
            )


def _tags() -> Iterator[DemoTitle]:
    shelves = (
        (vietnamese.UNCLE_HO, "959.704092", "Tủ sách Bác Hồ", "Chính trị quốc gia Sự thật", 0.7),
        (vietnamese.LAW, "349.597", "Tủ sách pháp luật", "Tư pháp", 0.3),
        (vietnamese.SEA_AND_HOME, "915.97", "Quê hương, biển đảo", "Thông tin và Truyền thông", 0.5),
        (vietnamese.SKILLS, "158.1", "Giáo dục kĩ năng sống", "Phụ nữ Việt Nam", 1.0),
    )
    for block, ddc, shelf, house, love in shelves:
        for number, line in enumerate(lines_of(block)):
            author = line[1] if len(line) > 1 else ""
            yield _title(
                number,
                line[0],
                _authors(author),
                ddc,
                house,
                copies=3,
                love=love,
                material=Material.REFERENCE,
                shelves=(shelf,),
                keywords=(shelf.removeprefix("Tủ sách ").capitalize(),),
            )


def _novels() -> Iterator[DemoTitle]:
    houses = (LITERATURE, KIM_DONG, "Hội Nhà văn", TRE, "Dân trí")
    for number, (title, author, ddc) in enumerate(lines_of(world.NOVELS)):
        yield _title(
            number,
            title,
            _authors(author),
            ddc,
            TRE if author == "J. K. Rowling" else houses[number % 5],
            copies=5,
            love=1.2,
            price=45_000 + (number * 17) % 80 * 1_000,
            keywords=("Văn học nước ngoài", "Văn học thiếu nhi"),
        )


def _series() -> Iterator[DemoTitle]:
    for title, author, volumes, ddc, house in lines_of(world.SERIES):
        comic = ddc.startswith("741")
        material = Material.REFERENCE if ddc in ("158.1", "500") else Material.CHILDREN
        for number in range(1, int(volumes) + 1):
            yield _title(
                number,
                title,
                (author,),
                ddc,
                house,
                copies=2,
                love=1.7 if comic else 1.1,
                part=f"Tập {number}",
                price=25_000 if comic else 48_000,
                size="18 cm" if comic else "21 cm",
                material=material,
                keywords=("Truyện tranh",) if comic else (),
            )


def _science() -> Iterator[DemoTitle]:
    for number, (topic, ddc) in enumerate(lines_of(world.SCIENCE)):
        yield _title(
            number,
            f"Bách khoa trẻ em: {topic}",
            (),
            ddc,
            KIM_DONG,
            copies=3,
            love=0.8,
            series="Bách khoa trẻ em",
            price=65_000,
            size="26 cm",
            material=Material.REFERENCE,
            shelves=("Khoa học thường thức",),
            keywords=(topic,),
        )
        if number % 2 == 0:
            yield _title(
                number,
                f"Em muốn biết: {topic}",
                ("Nhiều tác giả",),
                ddc,
                "Dân trí",
                copies=2,
                love=0.7,
                series="Em muốn biết",
                price=38_000,
                material=Material.REFERENCE,
                shelves=("Khoa học thường thức",),
                keywords=(topic,),
            )
