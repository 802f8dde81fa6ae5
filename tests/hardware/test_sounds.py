"""Sounds without a browser: by a program, by a buzzer, by the receipt head. What is missing or breaks says so."""

from __future__ import annotations

import io
import json
import re
import struct
import time
import wave as wave_files
from array import array
from collections.abc import Callable
from pathlib import Path

import pytest
from sample_receipt import loan_receipt

from hardware import sound_speaker
from hardware.emulator.decoder import Decoder
from hardware.emulator.head import EmulatedHead, Fault
from hardware.emulator.server import NetworkPrinterEmulator
from hardware.escpos_encoder import _encoder_class, encode_job
from hardware.head_buzzer import PATTERNS, beep_command
from hardware.printer import Deadlines, Outcome
from hardware.receipt_layout import Paper, render_receipt
from hardware.sound_buzzer import Buzzer
from hardware.sound_speaker import RATE, Speaker, wave
from hardware.sounds import NOTES, SoundTrouble
from hardware.transport_network import network_printer

REPOSITORY = Path(__file__).resolve().parents[2]
Script = Callable[[str], str]


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """A program of that shell text; its path."""

    def make(text: str) -> str:
        path = tmp_path / "player"
        path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        path.chmod(0o755)
        return str(path)

    return make


def samples(name: str, volume: int) -> array[int]:
    with wave_files.open(io.BytesIO(wave(name, volume))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
        return array("h", file.readframes(file.getnframes()))


def pitch_of(heard: array[int]) -> float:
    """By counting how often it goes up through silence."""
    rises = [number for number in range(1, len(heard)) if heard[number - 1] < 0 <= heard[number]]
    return RATE * (len(rises) - 1) / (rises[-1] - rises[0])


def test_the_page_plays_the_same_notes() -> None:
    text = (REPOSITORY / "kiosk/screen/sounds.js").read_text("utf-8")
    table = re.search(r"const NOTES = (\{.*?\});", text, re.DOTALL)
    assert table is not None
    found = json.loads(re.sub(r",(\s*\})", r"\1", re.sub(r"(\w+):", r'"\1":', table[1])))
    assert {name: tuple(map(tuple, notes)) for name, notes in found.items()} == NOTES


class TestSpeaker:
    def test_what_is_handed_over_has_the_notes_in_it(self) -> None:
        for name, notes in NOTES.items():
            heard = samples(name, 75)
            pitch, begin, length = notes[0]
            alone = min(length, notes[1][1] if len(notes) > 1 else length)  # before the second joins in
            assert abs(pitch_of(heard[int(begin * RATE) : int((begin + alone) * RATE)]) - pitch) < pitch * 0.03, name
            last, begin, length = notes[-1]
            end = heard[int((begin + length * 0.5) * RATE) : int((begin + length * 0.8) * RATE)]
            assert abs(pitch_of(end) - last) < last * 0.05, name

    def test_a_yes_a_no_and_an_attention_are_told_apart(self) -> None:
        assert NOTES["ok"][-1][0] > NOTES["ok"][0][0] > NOTES["no"][0][0] > NOTES["no"][-1][0]
        assert len({wave(name, 75) for name in NOTES}) == len(NOTES)
        assert len({len(samples(name, 75)) for name in ("ok", "no", "attention")}) == 3

    def test_volume(self) -> None:
        peaks = [max(map(abs, samples("ok", volume))) for volume in (0, 25, 50, 100)]
        assert peaks[0] == 0 and peaks == sorted(set(peaks)) and peaks[-1] < 32767
        assert peaks[3] == pytest.approx(2 * peaks[2], rel=0.02)

    def test_a_player_gets_the_file_and_the_device(self, script: Script, tmp_path: Path) -> None:
        player = script(f'echo "$@" > {tmp_path}/said; cat > {tmp_path}/heard')
        Speaker("plughw:1,0", program=player).play("no", 60)
        assert (tmp_path / "heard").read_bytes() == wave("no", 60)
        assert (tmp_path / "said").read_text().split() == ["-q", "-D", "plughw:1,0", "-"]
        Speaker(program=player).play("ok", 60)
        assert (tmp_path / "said").read_text().split() == ["-q", "-"]

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("cat > /dev/null; echo 'no such card' >&2; exit 1", "no such card"),
            ("exec sleep 60", "hangs"),
            ("exit 3", "ended with 3"),  # it does not even read
        ],
    )
    def test_one_that_cannot_play_says_why(self, script: Script, monkeypatch: pytest.MonkeyPatch, text: str, said: str) -> None:
        monkeypatch.setattr(sound_speaker, "LONGEST", 0.5 if "sleep" in text else 20)
        with pytest.raises(SoundTrouble, match=said) as trouble:
            Speaker(program=script(text)).play("ok", 60)
        assert trouble.value.code == "failed"

    def test_none_there(self, tmp_path: Path) -> None:
        with pytest.raises(SoundTrouble) as trouble:
            Speaker(program=str(tmp_path / "nothing")).play("ok", 60)
        assert trouble.value.code == "missing"


class TestBuzzer:
    @staticmethod
    def tones(path: Path) -> list[int]:
        """Pitches in order, as the kernel would read them; each is followed by a SYN."""
        events = list(struct.iter_unpack("llHHi", path.read_bytes()))
        assert [event[2:] for event in events[1::2]] == [(0, 0, 0)] * (len(events) // 2)
        assert {event[2:4] for event in events[::2]} == {(0x12, 2)}
        return [event[4] for event in events[::2]]

    def test_the_one_that_takes_tones_is_found_and_falls_silent(self, tmp_path: Path) -> None:
        for number, kinds in enumerate(("0", "2", "6")):  # nothing; clicks only; bell and tones
            listed = tmp_path / f"sys/event{number}/device/capabilities"
            listed.mkdir(parents=True)
            (listed / "snd").write_text(kinds + "\n")
            (tmp_path / f"event{number}").touch()
        Buzzer(listed=str(tmp_path / "sys"), nodes=str(tmp_path), pace=0).play("bye", 75)
        assert self.tones(tmp_path / "event2") == [784, 659, 523, 0]
        assert (tmp_path / "event0").read_bytes() == (tmp_path / "event1").read_bytes() == b""

    def test_a_device_that_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "platform-pcspkr-event-spkr").touch()
        Buzzer(str(tmp_path / "*-event-spkr"), pace=0).play("no", 75)
        assert self.tones(tmp_path / "platform-pcspkr-event-spkr") == [330, 262, 0]

    def test_none_there_or_none_that_may_be_used(self, tmp_path: Path) -> None:
        for buzzer, code in (
            (Buzzer(str(tmp_path / "event9")), "missing"),
            (Buzzer(listed=str(tmp_path), nodes=str(tmp_path)), "missing"),
            (Buzzer(str(tmp_path)), "failed"),  # it cannot be written to
        ):
            with pytest.raises(SoundTrouble) as trouble:
                buzzer.play("ok", 75)
            assert trouble.value.code == code


def wait_for_beeps(head: EmulatedHead, count: int) -> None:
    """They are on their way when the driver has let the line go."""
    until = time.monotonic() + 60
    while len(head.decoder.beeps) < count:
        assert time.monotonic() < until, head.decoder.beeps
        time.sleep(0.01)


class TestHead:
    PATIENT = Deadlines(connect=10, status_answer=10, stall=20, total=60, confirm=20, paper_pause=0.05)

    def test_the_command_is_the_librarys(self) -> None:
        for times, length in PATTERNS.values():
            encoder = _encoder_class()()
            encoder.buzzer(times, length)
            assert bytes(encoder.buffer) == beep_command(times, length)
        for odd in ((0, 1), (10, 1), (1, 0), (1, 10)):
            with pytest.raises(ValueError):
                beep_command(*odd)

    def test_it_beeps_and_prints_as_before(self) -> None:
        picture = render_receipt(loan_receipt(), Paper(384))
        with NetworkPrinterEmulator(EmulatedHead(384)) as emulator:
            printer = network_printer(emulator.host, emulator.port, deadlines=self.PATIENT)
            assert printer.beep(*PATTERNS["no"])
            assert printer.print_job(encode_job(picture)).outcome is Outcome.PRINTED
            assert printer.beep(*PATTERNS["attention"]) and printer.beep(*PATTERNS["ok"])
            wait_for_beeps(emulator.head, 3)
            [ticket] = emulator.head.wait_for_tickets(1, 60)
            assert ticket.crop((0, 0, *picture.size)).tobytes() == picture.convert(ticket.mode).tobytes()
            decoder: Decoder = emulator.head.decoder
            assert decoder.beeps == [(1, 6), (2, 1), (1, 1)] and decoder.unknown == []

    def test_a_head_that_a_killed_program_left_in_a_band(self) -> None:
        """The beep is not taken for dots, and not for the rest of the receipt."""
        job = encode_job(render_receipt(loan_receipt(), Paper(384)))
        with NetworkPrinterEmulator(EmulatedHead(384)) as emulator:
            emulator.head.receive(job[: job.index(b"\x1dv0") + 100])
            printer = network_printer(emulator.host, emulator.port, deadlines=self.PATIENT)
            assert printer.beep(1, 1)
            wait_for_beeps(emulator.head, 1)
            assert emulator.head.decoder.beeps == [(1, 1)]
            assert not emulator.head.decoder.is_waiting_for_pixels

    def test_silent_where_the_head_waits_for_a_person(self) -> None:
        job = encode_job(render_receipt(loan_receipt(), Paper(384)))
        with NetworkPrinterEmulator(EmulatedHead(384)) as emulator:
            emulator.head.strike_after_rows(100, Fault.PAPER_OUT)
            printer = network_printer(emulator.host, emulator.port, deadlines=self.PATIENT)
            assert printer.print_job(job).outcome is Outcome.PARTIAL
            assert not printer.beep(1, 1)
            gone = network_printer(emulator.host, 1, deadlines=self.PATIENT)
            assert not gone.beep(1, 1)
        assert emulator.head.decoder.beeps == []
