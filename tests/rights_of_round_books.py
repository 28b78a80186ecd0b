"""The sweep's rules for the workbooks of a round (`rights_table.py` takes them up)."""

from collections.abc import Callable
from typing import Any

from importers.enums import DocumentKind
from tests.factories.importers import ImportRunFactory
from tests.factories.world import World
from tests.rights_rule import OTHERS, SECTION, Rule

BELONG_NOWHERE = "committee reader outsider administrator"
USERS = f"{SECTION} {OTHERS} planning"


def _run_of(world: World) -> dict[str, Any]:
    run = ImportRunFactory(
        kind=DocumentKind.ROUND.value,
        created_by=world.of_industry.clerk,
        options={"round": world.round.pk},
        stored_file="",
    )
    return {"pk": run.pk}


ROUND_BOOK_OBJECTS: dict[str, Callable[[World], dict[str, Any]]] = {
    "own book": lambda world: {"pk": world.round.pk, "section_pk": world.industry.pk},
    "clerk's book": _run_of,
    "clerk's import as book": lambda world: {
        "pk": ImportRunFactory(kind=DocumentKind.ACTUALS.value, created_by=world.of_industry.clerk).pk
    },
}

ROUND_BOOK_RULES: tuple[Rule, ...] = (
    Rule("importers:round_book_file", "GET", on="open round", yes=USERS, refused=BELONG_NOWHERE),
    Rule(
        "importers:round_book_file",
        "GET",
        on="round in preparation",
        absent=f"{USERS} committee reader outsider",
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
    *(
        Rule("importers:round_book_upload", method, on="open round", yes=USERS, refused=BELONG_NOWHERE)
        for method in ("GET", "POST")
    ),
    # A workbook is its bringer's: planning and administrators know of it, and leave it alone.
    *(
        Rule(
            f"importers:{name}",
            method,
            on="clerk's book",
            yes="clerk",
            refused="planning administrator",
            absent=f"chief deputy {OTHERS} committee reader outsider",
        )
        for name, method in (
            ("round_book_run", "GET"),
            ("round_book_apply", "POST"),
            ("import_run_discard", "POST"),
            ("import_run_undo", "POST"),
        )
    ),
    Rule(
        "importers:round_book_marked",
        "GET",
        on="clerk's book",
        refused="planning administrator",
        absent=f"{SECTION} {OTHERS} committee reader outsider",
    ),
    *(
        Rule(
            f"importers:{name}",
            "GET",
            on="clerk's import as book",
            absent=f"{SECTION} {OTHERS} planning administrator committee reader outsider",
        )
        for name in ("round_book_run",)
    ),
)
