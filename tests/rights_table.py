"""Who may do what with every address: the one literal table of the sweep in `test_rights.py`.

A rule names an address, a method and what it is used on, and puts each role into one group:

    yes      the page is shown or the act is done (a form may still find faults in what was typed)
    refused  403: the thing is known to the person, the act is not theirs
    absent   404: for this person the thing does not exist

Whoever is in no group must fail the test, so every rule speaks of every role. `anonymous` is sent to
the sign-in page and need not be named; a public page names it under `yes`. A method without a rule
must answer 405 to everybody. docs/adding.md shows how a new page gets its rules.

In the world of the tests "own" means 産業振興課: `clerk`, `chief` and `deputy` are of that section,
`other_clerk` and `other_chief` of 広報戦略課, and the objects below belong to 産業振興課.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.factories.world import World

SECTION = "clerk chief deputy"
OTHERS = "other_clerk other_chief"
KEEPERS = "planning administrator"
SIGNED_IN = f"{SECTION} {OTHERS} {KEEPERS} committee reader outsider"
EVERYBODY = f"anonymous {SIGNED_IN}"
ROLES = tuple(EVERYBODY.split())
NOT_ADMINISTRATORS = " ".join(role for role in SIGNED_IN.split() if role != "administrator")


@dataclass(frozen=True)
class Rule:
    """What one method of one address answers to each role, for one kind of object."""

    name: str
    method: str
    on: str = "nothing"
    data: dict[str, Any] = field(default_factory=dict)
    yes: str = ""
    refused: str = ""
    absent: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.name} on {self.on}" + (f" {self.data}" if self.data else "")

    def expected(self) -> dict[str, str]:
        """Return each role's outcome."""
        groups = {"yes": self.yes, "refused": self.refused, "absent": self.absent}
        found = {role: outcome for outcome, roles in groups.items() for role in roles.split()}
        return {"anonymous": "sign-in"} | found


# What an address is used on: a function that prepares the world and returns the address's arguments.
OBJECTS: dict[str, Callable[[World], dict[str, Any]]] = {
    "nothing": lambda world: {},
    "clerk": lambda world: {"pk": world.of_industry.clerk.pk},
    "clerk's membership": lambda world: {"pk": world.of_industry.clerk.memberships.get().pk},
    "reader's role": lambda world: {"pk": world.reader.role_grants.get().pk},
    "section": lambda world: {"pk": world.industry.pk},
    "bureau": lambda world: {"pk": world.industry.bureau_id},
}

RULES: tuple[Rule, ...] = (
    # --- frame ---------------------------------------------------------------------------------------
    Rule("home", "GET", yes=SIGNED_IN),
    Rule("health", "GET", yes=EVERYBODY),
    Rule("help", "GET", yes=SIGNED_IN),
    # --- account -------------------------------------------------------------------------------------
    Rule("organization:account", "GET", yes=SIGNED_IN),
    Rule("organization:sign_in", "GET", yes=EVERYBODY),
    Rule("organization:sign_in", "POST", yes=EVERYBODY),
    Rule("organization:sign_out", "POST", yes=EVERYBODY),
    Rule("organization:password_change", "GET", yes=SIGNED_IN),
    Rule("organization:password_change", "POST", yes=SIGNED_IN),
    # --- organization --------------------------------------------------------------------------------
    Rule("organization:user_list", "GET", yes="administrator", refused=NOT_ADMINISTRATORS),
    Rule("organization:user_create", "GET", yes="administrator", refused=NOT_ADMINISTRATORS),
    Rule(
        "organization:user_create",
        "POST",
        data={"username": "new", "display_name": "新人"},
        yes="administrator",
        refused=NOT_ADMINISTRATORS,
    ),
    Rule("organization:user_detail", "GET", on="clerk", yes="administrator", refused=NOT_ADMINISTRATORS),
    Rule(
        "organization:user_detail",
        "POST",
        on="clerk",
        data={"username": "new", "display_name": "改名"},
        yes="administrator",
        refused=NOT_ADMINISTRATORS,
    ),
    Rule(
        "organization:user_activity",
        "POST",
        on="clerk",
        data={"is_active": "0"},
        yes="administrator",
        refused=NOT_ADMINISTRATORS,
    ),
    Rule(
        "organization:user_password_reset",
        "POST",
        on="clerk",
        yes="administrator",
        refused=NOT_ADMINISTRATORS,
    ),
    *(
        Rule(name, method, on=on, data=data, yes="administrator", refused=NOT_ADMINISTRATORS)
        for name, on, data in (
            ("organization:membership_create", "clerk", {"role": "chief", "starts_on": "2024-04-01"}),
            ("organization:role_grant_create", "clerk", {"role": "planning", "starts_on": "2024-04-01"}),
            ("organization:membership_edit", "clerk's membership", {"act": "delete"}),
            ("organization:role_grant_edit", "reader's role", {"act": "delete"}),
            ("organization:section_edit", "section", {"name": "改名課", "position": "1"}),
            ("organization:bureau_edit", "bureau", {"name": "改名部", "position": "1"}),
            ("organization:section_create", "nothing", {"name": "新設課", "position": "1"}),
            ("organization:bureau_create", "nothing", {"name": "新設部", "position": "1"}),
        )
        for method in ("GET", "POST")
    ),
    Rule("organization:section_list", "GET", yes="administrator", refused=NOT_ADMINISTRATORS),
)
