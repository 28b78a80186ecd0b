"""The boxes for a program's costs: money in 千円, staff in persons, overtime in hours."""

from decimal import Decimal
from typing import Any

from django import forms

from evaluations.selectors.pages import COST_LABELS
from evaluations.services.costs import CostEntry
from programs.models import ProgramCost
from tsukuba_kpi.lib.decimals import to_plain
from tsukuba_kpi.lib.figures import read_figure

DECIMALS = {"staff_share": 2, "overtime_hours": 1}
PREFIX = "cost."
LARGEST = Decimal(10) ** 13


class CostField(forms.CharField):
    """A number as people write it (１，２００、1,200万円), in the unit of its box; blank stays unknown."""

    def __init__(self, *, unit: str, decimals: int, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=60, **kwargs)
        self.unit, self.decimals = unit, decimals
        self.widget.attrs |= {
            "size": 12,
            "inputmode": "decimal",
            "class": "number-box",
            "autocomplete": "off",
        }

    def clean(self, value: Any) -> Decimal | None:
        """Read the number; refuse what is none, is negative, or finer than is kept."""
        text = super().clean(value)
        if not text.strip():
            return None
        read = read_figure(text, unit=self.unit)
        if read.problem:
            raise forms.ValidationError(read.problem)
        number = read.value
        if number is None or read.qualifier or number < 0 or number >= LARGEST:
            raise forms.ValidationError(f"{self.unit}の数字で入力してください。ないときは 0 と書きます。")
        if number != round(number, self.decimals):
            kept = f"小数点以下{self.decimals}桁まで" if self.decimals else "整数"
            raise forms.ValidationError(f"{self.unit}の{kept}で入力してください。")
        return number


def cost_fields() -> dict[str, forms.Field]:
    """Return the boxes of a program's costs, by the names the form gives them."""
    numbers: dict[str, forms.Field] = {
        f"{PREFIX}{name}": CostField(label=f"{label}（{unit}）", unit=unit, decimals=DECIMALS.get(name, 0))
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
