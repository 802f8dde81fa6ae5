"""What many tests of lending do: lend at the desk, and hear why not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lending_world import STAFF, World

from library.foundation.errors import Refused
from library.lending.model import LoanDone
from library.lending.service import check_out


def lend(school: World, who: str, barcode: str, **more: object) -> LoanDone:
    """Lend a copy at the desk to the reader of that name."""
    return check_out(barcode, reader_card=school.cards[who], actor=STAFF, channel="desk", **more)


def refused(call: Callable[..., object], *arguments: object, **more: object) -> tuple[str, ...]:
    """The codes of every reason why the call is refused, first the first."""
    with pytest.raises(Refused) as caught:
        call(*arguments, **more)
    return tuple(reason.code for reason in caught.value.reasons)
