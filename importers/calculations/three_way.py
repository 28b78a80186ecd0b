"""Three readings of one field: in the workbook, when it was taken, and now. Nothing is decided in silence."""

from collections.abc import Mapping
from dataclasses import dataclass

from tsukuba_kpi.lib.choices import LabelledEnum


class Side(LabelledEnum):
    """Who changed a field since the workbook was taken."""

    UNCHANGED = "unchanged", "変わっていない"
    SAME = "same", "同じ内容"
    WORKBOOK = "workbook", "Excelで変更"
    SYSTEM = "system", "画面で変更"
    BOTH = "both", "両方で変更"


class Choice(LabelledEnum):
    """What a person wants to stand in a field."""

    WORKBOOK = "workbook", "Excelの内容にする"
    SYSTEM = "system", "いまの内容を残す"


def side_of(*, base: object, workbook: object, system: object) -> Side:
    """Return who changed a field; the three are compared as they are."""
    if workbook == system:
        return Side.UNCHANGED if workbook == base else Side.SAME
    if workbook == base:
        return Side.SYSTEM
    return Side.WORKBOOK if system == base else Side.BOTH


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One field with its three readings as people read them."""

    field: str
    label: str
    base: str
    workbook: str
    system: str
    side: Side

    @property
    def proposes(self) -> bool:
        """Return whether the workbook would change something here."""
        return self.side in {Side.WORKBOOK, Side.BOTH}

    def wants_workbook(self, choices: Mapping[str, str]) -> bool:
        """Return whether the workbook's reading is to be written.

        What only the workbook changed is, unless a person says otherwise; where both did, they have to say.
        """
        chosen = choices.get(self.field)
        if self.side is Side.BOTH:
            return chosen == Choice.WORKBOOK
        return self.side is Side.WORKBOOK and chosen != Choice.SYSTEM

    def waits(self, choices: Mapping[str, str]) -> bool:
        """Return whether a person has still to choose."""
        return self.side is Side.BOTH and choices.get(self.field) not in {*Choice}

    def to_dict(self) -> dict[str, str]:
        """Return it as a run keeps it."""
        return {
            "field": self.field,
            "label": self.label,
            "base": self.base,
            "workbook": self.workbook,
            "system": self.system,
            "side": self.side.value,
        }


def difference_from(kept: Mapping[str, str]) -> Difference:
    """Return what `to_dict` kept."""
    return Difference(
        field=kept["field"],
        label=kept["label"],
        base=kept["base"],
        workbook=kept["workbook"],
        system=kept["system"],
        side=Side(kept["side"]),
    )
