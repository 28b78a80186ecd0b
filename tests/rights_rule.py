"""One line of the sweep's table, and the roles it speaks of (`rights_table.py` explains them)."""

from dataclasses import dataclass, field
from typing import Any

SECTION = "clerk chief deputy"
OTHERS = "other_clerk other_chief"
KEEPERS = "planning administrator"
SIGNED_IN = f"{SECTION} {OTHERS} {KEEPERS} committee reader outsider"
EVERYBODY = f"anonymous {SIGNED_IN}"
ROLES = tuple(EVERYBODY.split())
NOT_PLANNING = " ".join(role for role in SIGNED_IN.split() if role != "planning")
NOT_KEEPERS = f"{SECTION} {OTHERS} committee reader outsider"
IMPORTERS = f"{SECTION} {OTHERS} {KEEPERS}"
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
