"""What a list can be filtered by. The form is the address: it can be shared."""

from collections.abc import Iterable

from django import forms

from evaluations.enums import Reason, SheetState
from reports.selectors.kpi_rows import KpiRow
from reports.selectors.plan_tree import PlanTree
from strategy.calculations.rating import Scheme
from strategy.enums import Direction
from tsukuba_kpi.lib.japanese_text import search_key

ANY = ("", "すべて")
UNGRADED = ("none", "判定なし")
WAITING = ("waiting", "提出前（課室にあるもの）")


class KpiListForm(forms.Form):
    """Filters of a plan's KPI list."""

    q = forms.CharField(label="ことば", required=False)
    node = forms.ChoiceField(label="目標・施策", required=False)
    section = forms.ChoiceField(label="担当課", required=False)
    grade = forms.ChoiceField(label="評価", required=False)
    reason = forms.ChoiceField(label="判定できない理由", required=False)
    state = forms.ChoiceField(
        label="シートの状態", required=False, choices=[ANY, WAITING, *SheetState.choices()]
    )
    direction = forms.ChoiceField(
        label="方向", required=False, choices=[ANY, *Direction.choices(), ("none", "未設定")]
    )
    lacking = forms.BooleanField(label="定義に不足があるもの", required=False)
    review = forms.BooleanField(label="要確認のもの", required=False)

    def __init__(self, *args: object, tree: PlanTree, rows: list[KpiRow], scheme: Scheme | None) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.tree = tree
        nodes = [branch.node for top in tree.branches for branch in top.walk()]
        sections = {section.pk: section for row in rows for section in row.sections}
        self._choices("node", ((node.pk, str(node)) for node in nodes))
        self._choices("section", sorted((pk, section.name) for pk, section in sections.items()))
        bands = scheme.bands if scheme else ()
        self._choices("grade", (UNGRADED, *((band.label, band.label) for band in bands)))
        self._choices("reason", Reason.choices())

    def _choices(self, name: str, choices: Iterable[tuple[object, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [ANY, *((str(value), label) for value, label in choices)]

    def keep(self, rows: list[KpiRow]) -> list[KpiRow]:
        """Return the rows that every filled-in filter lets through; an unknown value lets none through."""
        if not self.is_valid():
            return []
        asked = self.cleaned_data
        words = [search_key(word) for word in asked["q"].split()]
        below = self.tree.by_id[int(asked["node"])].kpi_ids() if asked["node"] else None
        return [
            row
            for row in rows
            if (below is None or row.kpi.pk in below)
            and (not asked["section"] or asked["section"] in {str(s.pk) for s in row.sections})
            and _has_grade(row, asked["grade"])
            and (not asked["reason"] or (not row.verdict.grade and row.verdict.reason == asked["reason"]))
            and _has_state(row, asked["state"])
            and (not asked["direction"] or (row.kpi.direction or "none") == asked["direction"])
            and (not asked["lacking"] or row.missing_definition)
            and (not asked["review"] or row.unconfirmed)
            and all(word in _words_of(row) for word in words)
        ]


def _has_grade(row: KpiRow, asked: str) -> bool:
    if asked == UNGRADED[0]:
        return row.verdict.grade is None
    return not asked or (row.verdict.grade is not None and row.verdict.grade.label == asked)


def _has_state(row: KpiRow, asked: str) -> bool:
    if asked == WAITING[0]:
        return row.is_waiting
    return not asked or (row.sheet is not None and row.sheet.state == asked)


def _words_of(row: KpiRow) -> str:
    parts = [
        row.kpi.name,
        row.kpi.code,
        row.kpi.unit,
        *(str(n) for n in row.nodes),
        *(s.name for s in row.sections),
    ]
    return search_key("\n".join(parts))
