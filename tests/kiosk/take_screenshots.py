"""Renews the pictures of the kiosk in docs/images: `python tests/kiosk/take_screenshots.py [FOLDER]`.

Every screen is reached by real events (kiosk_screens.py), served by the real page server and drawn by a
real Chromium. Not a test.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
WANTED = {
    "idle": "kiosk-idle",
    "offline": "kiosk-offline",
    "two-books": "kiosk-borrowing",
    "refusal": "kiosk-refusal",
    "returning": "kiosk-returning",
    "goodbye": "kiosk-goodbye",
}


def main(folder: Path) -> None:
    sys.path[:0] = [str(REPOSITORY), str(Path(__file__).resolve().parent)]
    from kiosk_screens import list_screens
    from PIL import Image
    from playwright.sync_api import sync_playwright

    from kiosk.screen_server import ScreenServer, ScreenServices, ScreenState

    folder.mkdir(parents=True, exist_ok=True)
    state = ScreenState()
    server = ScreenServer(0, ScreenServices(state, lambda name, session: None, lambda record: None))
    server.start()
    with sync_playwright() as playwright:
        program = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
        page.goto(f"http://127.0.0.1:{server.port}/")
        for name, screen in list_screens():
            if name in WANTED:
                state.show({**screen, "sound": {"number": 0, "name": ""}})
                page.wait_for_function(
                    "(number) => document.getElementById('stage').dataset.event === number", arg=str(state.read()[0])
                )
                page.evaluate("document.fonts.ready")
                path = folder / f"{WANTED[name]}.png"
                page.screenshot(path=path)
                with Image.open(path) as picture:  # 256 colours are enough, at a third of the size
                    picture.convert("RGB").quantize(256, dither=Image.Dither.FLOYDSTEINBERG).save(path, optimize=True)
        browser.close()
    server.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY / "docs" / "images")
