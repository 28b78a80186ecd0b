"""The sweep's rules for the workbooks of a round (`rights_table.py` takes them up)."""

from collections.abc import Callable
from typing import Any

from tests.factories.world import World
from tests.rights_rule import OTHERS, SECTION, Rule

BELONG_NOWHERE = "committee reader outsider administrator"

ROUND_BOOK_OBJECTS: dict[str, Callable[[World], dict[str, Any]]] = {
    "own book": lambda world: {"pk": world.round.pk, "section_pk": world.industry.pk},
}

ROUND_BOOK_RULES: tuple[Rule, ...] = (
    Rule(
        "importers:round_book_file",
        "GET",
        on="open round",
        yes=f"{SECTION} {OTHERS} planning",
        refused=BELONG_NOWHERE,
    ),
    Rule(
        "importers:round_book_file",
        "GET",
        on="round in preparation",
        absent=f"{SECTION} {OTHERS} planning committee reader outsider",
        refused="administrator",
    ),
    Rule(
        "importers:round_book_section_file",
        "GET",
        on="own book",
        yes=f"{SECTION} planning",
        absent=OTHERS,
        refused=BELONG_NOWHERE,
    ),
    Rule(
        "importers:round_book_archive",
        "GET",
        on="open round",
        yes="planning",
        refused=f"{SECTION} {OTHERS} {BELONG_NOWHERE}",
    ),
)
