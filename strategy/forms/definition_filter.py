"""What the list of definitions is asked for. An unknown value asks for nothing."""

from collections.abc import Iterable
from typing import Any

from django import forms

from organization.models import Section
from strategy.calculations.definition_gaps import Gap
from strategy.models import Plan, PlanNode
from strategy.selectors.definitions import ANY_GAP, NO_GAP, NOT_JUDGEABLE, DefinitionFilter

GAPS = [
    ("", "指定なし"),
    (ANY_GAP, "どれかが足りない"),
    (NOT_JUDGEABLE, "判定に必要な項目が足りない"),
    *((gap.value, f"{gap.label}がない") for gap in Gap),
    (NO_GAP, "すべて揃っている"),
]


class DefinitionFilterForm(forms.Form):
    """Which KPIs of which plan."""

    plan = forms.ChoiceField(label="計画", required=False)
    q = forms.CharField(label="さがす", required=False, widget=forms.TextInput(attrs={"type": "search"}))
    gap = forms.ChoiceField(label="足りない項目", required=False, choices=GAPS)
    node = forms.ChoiceField(label="位置", required=False)
    section = forms.ChoiceField(label="担当課", required=False)
    review = forms.BooleanField(label="要確認だけ", required=False)

    def __init__(
        self,
        data: Any,
        *,
        plans: Iterable[Plan],
        nodes: Iterable[PlanNode],
        sections: Iterable[Section],
    ) -> None:
        super().__init__(data)
        choices = {
            "plan": [(plan.code, plan.name) for plan in plans],
            "node": [("", "すべて"), *((str(node.pk), node_label(node)) for node in nodes)],
            "section": [("", "すべて"), *((str(section.pk), section.name) for section in sections)],
        }
        for name, found in choices.items():
            self.fields[name].choices = found  # type: ignore[attr-defined]

    def wanted(self) -> DefinitionFilter:
        """Return the filter; what the form refuses is left out."""
        self.is_valid()
        found = self.cleaned_data
        return DefinitionFilter(
            text=found.get("q", ""),
            gap=found.get("gap", ""),
            needs_review=bool(found.get("review")),
            node_id=int(found["node"]) if found.get("node") else None,
            section_id=int(found["section"]) if found.get("section") else None,
        )


LONGEST_LABEL = 24


def node_label(node: PlanNode) -> str:
    """Return a node in a short line for a choice."""
    text = str(node)
    return text if len(text) <= LONGEST_LABEL else text[:LONGEST_LABEL] + "…"
