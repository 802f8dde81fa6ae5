"""What goes wrong in a real library: a few books lost, damaged, called back, or "I have returned it".

Made by the very services, on the demo's last day; takes from no other part's chance.
"""

from __future__ import annotations

from datetime import date
from random import Random

from library.cataloguing.tables import Copy
from library.demo.circulation import LIBRARIAN
from library.foundation.audit import Actor
from library.foundation.clock import at_local, clock_at
from library.lending.charges import list_charges, settle_with_copy, settle_with_price
from library.lending.copy_troubles import claim_returned, declare_lost, note_damage
from library.lending.corrections import recall
from library.lending.service import check_in
from library.lending.tables import Loan

SEED = 20_261_125
SOME = 12


def fill_troubles(until: date) -> None:
    """On `until`: four books lost (two made good), one damaged, two recalled, two claimed as returned."""
    actor = Actor("staff", LIBRARIAN)
    loans = list(
        Loan.select(Loan.id, Copy.barcode)
        .join(Copy)
        .where(Loan.returned_at.is_null(), Loan.reader_kind == "pupil", Loan.purpose == "home", Loan.loaned_on < until)
        .order_by(Loan.id)
    )
    if len(loans) < SOME:
        return  # holidays: hardly anything is out
    chosen = Random(SEED).sample(loans, SOME)
    with clock_at(at_local(until, 16, 30)):
        for loan, words in zip(chosen[:4], ("em làm rơi trên xe buýt", "em không tìm thấy ở nhà", "", ""), strict=True):
            declare_lost(loan.copy.barcode, actor=actor, comment=words or None)
        for number, charge in enumerate(list_charges()[:2]):
            if number == 0:
                settle_with_copy(charge.charge_id, actor=actor)
            else:
                settle_with_price(charge.charge_id, charge.amount or 30_000, actor=actor)
        check_in(chosen[4].copy.barcode, actor=actor, channel="desk")
        note_damage(
            chosen[4].copy.barcode, "damaged", actor=actor, to_repair=True, owes=True, amount=15_000,
            comment="rách bìa, thiếu hai trang",
        )  # fmt: skip
        for loan in chosen[5:7]:
            recall(loan.id, actor=actor, comment="có bạn đang đợi")
        for loan in chosen[7:9]:
            claim_returned(loan.id, actor=actor)
