"""How a kiosk is, as it tells the core's fleet page and `kesach-kiosk check`. What each field is: docs/kiosk-api.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kiosk.journal import describe_damage
from kiosk.system_units import list_outdated
from library.version import VERSION

if TYPE_CHECKING:
    from kiosk.runner import Kiosk


def describe_kiosk(kiosk: Kiosk) -> dict[str, Any]:
    age = kiosk.snapshot.age(kiosk.clock.now())
    damages = kiosk.journal.list_damages()
    return {
        "version": VERSION,
        "run_id": kiosk.run_id,
        "receipt_template": kiosk.templates.version,
        "update": kiosk.updates.report(),
        "units_old": list_outdated(kiosk.system),
        "scanner": kiosk.scans.state,
        "printer": kiosk.printing.status if kiosk.config.printer.driver != "none" else "none",
        "sound": kiosk.sounds.report(watched=kiosk.screen.is_watched),
        "journal_length": kiosk.journal.count_pending(),
        "journal_ok": not kiosk.journal.trouble,
        "journal_set_aside": sum(not one.seen for one in damages),
        "journal_damage": describe_damage(damages),
        "snapshot_version": kiosk.snapshot.version,
        "snapshot_age_seconds": int(age.total_seconds()) if age is not None else None,
        "clock_ok": kiosk.clock.trusted,
        "mode": kiosk.config.rules.mode,
    }
