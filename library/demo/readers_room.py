"""Small things the demo school knows about its readers: where homeroom teachers are reached, what families allowed.

Its own random numbers, so that nothing else of the demo moves. Next: school.py.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from library.demo.people import Person
from library.foundation.vietnamese import fold
from library.readers.tables import Reader, ReaderConsent

SEED = 20261126
MAIL_HOST = "thcsnguyendu.example"  # a name nobody owns (RFC 2606)


def fill_readers_room(people: list[Person], until: date) -> None:
    """Addresses of two homeroom teachers in three, and the consents of eight pupils, one taken back."""
    random = Random(SEED)
    teachers = [person for person in people if person.homeroom]
    for number, person in enumerate(teachers):
        if number % 3 == 2:
            continue  # some teachers gave none
        words = fold(person.full_name).split()
        address = f"{words[-1]}.{''.join(word[0] for word in words[:-1])}@{MAIL_HOST}"
        Reader.update(email=address).where(Reader.id == person.id).execute()
    pupils = [person for person in people if person.class_name]
    for number, person in enumerate(random.sample(pupils, 8)):
        given_on = until - timedelta(days=20 + 3 * number)
        ReaderConsent.create(
            reader=person.id, about="photo" if number % 2 else "name",
            given_by=random.choice(("mẹ em và em", "cha em và em", "ông bà và em")), given_on=given_on,
            withdrawn_on=given_on + timedelta(days=10) if number == 7 else None,
        )  # fmt: skip
