"""The page of whoever sits at a mobile desk: the day's acts, undo, the shelf, data in the morning, settling at night.

Here: what the page shows (plain JSON, in words) and what its buttons do. Only for mode = "mobile_desk" and only on
this machine (`screen_server.py`). First names and classes, never a card number. Next: screen/desk.js.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from kiosk.clock import SCHOOL_ZONE_HOURS, instant_text
from kiosk.journal import Act, JournalUnavailable
from kiosk.session_events import UndoAsked
from kiosk.spoken import read_date, short_day
from library.contract.codes import word

if TYPE_CHECKING:
    from kiosk.runner import Kiosk

_KINDS = {"checkout": "Mượn", "return": "Trả", "renewal": "Gia hạn"}
_UNLISTED = {"undo": "Hoàn tác", "unwritten": "Chưa ghi được"}
_STATES = {"pending": "đợi gửi", "applied": "đã về máy chủ", "repeated": "đã về máy chủ", "conflict": "cần xem lại"}
_ZONE = timedelta(hours=SCHOOL_ZONE_HOURS)
_FRESH = timedelta(hours=12)
"""Data of this morning: older than that, the page asks to fetch anew before leaving."""
_NO_ROOM = "Không ghi được sổ của máy. Xem chỗ trống trên đĩa."


@dataclass(frozen=True, slots=True)
class Settlement:
    """What "Kết thúc ngày" did: acts settled now, still waiting, and why it stopped. `upto`: its last act's row."""

    settled: int
    left: int
    said: str
    upto: int


class DeskPage:
    """Called by the page's server, from any of its threads."""

    def __init__(self, kiosk: Kiosk) -> None:
        self._kiosk = kiosk
        self._last: Settlement | None = None

    def describe(self) -> dict[str, Any]:
        """All of the page."""
        kiosk = self._kiosk
        now = kiosk.clock.now()
        acts = kiosk.journal.list_between(*_day_of(now))
        undone = {act.undoes for act in acts if act.kind == "undo"}
        shown = [self._line(act, act.key in undone) for act in acts if act.kind in _KINDS]
        counted = [act for act in acts if act.key not in undone]
        readers, copies = kiosk.snapshot.count()
        age = kiosk.snapshot.age(now)
        return {
            "school": kiosk.state.school,
            "day": short_day((now + _ZONE).date()),
            "online": kiosk.line.is_up,
            "unit": kiosk.unit or "",
            "units": [{"name": name, "count": count} for name, count in kiosk.snapshot.list_units()],
            "data": {
                "readers": readers,
                "copies": copies,
                "made": _moment(now - age) if age is not None else "",
                "fresh": age is not None and age <= _FRESH,
                "clock_ok": kiosk.clock.trusted,
            },
            "lent": sum(act.kind == "checkout" for act in counted),
            "returned": sum(act.kind == "return" for act in counted),
            "waiting": kiosk.journal.count_pending(),
            "acts": shown,
            "undo": _newest(acts, undone),
            "settlement": self._summary(acts),
        }

    def choose_unit(self, name: str) -> bool:
        """The shelf this desk stands at from now on; "" for none. False for one the data do not know."""
        if name and name not in dict(self._kiosk.snapshot.list_units()):
            return False
        self._kiosk.choose_unit(name)
        return True

    def fetch(self) -> None:
        """Data for the day: readers, copies, policy, closed days. Comes with the next round, in a moment."""
        self._kiosk.house.hurry()

    def undo(self, key: str) -> bool:
        """Take the newest act back (L185). False when it is not the newest any more."""
        kiosk = self._kiosk
        acts = kiosk.journal.list_between(*_day_of(kiosk.clock.now()))
        undone = {act.undoes for act in acts if act.kind == "undo"}
        if key != _newest(acts, undone):
            return False
        act = next(one for one in acts if one.key == key)
        was_return = act.kind == "return"
        kiosk.tell(
            UndoAsked(
                key, str(uuid.uuid4()), act.barcode, act.title,
                card=act.card if was_return else None, due_on=act.due_on if was_return else None,
            )
        )  # fmt: skip
        return True

    def settle(self) -> Settlement:
        """Send all that waits, then fetch what is new. Never raises for the network."""
        upto = self._kiosk.journal.last_seq()
        try:
            done = self._kiosk.sync.drain()
        except JournalUnavailable:
            self._last = Settlement(0, self._kiosk.journal.count_pending(), _NO_ROOM, upto)
            return self._last
        said = ""
        if done.device_refused:
            said = "Máy chủ không nhận mã thiết bị này. Báo người quản trị; sổ vẫn còn nguyên ở máy này."
        elif done.left:
            said = "Chưa gửi hết. Kiểm tra mạng rồi bấm lại; những việc đã gửi không bị ghi hai lần."
        self._last = Settlement(done.count, done.left, said, upto)
        self.fetch()
        return self._last

    # ------------------------------------------------------------ words

    def _line(self, act: Act, undone: bool) -> dict[str, Any]:
        reader = self._kiosk.snapshot.find_reader(act.card) if act.card else None
        due = read_date(act.due_on) if act.kind != "return" else None
        return {
            "key": act.key,
            "time": _moment(datetime.fromisoformat(act.occurred_at), day=False) if act.clock_ok else "",
            "kind": act.kind,
            "word": _KINDS[act.kind],
            "name": reader.display_name if reader else "",
            "class": (reader.class_name or "") if reader else "",
            "title": act.title or "Sách của thư viện",
            "due": short_day(due) if due else "",
            "state": "đã hoàn tác" if undone else _STATES[act.status],
            "undone": undone,
        }

    def _summary(self, acts: list[Act]) -> dict[str, Any]:
        """How the day's acts stand at the core: what went in, and what a librarian must look at."""
        sent = [act for act in acts if act.status != "pending"]
        odd = [act for act in sent if act.status == "conflict"]
        last = self._last
        said = last.said if last is not None and self._still_waits(last) else ""
        return {
            "done": sum(act.status in ("applied", "repeated") for act in sent),
            "said": _NO_ROOM if self._kiosk.journal.trouble else said,  # an undo, too, changes nothing then
            "ran": last is not None,
            "conflicts": [
                {
                    "word": _KINDS.get(act.kind) or _UNLISTED.get(act.kind, "Quét"),
                    "title": act.title or "Sách của thư viện",
                    "why": word(act.code or "act_malformed", {"barcode": act.barcode}),
                }
                for act in odd
            ],
        }

    def _still_waits(self, last: Settlement) -> bool:
        """What stopped it is news only while an act of then waits: the others go home by themselves."""
        oldest = self._kiosk.journal.list_pending(1)
        return bool(oldest) and oldest[0].seq <= last.upto


def _newest(acts: list[Act], undone: set[str | None]) -> str:
    """Key of the act that "Hoàn tác" would take back; "" when there is none. `acts`: newest first."""
    return next((act.key for act in acts if act.kind in ("checkout", "return") and act.key not in undone), "")


def _day_of(now: datetime) -> tuple[str, str]:
    """Begin and end of the school's day, as instants."""
    local = (now.astimezone(UTC) + _ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    begin = local - _ZONE
    return instant_text(begin), instant_text(begin + timedelta(days=1))


def _moment(at: datetime, *, day: bool = True) -> str:
    return f"{at.astimezone(UTC) + _ZONE:{'%H:%M %d/%m' if day else '%H:%M'}}"
