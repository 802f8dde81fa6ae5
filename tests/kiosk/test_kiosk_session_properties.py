"""Any order of events: nothing accepted is lost, nobody sees another's data, nothing gets stuck."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from kiosk_session_driver import AN, BINH, STAFF, Driver, make_reader

from kiosk.session_events import (
    ActAnswer,
    BackInOrder,
    ClassesListed,
    NamesListed,
    NetworkDown,
    NetworkUp,
    OutOfOrder,
    PrinterHealth,
    PrinterOutcome,
    ReaderAnswer,
    Refusal,
    UndoAsked,
)
from kiosk.session_model import AskReader, ListClasses, ListNames, Phase, Print, State
from kiosk.session_rules import Rules
from kiosk.staff_model import (
    AskReceipts,
    AskStatus,
    CheckPin,
    PrintTest,
    Reprint,
    Restart,
    SetVolume,
    StaffKnown,
    StaffUnknown,
)
from library.contract.kiosk_api import ReaderLoan

LOANS = {AN: "S3", BINH: "S2"}
"""What each has at home: the own book of one is another's for the other."""
NAMES = {AN: "Tên-An", BINH: "Tên-Bình"}
CALM = [NetworkDown(), NetworkUp(), OutOfOrder("scanner"), BackInOrder("scanner"), PrinterHealth("paper_out"),
        PrinterHealth(None)]  # fmt: skip

rules = st.builds(
    Rules,
    mode=st.sampled_from(["borrow_and_return", "borrow_only", "return_only", "mobile_desk"]),
    receipts=st.sampled_from(["always", "ask", "never"]),
    confirm_returns=st.booleans(),
    name_list=st.booleans(),
)
rules = st.one_of(rules, rules.map(lambda chosen: chosen.without_screen))
moves = st.lists(
    st.one_of(
        st.tuples(st.just("scan"), st.sampled_from(
            [AN, BINH, "S1", "S2", "S3", "9786042088381", "", "x" * 1000, "TV0000O042"])),
        st.tuples(st.just("press"), st.sampled_from(
            ["done", "receipt", "no_receipt", "return", "renew", "close", "?", "forgot_card", "choose_0", "choose_back",
             "holdings"])),
        st.tuples(st.just("staff"), st.sampled_from(
            ["card", "pin", "staff_override", "staff_reprint", "staff_status", "staff_volume", "volume_50",
             "staff_restart", "staff_restart_now", "staff_back", "staff_close"])),
        st.tuples(st.just("undo"), st.integers(0, 3)),
        st.tuples(st.just("answer"), st.integers(0, 6), st.sampled_from(["yes", "offline", "no"])),
        st.tuples(st.just("write"), st.integers(0, 3), st.booleans()),
        st.tuples(st.just("wait"), st.sampled_from([0.2, 3.0, 9.0, 26.0, 60.0])),
        st.tuples(st.just("calm"), st.integers(0, len(CALM) - 1)),
        st.tuples(st.just("printed"), st.integers(0, 4), st.sampled_from(["acts", "holdings"]),
                  st.sampled_from(["printed", "not_printed", "unknown"])),
    ),
    max_size=60,
)  # fmt: skip


class Checked(Driver):
    """Plays a move and then checks what must hold after every one."""

    def __init__(self, chosen: Rules) -> None:
        super().__init__(chosen)
        self.owner: dict[str, int] = {}  # key of an act -> the session that asked for it
        self.online_yes: set[str] = set()
        self.ever_journalled: set[str] = set()

    def play(self, move: tuple) -> None:
        match move:
            case ("scan", text):
                self.scan(text)
            case ("press", name):
                self.press(name)
            case ("answer", position, how) if self.asked:
                self.answer(self.asked.pop(position % len(self.asked)), how)
            case ("write", position, fails) if self.journal:
                self.journal.insert(0, self.journal.pop(position % len(self.journal)))
                self.write(fails=fails)
            case ("wait", seconds):
                self.wait(seconds)
            case ("staff", "card"):
                self.scan(STAFF)
            case ("staff", "pin"):
                for digit in "271828":
                    self.press(f"pin_{digit}")
            case ("staff", name):
                self.press(name)
            case ("undo", position) if self.journaled:
                undone = self.journaled[position % len(self.journaled)]
                self.feed(UndoAsked(undone, f"undo-{next(self._keys)}", "S1", "Sách"))
            case ("calm", position):
                self.feed(CALM[position])
            case ("printed", back, about, how):
                reason = "paper_out" if how == "not_printed" else None
                self.feed(PrinterOutcome(max(self.state.session - back, 0), how, reason, about))
        self.check()

    def answer(self, asked, how: str) -> None:
        if isinstance(asked, CheckPin):
            known = StaffKnown(asked.request, 7, "Tên-Cán-Bộ")
            self.feed(StaffUnknown(asked.request, 2.0) if how == "no" else known)
        elif isinstance(asked, ListClasses):
            self.feed(ClassesListed(("3A",)))
        elif isinstance(asked, ListNames):
            self.feed(NamesListed("3A", (("Tên-An", AN), ("Tên-Bình", BINH))))
        elif isinstance(asked, AskStatus | AskReceipts | Reprint | PrintTest | SetVolume | Restart):
            pass
        elif how == "no":
            is_card = getattr(asked, "barcode", "").startswith("TV")
            self.feed(Refusal(asked.request, "copy_unknown" if is_card else "copy_lost"))
        elif isinstance(asked, AskReader):
            loan = ReaderLoan(
                loan_id=1, copy_barcode=LOANS[asked.card], title=f"Sách ở nhà {NAMES[asked.card]}", due_on="2026-12-01",
                overdue=False, renewable=True,
            )  # fmt: skip
            reader = make_reader(asked.card, NAMES[asked.card], loans=(loan,))
            self.feed(ReaderAnswer(asked.request, reader, how == "offline"))
        else:
            owner = self.owner[asked.key]
            title = f"⟦{owner}⟧ {asked.barcode}"
            if how == "yes":
                self.online_yes.add(asked.key)
            self.feed(ActAnswer(asked.request, title, "2026-12-07", 1, offline=how == "offline"))

    def feed(self, event):
        before = self.state
        effects = super().feed(event)
        for effect in effects:
            if isinstance(effect, Print):
                self.check_paper(effect, before)
            key = getattr(effect, "key", None)
            if key is not None and effect in self.asked:
                self.owner[key] = self.state.session
        for effect in self.journal:
            self.ever_journalled.add(effect.key)
        return effects

    def check_paper(self, printed: Print, before: State) -> None:
        """Paper carries one child's things only; what they hold is asked for once and printed once a session."""
        titles = [line.title for line in printed.receipt.lines]
        assert all(f"⟦{printed.session}⟧" in title or title == f"Sách ở nhà {printed.receipt.name}" for title in titles)
        if printed.receipt.kind == "holdings":
            assert before.holdings != "asked" and self.state.holdings == "asked" and titles
            assert self.rules.receipts != "never"
            gone = {line.barcode for line in before.lines if line.kind == "return"}
            again = {line.barcode for line in before.lines if line.kind != "return"}
            assert not {line.barcode for line in printed.receipt.lines} & (gone - again) or self.state.lines != before.lines

    def check(self) -> None:
        choices = self.screen["question"]["buttons"] if self.screen["question"] else self.screen["buttons"]
        assert len(choices) <= 3
        shown = str(self.screen)
        assert STAFF not in shown and "271828" not in shown
        assert self.state.staff is not None or "Tên-Cán-Bộ" not in shown
        for owner in set(self.owner.values()):
            if owner != self.state.session:
                assert f"⟦{owner}⟧" not in shown, "an act of another session is on the screen"
        present = self.state.reader.card if self.state.reader else None
        for card, name in NAMES.items():
            assert card not in shown
            assert name not in shown or card == present or self.state.phase is Phase.CHOOSING
        if self.state.phase is Phase.IDLE:
            assert present is None and self.screen["books"] == [] and self.screen["reader"] is None
        # A yes of the core is written down, whenever it came (unclear ones are kept for it).
        assert self.online_yes <= self.ever_journalled
        # What the child sees as done is on the disk, or the core has it.
        for line in self.state.lines:
            assert line.key in self.journaled or not line.offline
        keys = [line.key for line in self.state.lines]
        assert len(keys) == len(set(keys))


@settings(max_examples=60, deadline=None)
@given(rules, moves)
def test_any_order_of_events(chosen: Rules, played: list[tuple]) -> None:
    kiosk = Checked(chosen)
    for move in played:
        kiosk.play(move)
    # Time alone leads back to the idle screen, whoever never answered.
    for _ in range(200):
        resting = kiosk.state.phase is Phase.IDLE and kiosk.state.asking is None and not kiosk.state.queue
        if resting and kiosk.state.staff is None:
            break
        kiosk.wait(30)
        kiosk.check()
    assert kiosk.state.phase is Phase.IDLE and kiosk.state.asking is None and not kiosk.state.queue
    assert kiosk.state.staff is None, "the staff menu stays open"
    # And the kiosk serves again.
    kiosk.feed(BackInOrder("scanner"))
    kiosk.asked.clear()
    kiosk.scan(AN)
    assert kiosk.asked or not chosen.may_borrow


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["S1", "S2", "S3", "S4"]), max_size=12), st.randoms(use_true_random=False))
def test_every_accepted_act_of_a_session_is_on_its_receipt(books: list[str], random) -> None:
    kiosk = Driver(Rules(receipts="always"))
    kiosk.open_session(remaining=20)
    granted: list[str] = []
    for book in books:
        kiosk.scan(book)
        while kiosk.asked:
            if random.random() < 0.7:
                granted.append(kiosk.asked[0].barcode)
                kiosk.grant(f"Cuốn {kiosk.asked[0].barcode}")
            else:
                kiosk.refuse("copy_lost")
    kiosk.press("done")
    printed = [line.barcode for one in kiosk.prints for line in one.receipt.lines]
    assert printed == granted
