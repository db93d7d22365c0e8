"""What people read."""

from dataclasses import dataclass, field

import godwit as gw


@dataclass
class Person:
    """Somebody."""

    name: str = field(metadata={"description": "Full name."})
    age: int


@gw.task(deprecated="Use salute.", labels={"team": "web"})
def greet(person: Person, times: int = 1) -> str:
    """Greet somebody.

    Politely, and as often as asked for.

    Args:
        person: Who is greeted.
        times: How often.
    """
    return f"Hello, {person.name}" * times


@gw.workflow(deprecated="No longer polite.", labels={"b": "2", "a": "1"})
def main(person: Person) -> str:
    """Greet once.

    Args:
        person: Who it is.
    """
    return greet(person=person)
