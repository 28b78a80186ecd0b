"""What planning says of one link between a program and the plan."""

from typing import Any

from django import forms

from programs.enums import LinkState
from programs.models import Program
from strategy.models import Kpi, Plan, PlanNode
from tsukuba_kpi.lib.japanese_text import clean_control


class LinkForm(forms.Form):
    """A program, the node or the KPI it serves, the decision and its reason."""

    program = forms.ModelChoiceField(label="事務事業", queryset=Program.objects.none())
    node = forms.ModelChoiceField(label="施策・事業", queryset=PlanNode.objects.none(), required=False)
    kpi = forms.ModelChoiceField(label="指標", queryset=Kpi.objects.none(), required=False)
    reason = forms.CharField(label="理由", required=False, max_length=500)
    state = forms.ChoiceField(
        label="判断",
        choices=[
            (state.value, state.label)
            for state in (LinkState.ACCEPTED, LinkState.REFUSED, LinkState.PROPOSED)
        ],
    )

    def __init__(self, *args: object, plan: Plan) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        rows = {
            "program": Program.objects.filter(is_demo=plan.is_demo),
            "node": PlanNode.objects.filter(plan=plan),
            "kpi": Kpi.objects.filter(placements__node__plan=plan).distinct().order_by("code"),
        }
        for name, queryset in rows.items():
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = queryset

    def clean_reason(self) -> str:
        """Return the reason without control characters."""
        return clean_control(self.cleaned_data["reason"])

    def clean(self) -> dict[str, Any]:
        """Ask for exactly one of node and KPI."""
        given: dict[str, Any] = super().clean() or {}
        if bool(given.get("node")) == bool(given.get("kpi")):
            raise forms.ValidationError("施策か指標のどちらか一つを選んでください。")
        return given
