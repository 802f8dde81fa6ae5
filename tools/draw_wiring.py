"""Draws docs/images/wiring-*.svg and .png: how the parts of a kiosk are plugged together.

Our own drawings, Vietnamese words, the project's colours; a cable has its name on it, never its colour alone. The PNG
is taken in Chromium with the fonts of the pages. Run: python tools/draw_wiring.py
"""
# ruff: noqa: E501  # paths of a drawing read better on one line

from __future__ import annotations

import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
OUT = REPOSITORY / "docs" / "images"
WIDTH, HEIGHT = 1200, 640

PAPER, SURFACE, LINE, INK, MUTED = "#FBF8F2", "#FFFFFF", "#D8D1C1", "#1F2E29", "#56645E"
LEAF, SUN, CLAY, SKY = "#1E6B52", "#C98F22", "#B3461F", "#2B6297"
CABLES = {"USB": LEAF, "HDMI": "#6B4A8C", "Mạng LAN": SKY, "Nguồn": CLAY, "Wi-Fi hoặc LAN": SKY}


def text(x: float, y: float, words: str, size: int = 19, weight: int = 500, fill: str = INK, anchor: str = "middle") -> str:
    return (
        f'<text x="{x}" y="{y}" font-size="{size}" font-weight="{weight}" fill="{fill}" text-anchor="{anchor}">{words}</text>'
    )


def label(x: float, y: float, name: str, note: str = "") -> str:
    """Name below a part, and one line about it."""
    return text(x, y, name, 21, 700) + (text(x, y + 27, note, 17, 400, MUTED) if note else "")


def box(x: float, y: float, w: float, h: float, r: float = 12, fill: str = SURFACE, stroke: str = INK) -> str:
    return f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="{r}" fill="{fill}" stroke="{stroke}" stroke-width="3"/>'


def cable(points: str, kind: str, at: tuple[float, float], words: str = "") -> str:
    """A line along `points` ("x,y x,y …") with its name on a plate at `at`."""
    said = words or kind
    wide = 11.2 * len(said) + 26
    dash = ' stroke-dasharray="3 11"' if kind.startswith("Wi-Fi") else ""
    return (
        f'<polyline points="{points}" fill="none" stroke="{CABLES[kind]}" stroke-width="6" stroke-linejoin="round" '
        f'stroke-linecap="round"{dash}/>'
        f'<rect x="{at[0] - wide / 2}" y="{at[1] - 17}" width="{wide}" height="34" rx="17" fill="{CABLES[kind]}"/>'
        + text(at[0], at[1] + 6.5, said, 17, 600, "#FFF")
    )


def pi(x: float, y: float) -> str:
    """200 × 130; ports: left edge USB, right edge HDMI and LAN."""
    pins = "".join(f'<rect x="{x + 24 + 13 * n}" y="{y + 10}" width="7" height="7" fill="{SUN}"/>' for n in range(10))
    return (
        box(x, y, 200, 130, 14, "#DDEFE5", LEAF)
        + pins
        + box(x + 74, y + 44, 54, 54, 6, INK, INK)
        + "".join(box(x - 10, y + top, 34, 26, 4, "#EDEBE4") for top in (30, 66))
        + "".join(box(x + 176, y + top, 34, 24, 4, "#EDEBE4") for top in (24, 56, 90))
        + text(x + 101, y + 77, "Pi", 20, 700, "#FFF")
    )


def screen(x: float, y: float) -> str:
    """230 × 170 with its foot."""
    return (
        box(x, y, 230, 146, 12, INK)
        + f'<rect x="{x + 10}" y="{y + 10}" width="210" height="126" rx="6" fill="#FDF6E3"/>'
        + text(x + 115, y + 66, "Quét thẻ", 26, 700)
        + text(x + 115, y + 98, "của em", 26, 700)
        + f'<path d="M{x + 90} {y + 146}h50l8 24h-66z" fill="{INK}"/>'
    )


def scanner(x: float, y: float) -> str:
    """130 × 150: a hand scanner on its stand, the beam to the left."""
    return (
        f'<path d="M{x} {y + 96}l46-62 14 22z" fill="{CLAY}" opacity=".22"/>'
        f'<path d="M{x + 34} {y + 26}q2-22 26-22h36q22 0 22 22v14q0 16-18 18l-46 4q-24 2-24-18z" fill="{INK}"/>'
        f'<path d="M{x + 84} {y + 54}l30-3 12 66q2 12-10 12h-14q-9 0-11-10z" fill="{INK}"/>'
        f'<rect x="{x + 62}" y="{y + 130}" width="84" height="14" rx="7" fill="{MUTED}"/>'
        f'<circle cx="{x + 100}" cy="{y + 24}" r="6" fill="#6CC6A4"/>'
    )


def printer(x: float, y: float) -> str:
    """150 × 150 with a receipt coming out."""
    return (
        f'<path d="M{x + 38} {y + 56}v-52l9 8 9-8 9 8 9-8 9 8 9-8 9 8 9-8v52z" fill="#FFF" stroke="{INK}" stroke-width="3"/>'
        + "".join(f'<path d="M{x + 50} {y + top}h50" stroke="{MUTED}" stroke-width="3"/>' for top in (22, 33, 44))
        + box(x, y + 50, 150, 96, 16, "#EDEBE4")
        + f'<rect x="{x + 22}" y="{y + 60}" width="106" height="9" rx="4" fill="{INK}"/>'
        f'<circle cx="{x + 28}" cy="{y + 122}" r="6" fill="{LEAF}"/><circle cx="{x + 48}" cy="{y + 122}" r="6" fill="{SUN}"/>'
    )


def switch(x: float, y: float) -> str:
    """180 × 60: the school's network box."""
    ports = "".join(box(x + 18 + 38 * n, y + 20, 28, 24, 3, SURFACE) for n in range(4))
    return box(x, y, 180, 62, 10, "#E4EDF6", SKY) + ports


def server(x: float, y: float) -> str:
    """120 × 150: the core's machine."""
    return (
        box(x, y, 112, 150, 10, "#EDEBE4")
        + f'<rect x="{x + 16}" y="{y + 18}" width="80" height="14" rx="4" fill="{LINE}"/>'
        + f'<rect x="{x + 16}" y="{y + 42}" width="80" height="14" rx="4" fill="{LINE}"/>'
        + f'<g transform="translate({x + 36} {y + 82})"><rect width="9" height="40" fill="{CLAY}"/><rect x="13" y="6" width="9" '
        f'height="34" fill="{SUN}"/><rect x="26" y="2" width="9" height="38" fill="{LEAF}"/></g>'
    )


def laptop(x: float, y: float, words: tuple[str, str] = ("Quét thẻ", "của em")) -> str:
    """260 × 180."""
    return (
        box(x + 22, y, 216, 140, 10, INK)
        + f'<rect x="{x + 32}" y="{y + 10}" width="196" height="120" rx="5" fill="#FDF6E3"/>'
        + text(x + 130, y + 64, words[0], 24, 700)
        + text(x + 130, y + 95, words[1], 24, 700)
        + f'<path d="M{x} {y + 144}h260l-10 24q-3 8-14 8h-212q-11 0-14-8z" fill="#EDEBE4" stroke="{INK}" stroke-width="3"/>'
    )


def tower(x: float, y: float) -> str:
    """120 × 190: an old office computer."""
    return (
        box(x, y, 120, 190, 10, "#EDEBE4")
        + box(x + 16, y + 18, 88, 22, 4, SURFACE)
        + f'<circle cx="{x + 60}" cy="{y + 78}" r="13" fill="none" stroke="{INK}" stroke-width="4"/>'
        f'<path d="M{x + 60} {y + 60}v16" stroke="{INK}" stroke-width="4" stroke-linecap="round"/>'
        + "".join(f'<path d="M{x + 24} {y + top}h72" stroke="{LINE}" stroke-width="6"/>' for top in (126, 142, 158))
    )


def plug(x: float, y: float) -> str:
    """A socket in the wall, 60 × 60."""
    return (
        box(x, y, 60, 60, 12, SURFACE, CLAY)
        + f'<circle cx="{x + 21}" cy="{y + 30}" r="5" fill="{CLAY}"/><circle cx="{x + 39}" cy="{y + 30}" r="5" fill="{CLAY}"/>'
    )


def sheet(title: str, advice: str, *parts: str) -> str:
    body = "".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'font-family="\'Be Vietnam Pro\', sans-serif"><rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>'
        + text(48, 64, title, 32, 700, INK, "start")
        + body
        + f'<rect x="48" y="{HEIGHT - 84}" width="{WIDTH - 96}" height="52" rx="12" fill="#FDEFCB"/>'
        + text(72, HEIGHT - 51, advice, 19, 500, "#5A3C05", "start")
        + "</svg>\n"
    )


def pictures() -> dict[str, str]:
    usb = sheet(
        "Raspberry Pi, máy in cắm USB",
        "Máy in và Pi mỗi thứ một nguồn điện riêng: lấy điện cho máy in từ cổng USB của Pi sẽ làm Pi tự tắt.",
        cable("205,210 300,210 300,262 490,262", "USB", (300, 236)),
        cable("250,415 340,415 340,298 490,298", "USB", (340, 360)),
        cable("710,256 790,256 790,190 850,190", "HDMI", (770, 256)),
        cable("710,288 770,288 770,345 965,345 965,270", "USB", (868, 345), "USB (cảm ứng)"),
        cable("710,322 740,322 740,440 850,440", "Mạng LAN", (740, 400)),
        cable("590,360 590,455", "Nguồn", (590, 408)),
        cable("250,470 380,470", "Nguồn", (318, 470)),
        scanner(90, 130), label(150, 312, "Máy quét"),
        printer(100, 345), label(175, 523, "Máy in phiếu"),
        pi(500, 230), label(600, 215, "Raspberry Pi 4 hoặc 5"),
        screen(850, 105), label(965, 96, "Màn hình cảm ứng"),
        switch(850, 408), label(940, 505, "Mạng của trường", "tới máy chủ Kệ Sách"),
        plug(560, 455), plug(380, 440),
    )
    network = sheet(
        "Raspberry Pi, máy in cắm mạng",
        "Đặt địa chỉ cố định cho máy in (in tờ tự kiểm để xem địa chỉ), rồi ghi vào [printer] host của kiosk.toml.",
        cable("205,210 300,210 300,272 490,272", "USB", (380, 272)),
        cable("710,256 790,256 790,190 850,190", "HDMI", (770, 256)),
        cable("710,288 770,288 770,330 965,330 965,270", "USB", (868, 330), "USB (cảm ứng)"),
        cable("600,360 600,408", "Mạng LAN", (600, 385)),
        cable("250,440 510,440", "Mạng LAN", (380, 440)),
        cable("690,440 862,440", "Mạng LAN", (776, 440)),
        scanner(90, 130), label(150, 312, "Máy quét"),
        printer(100, 345), label(175, 523, "Máy in phiếu"), text(270, 486, "nguồn điện riêng", 17, 400, MUTED, "start"),
        pi(500, 230), label(600, 215, "Raspberry Pi 4 hoặc 5"),
        screen(850, 105), label(965, 96, "Màn hình cảm ứng"),
        switch(510, 408), label(600, 505, "Mạng của trường"),
        server(862, 378), text(994, 440, "Máy chủ", 21, 700, INK, "start"), text(994, 468, "Kệ Sách", 21, 700, INK, "start"),
    )
    computer = sheet(
        "Máy tính cũ làm quầy",
        "Máy 64-bit, 2 GB bộ nhớ trở lên, cài Debian 12 hoặc 13. Không có cảm ứng thì vẫn dùng được: chỉ quét.",
        cable("205,210 330,210 330,270 530,270", "USB", (420, 270)),
        cable("250,425 400,425 400,330 530,330", "USB", (400, 380)),
        cable("650,240 800,240 800,190 850,190", "HDMI", (752, 240), "HDMI hoặc VGA"),
        cable("650,360 740,360 740,440 850,440", "Mạng LAN", (740, 400)),
        scanner(90, 130), label(150, 312, "Máy quét"),
        printer(100, 345), label(175, 523, "Máy in phiếu"), text(270, 486, "nguồn điện riêng", 17, 400, MUTED, "start"),
        tower(530, 210), label(590, 190, "Máy tính để bàn"),
        screen(850, 105), label(965, 96, "Màn hình"),
        switch(850, 408), label(940, 505, "Mạng của trường", "tới máy chủ Kệ Sách"),
    )
    mobile = sheet(
        "Bàn lưu động: máy tính xách tay ở điểm trường lẻ",
        "Trước khi đi: mở quầy ở trường tới khi hết dòng “đang mất mạng”. Về trường: mở lại, mọi lượt tự gửi về.",
        cable("225,248 330,248 330,290 497,290", "USB", (405, 290)),
        cable("260,430 400,430 400,374 484,374", "USB", (400, 402)),
        cable("722,300 1000,300", "Wi-Fi hoặc LAN", (881, 300)),
        f'<rect x="56" y="108" width="704" height="424" rx="24" fill="none" stroke="{LEAF}" stroke-width="3" stroke-dasharray="10 10"/>',
        text(80, 148, "Cả ngày ở điểm trường, không cần mạng", 20, 600, LEAF, "start"),
        text(1060, 180, "Sáng và chiều,", 20, 600, SKY), text(1060, 208, "ở trường chính", 20, 600, SKY),
        scanner(110, 168), label(290, 200, "Máy quét"),
        printer(110, 345), label(366, 478, "Máy in phiếu", "có thì in, không thì thôi"),
        laptop(475, 220), label(605, 440, "Máy tính xách tay", "mode = “mobile_desk”"),
        server(1004, 240), label(1060, 430, "Máy chủ Kệ Sách"),
    )
    return {"wiring-pi-usb": usb, "wiring-pi-network": network, "wiring-old-pc": computer, "wiring-mobile-desk": mobile}


def main(chromium: str = "/usr/bin/chromium") -> None:
    from playwright.sync_api import sync_playwright

    fonts = (REPOSITORY / "library/web/static/fonts").as_uri()
    faces = "".join(
        f"@font-face{{font-family:'Be Vietnam Pro';font-weight:{weight};src:url({fonts}/be-vietnam-pro-{weight}.woff2)}}"
        for weight in (400, 500, 600, 700)
    )
    page_file = OUT / ".wiring.html"
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        for name, drawn in pictures().items():
            (OUT / f"{name}.svg").write_text(drawn, "utf-8")
            page_file.write_text(f"<style>{faces}body{{margin:0}}</style>{drawn}", "utf-8")
            page.goto(page_file.as_uri())
            page.evaluate("document.fonts.ready")
            page.screenshot(path=OUT / f"{name}.png")
        browser.close()
    page_file.unlink()


if __name__ == "__main__":
    main(*sys.argv[1:])
