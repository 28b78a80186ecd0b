"""The inputs of a plan's settings, of one node, and of the KPIs that stand at it."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory

from strategy.enums import NodeLevel
from strategy.forms.composition import FigureText, RowForm, YearText
from strategy.forms.definition_filter import node_label
from strategy.forms.kpi_choice import KpiChoice
from strategy.models import Kpi, Placement, Plan, PlanNode, RatingScheme
from strategy.services.plan_nodes import NodeDraft, PlacementEntry
from strategy.services.plans import PlanDraft
from tsukuba_kpi.lib.japanese_text import clean_control, parse_node_code

BLANK_ROWS = 2
MOST_ROWS = 200
LONGEST_NAME = 1000
# How many numbers a code of each level has: Ⅰ, Ⅰ-１, Ⅰ-１-（１）.
NUMBERS = {NodeLevel.GOAL: 1, NodeLevel.POLICY: 2, NodeLevel.MEASURE: 3}


class PlanForm(forms.Form):
    """What belongs to the whole plan."""

    name = forms.CharField(label="計画名", max_length=120)
    first_fiscal_year = YearText(label="最初の年度", required=False)
    last_fiscal_year = YearText(label="最後の年度", required=False)
    rating_scheme = forms.ModelChoiceField(
        label="評価基準", queryset=RatingScheme.objects.none(), required=False, empty_label="（未設定）"
    )
    summary = forms.CharField(
        label="概要（市民向け）", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, data: Any, *, plan: Plan) -> None:
        super().__init__(
            data,
            initial={
                "name": plan.name,
                "first_fiscal_year": plan.first_fiscal_year,
                "last_fiscal_year": plan.last_fiscal_year,
                "rating_scheme": plan.rating_scheme_id,
                "summary": plan.summary,
            },
        )
        self.fields["rating_scheme"].queryset = RatingScheme.objects.all()  # type: ignore[attr-defined]
        for level in NodeLevel:
            self.fields[f"level_{level.value}"] = forms.CharField(
                label=f"「{level.label}」の呼び名",
                required=False,
                max_length=30,
                initial=plan.level_names.get(level.value, ""),
                widget=forms.TextInput(attrs={"placeholder": level.label}),
            )

    @property
    def level_fields(self) -> list[forms.BoundField]:
        """Return the fields of the levels' names."""
        return [self[f"level_{level.value}"] for level in NodeLevel]

    def draft(self, node_names: Mapping[int, str]) -> PlanDraft:
        """Return the settings as stated."""
        found = self.cleaned_data
        names = {level.value: found[f"level_{level.value}"].strip() for level in NodeLevel}
        return PlanDraft(
            name=found["name"],
            first_fiscal_year=found["first_fiscal_year"],
            last_fiscal_year=found["last_fiscal_year"],
            level_names={level: name for level, name in names.items() if name},
            rating_scheme=found["rating_scheme"],
            summary=found["summary"],
            node_names=node_names,
        )


def sent_names(data: Mapping[str, str], nodes: Iterable[PlanNode]) -> dict[int, str]:
    """Return the names that were typed into the tree, by node id; a node that was not sent is left out."""
    typed = {node.pk: data[f"name.{node.pk}"] for node in nodes if f"name.{node.pk}" in data}
    return {pk: " ".join(clean_control(text).split()) for pk, text in typed.items()}


def name_problems(names: Mapping[int, str], nodes: Iterable[PlanNode]) -> dict[int, str]:
    """Return what is wrong with typed names, by node id."""
    found = {}
    for node in nodes:
        name = names.get(node.pk)
        if name is not None and len(name) > LONGEST_NAME:
            found[node.pk] = f"{LONGEST_NAME}文字までです。"
        elif name == "" and not node.code:
            found[node.pk] = "番号のない項目には名称が必要です。"
    return found


class NodeForm(forms.Form):
    """One node of the tree."""

    level = forms.ChoiceField(label="階層")
    parent = forms.ChoiceField(label="上位の項目", required=False)
    code = forms.CharField(
        label="番号", required=False, max_length=30, help_text="例 Ⅰ-１-（１）。「1-1-1」とも書けます。"
    )
    name = forms.CharField(label="名称", required=False, max_length=LONGEST_NAME)
    description = forms.CharField(
        label="説明（市民向け）", required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(
        self,
        data: Any,
        *,
        plan: Plan,
        nodes: Iterable[PlanNode],
        initial: Mapping[str, Any],
        known: PlanNode | None = None,
    ) -> None:
        super().__init__(data, initial=dict(initial))
        self.known = known
        self.nodes = {str(node.pk): node for node in nodes}
        choices = {
            "level": [(level.value, plan.level_name(level.value)) for level in NodeLevel],
            "parent": [
                ("", "（最上位）"),
                *(
                    (pk, f"{plan.level_name(node.level)} {node_label(node)}")
                    for pk, node in self.nodes.items()
                ),
            ],
        }
        for name, found in choices.items():
            self.fields[name].choices = found  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Read the number: how it is printed, and how machines write it."""
        found = self.cleaned_data
        typed = found.get("code", "")
        found["ascii_code"] = ""
        if not typed or "level" not in found:
            return found
        level = NodeLevel(found["level"])
        known = self.known
        if known is not None and (typed, level) == (known.code, known.level):
            found["ascii_code"] = known.ascii_code
            return found
        numbers = NUMBERS.get(level)
        if numbers is None:
            return found
        code = parse_node_code(typed) or parse_node_code(f"{NodeLevel.GOAL.label}{typed}")
        if code is None or code.rest or len(code.ascii.split("-")) != numbers:
            self.add_error("code", f"この階層の番号は「{_EXAMPLES[numbers]}」のように入力してください。")
            return found
        parent = self.nodes.get(found.get("parent", ""))
        if parent is not None and parent.ascii_code and not code.ascii.startswith(f"{parent.ascii_code}-"):
            self.add_error("code", f"上位の番号（{parent.code}）で始まる番号にしてください。")
        found["code"], found["ascii_code"] = code.printed, code.ascii
        return found

    @property
    def draft(self) -> NodeDraft:
        """Return the node as stated."""
        found = self.cleaned_data
        return NodeDraft(
            level=NodeLevel(found["level"]),
            parent=self.nodes.get(found["parent"]),
            name=" ".join(clean_control(found["name"]).split()),
            code=found["code"],
            ascii_code=found["ascii_code"],
            description=found["description"],
        )


_EXAMPLES = {1: "Ⅰ", 2: "Ⅰ-１", 3: "Ⅰ-１-（１）"}


class PlacementForm(RowForm):
    """A KPI that stands at the node."""

    leading = "kpi"
    kpi = KpiChoice(label="指標", required=False)
    node = forms.ChoiceField(label="位置")
    printed_name = forms.CharField(label="この位置での表記", required=False, max_length=LONGEST_NAME)
    weight = FigureText(label="重み", required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse negative weights."""
        found = super().clean()
        weight = found.get("weight")
        if weight is not None and weight < 0:
            self.add_error("weight", "重みは0以上にしてください。")
        return found


PlacementFormSet = formset_factory(
    PlacementForm, formset=BaseFormSet, extra=BLANK_ROWS, max_num=MOST_ROWS, absolute_max=MOST_ROWS
)


def placement_forms(
    data: Any,
    *,
    node: PlanNode,
    placements: Iterable[Placement],
    nodes: Iterable[PlanNode],
    kpis: Mapping[int, Kpi],
) -> Any:
    """Return the rows of the KPIs that stand at a node."""
    initial = [
        {
            "pk": held.pk,
            "kpi": held.kpi,
            "node": str(node.pk),
            "printed_name": held.printed_name,
            "weight": held.weight,
        }
        for held in placements
    ]
    rows: Any = PlacementFormSet(data, prefix="places", initial=initial)
    choices = [(str(each.pk), node_label(each)) for each in nodes]
    for form in rows:
        form.fields["kpi"].kpis = kpis
        form.fields["node"].choices = choices
        form.fields["node"].initial = str(node.pk)
        if form.initial.get("pk"):
            # Another KPI at this place is another place: take this row out and add a new one.
            form.fields["kpi"].disabled = True
    return rows


def placement_entries(
    rows: Any, *, placements: Iterable[Placement], nodes: Iterable[PlanNode]
) -> list[PlacementEntry]:
    """Return the KPIs at the node as stated."""
    held = {placement.pk: placement for placement in placements}
    by_id = {str(node.pk): node for node in nodes}
    entries = []
    for row in (form.cleaned_data for form in rows if form.is_wanted):
        known = held.get(row["pk"])
        entries.append(
            PlacementEntry(
                pk=known.pk if known else None,
                kpi=known.kpi if known else row["kpi"],
                node=by_id[row["node"]],
                printed_name=row["printed_name"],
                weight=row["weight"],
            )
        )
    return entries
