"""The boxes for a program's costs: money in 千円, staff in persons, overtime in hours."""

from decimal import Decimal
from typing import Any

from django import forms

from evaluations.calculations.costs import COST_LABELS, read_cost
from evaluations.services.costs import CostEntry
from programs.models import ProgramCost
from tsukuba_kpi.lib.decimals import to_plain

PREFIX = "cost."


class CostField(forms.CharField):
    """A number as people write it (１，２００、1,200万円), in the unit of its box; blank stays unknown."""

    def __init__(self, *, name: str, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=60, **kwargs)
        self.name = name
        self.widget.attrs |= {
            "size": 12,
            "inputmode": "decimal",
            "class": "number-box",
            "autocomplete": "off",
        }

    def clean(self, value: Any) -> Decimal | None:
        """Read the number; refuse what is none, is negative, or finer than is kept."""
        read = read_cost(self.name, super().clean(value))
        if read.problem:
            raise forms.ValidationError(read.problem)
        return read.value


def cost_fields() -> dict[str, forms.Field]:
    """Return the boxes of a program's costs, by the names the form gives them."""
    numbers: dict[str, forms.Field] = {
        f"{PREFIX}{name}": CostField(label=f"{label}（{unit}）", name=name)
        for name, (label, unit) in COST_LABELS.items()
    }
    return {
        f"{PREFIX}budget_code": forms.CharField(
            label="予算科目（款・項・目・事業）",
            required=False,
            max_length=60,
            widget=forms.TextInput(attrs={"size": 24}),
        ),
        **numbers,
        f"{PREFIX}is_final": forms.BooleanField(label="決算の額である（出納閉鎖後）", required=False),
        "cost_version": forms.IntegerField(widget=forms.HiddenInput, min_value=0, required=False),
    }


def cost_entry(cleaned: dict[str, Any]) -> CostEntry:
    """Return the costs for the service."""
    values = {name: cleaned[f"{PREFIX}{name}"] for name in ("budget_code", *COST_LABELS, "is_final")}
    return CostEntry(seen_version=cleaned.get("cost_version") or 0, **values)


def cost_values(cost: ProgramCost | None) -> dict[str, str]:
    """Return what stands in the boxes, field by field."""
    values = {f"{PREFIX}budget_code": cost.budget_code if cost else ""}
    for name in COST_LABELS:
        number = getattr(cost, name) if cost else None
        values[f"{PREFIX}{name}"] = "" if number is None else to_plain(number)
    values[f"{PREFIX}is_final"] = "on" if cost and cost.is_final else ""
    return values
