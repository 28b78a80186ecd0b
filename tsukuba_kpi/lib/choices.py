"""Labelled string enums that pure modules and Django fields can share.

`django.db.models.TextChoices` would pull Django into `calculations.py`; this base gives the same
`choices`, `labels` and `.label` and stays a plain `StrEnum` (docs/adr/0003).
"""

from enum import StrEnum
from typing import Self


class LabelledEnum(StrEnum):
    """A string enum whose members carry the Japanese label shown on the screen.

    Members are written `FINAL = "final", "確定"`.
    """

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        """Make a member that is its value and carries its label."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """Return (value, label) pairs for a model or form field."""
        return [(member.value, member.label) for member in cls]
