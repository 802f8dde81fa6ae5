"""A child hears yes and no where no page plays them: the real program, its scanner on standard input, and a player that
keeps what it is given."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from kiosk_program import KioskProgram
from kiosk_world import Core

from hardware.emulator.head import EmulatedHead
from hardware.emulator.server import NetworkPrinterEmulator
from hardware.head_buzzer import PATTERNS
from hardware.sound_speaker import wave
from hardware.sounds import NOTES, SoundTrouble
from kiosk.api_client import ApiClient
from kiosk.device_config import SoundConfig
from kiosk.sounds import STALE_SECONDS, Sounds
from library.contract.scans import make_card_number
from library.lending.tables import Loan

STDIN = 'driver = "stdin"'
CHILD, OTHER = "Trần Minh An", "Lê Thanh Bình"


class Player:
    """A program in place of aplay: keeps each file it is given, whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.heard = folder / "heard"
        self.heard.mkdir()
        self.program = folder / "player"
        self.program.write_text(
            f'#!/bin/sh\nn=$(ls {self.heard} | wc -l)\ncat > {folder}/part && mv {folder}/part {self.heard}/$(printf %03d $n)\n'
        )
        self.program.chmod(0o755)

    def sounds(self, volume: int = 75) -> list[str]:
        """Their names, in order."""
        known = {wave(name, volume): name for name in NOTES}
        return [known.get(path.read_bytes(), "?") for path in sorted(self.heard.iterdir())]

    def wait_for(self, wanted: list[str], volume: int = 75) -> None:
        until = time.monotonic() + 60
        while self.sounds(volume) != wanted:
            assert time.monotonic() < until, (self.sounds(volume), wanted)
            time.sleep(0.02)  # files that a player of its own writes and that are read whole: nobody tells of them


@contextmanager
def running(core: Core, folder: Path, sound: str, *, scanner: str = STDIN, printer: str = 'driver = "none"') -> Iterator[KioskProgram]:
    program = KioskProgram(core, folder, scanner=scanner, printer=printer, sound=sound)
    try:
        yield program
    finally:
        program.close()


def test_each_act_has_its_sound_without_a_screen(core: Core, tmp_path: Path) -> None:
    [book], [teachers] = core.world.add_title("Dế Mèn phiêu lưu ký"), core.world.add_title("Giáo án", material="teacher")
    player = Player(tmp_path)
    with running(core, tmp_path, f'program = "{player.program}"') as kiosk:
        assert kiosk.report["sound"] == "unknown"
        heard: list[str] = []
        for scanned, sounds in (
            (core.card(CHILD), ["hello"]),
            (book, ["ok"]),
            (teachers, ["no"]),
            (core.card(OTHER), ["hello"]),  # the next child's card ends the first session
            (make_card_number(9_999_999), ["no"]),  # a card that nobody has
        ):
            kiosk.type(scanned)
            heard += sounds
            player.wait_for(heard)
        assert [loan.copy.barcode for loan in Loan.select()] == [book]
        assert kiosk.report["sound"] == "ok"


def test_a_book_that_comes_back_and_one_that_was_never_away(core: Core, tmp_path: Path) -> None:
    [lent], [on_shelf] = core.world.add_title("Dế Mèn phiêu lưu ký"), core.world.add_title("Đất rừng phương Nam")
    api = ApiClient(core.proxy.url, core.token)
    api.check_out(str(uuid.uuid4()), core.card(CHILD), lent)
    api.close()
    player = Player(tmp_path)
    with running(core, tmp_path, f'program = "{player.program}"') as kiosk:
        kiosk.type(lent)
        player.wait_for(["ok"])
        kiosk.type(on_shelf)
        player.wait_for(["ok", "attention"])


def test_a_player_that_is_missing_or_breaks_stops_nobody_and_is_told(core: Core, tmp_path: Path) -> None:
    books = [core.world.add_title(title)[0] for title in ("Dế Mèn", "Đất rừng")]
    player = Player(tmp_path)
    whole = player.program.read_text()
    player.program.unlink()
    with running(core, tmp_path, f'program = "{player.program}"') as kiosk:
        kiosk.type(core.card(CHILD))
        _until(lambda: kiosk.report["sound"] == "missing")
        player.program.write_text("#!/bin/sh\ncat > /dev/null; exit 1\n")
        player.program.chmod(0o755)
        kiosk.type(books[0])
        _until(lambda: kiosk.report["sound"] == "failed")
        player.program.write_text(whole)
        kiosk.type(books[1])
        player.wait_for(["ok"])
        _until(lambda: kiosk.report["sound"] == "ok")
        assert {loan.copy.barcode for loan in Loan.select()} == set(books)


@pytest.mark.parametrize(("when", "plays_here"), [("no_page", False), ("always", True)])
def test_page_or_speaker_never_both(core: Core, tmp_path: Path, when: str, plays_here: bool) -> None:
    player = Player(tmp_path)
    with running(core, tmp_path, f'program = "{player.program}"\nwhen = "{when}"', scanner='driver = "web"') as kiosk:
        kiosk.until(lambda view: view["screen"] == "idle")
        kiosk.scan(core.card(CHILD))
        view = kiosk.until(lambda view: view["screen"] == "open")
        assert view["sound"]["name"] == ("" if plays_here else "hello")
        if plays_here:
            player.wait_for(["hello"])
        _until(lambda: kiosk.report["sound"] == ("ok" if plays_here else "page"))  # known once the player has ended
    assert player.sounds() == (["hello"] if plays_here else [])


def test_the_head_beeps_where_it_is_what_there_is(core: Core, tmp_path: Path) -> None:
    [book], [teachers] = core.world.add_title("Dế Mèn phiêu lưu ký"), core.world.add_title("Giáo án", material="teacher")
    head = EmulatedHead(384)
    with NetworkPrinterEmulator(head) as printer:
        section = f'driver = "network"\nhost = "{printer.host}"\nport = {printer.port}\nbuzzer = true\nreceipts = "never"'
        with running(core, tmp_path, 'way = "printer"', printer=section) as kiosk:
            _until(lambda: kiosk.report["printer"] == "ok")  # its process is there
            beeps: list[tuple[int, int]] = []
            for scanned, sound in ((core.card(CHILD), "hello"), (book, "ok"), (teachers, "no")):
                kiosk.type(scanned)
                beeps.append(PATTERNS[sound])
                _until(lambda: head.decoder.beeps == beeps)
            assert kiosk.report["sound"] == "ok"
            head.stop()
            assert head.decoder.unknown == []


def _until(wanted) -> None:  # type: ignore[no-untyped-def]  # a question
    until = time.monotonic() + 60
    while not wanted():
        assert time.monotonic() < until
        time.sleep(0.02)  # another program's report, and what an emulated head heard: neither rings


class Scripted:
    """A player in the same process that waits until it is let go."""

    def __init__(self) -> None:
        self.played: list[tuple[str, int]] = []
        self.trouble: SoundTrouble | None = None

    def play(self, name: str, volume: int) -> None:
        self.played.append((name, volume))
        if self.trouble is not None:
            raise self.trouble


def test_who_plays_and_how_loud() -> None:
    player = Scripted()
    for way, when, watched, by_page, here in (
        ("speaker", "no_page", True, True, 0), ("speaker", "no_page", False, False, 1), ("speaker", "always", True, False, 1),
        ("page", "always", True, True, 0), ("page", "no_page", False, True, 0), ("none", "always", True, False, 0),
        ("none", "no_page", False, False, 0),
    ):  # fmt: skip
        player.played.clear()
        sounds = Sounds(SoundConfig(way, when), player)
        assert sounds.play("ok", 40, watched=watched) is by_page, (way, when, watched)
        sounds.play("ok", 0, watched=watched)  # switched off in the staff menu
        sounds.close()
        assert player.played == [("ok", 40)] * here, (way, when, watched)


def test_what_comes_too_late_is_not_played(monkeypatch: pytest.MonkeyPatch) -> None:
    """A player that hung: what the children did meanwhile is not played behind it."""
    player, now = Scripted(), [100.0]
    monkeypatch.setattr("kiosk.sounds.time.monotonic", lambda: now[0])
    sounds = Sounds(SoundConfig(), player)
    monkeypatch.setattr("kiosk.sounds.threading.Thread.start", lambda thread: None)  # not yet
    sounds.play("no", 75, watched=False)
    now[0] += STALE_SECONDS + 0.1
    sounds.play("ok", 75, watched=False)
    monkeypatch.undo()
    monkeypatch.setattr("kiosk.sounds.time.monotonic", lambda: now[0])
    sounds._waiting.put(None)
    sounds._run()
    assert player.played == [("ok", 75)]
