"""Forms of rounds, their questions, and the lists of sheets."""

import re
import unicodedata
from typing import Any

from django import forms
from django.db.models import QuerySet

from evaluations.enums import Edition, QuestionKind, QuestionTarget, SheetState
from evaluations.forms.sheets import area, day_field
from evaluations.models import Round, RoundDue, RoundQuestion
from evaluations.selectors.lists import Filters
from evaluations.services.rounds import RoundDraft
from organization.models import Section
from programs.enums import ProgramKind
from strategy.enums import NodeLevel
from strategy.models import Plan, PlanNode, RatingScheme
from tsukuba_kpi.lib.fiscal_year import era_and_western


class RoundForm(forms.Form):
    """A round as planning prepares it."""

    name = forms.CharField(
        label="名称", required=False, max_length=80, help_text="空のときは年度と版から付けます。"
    )
    fiscal_year = forms.TypedChoiceField(label="対象年度", coerce=int)
    edition = forms.ChoiceField(label="版", choices=Edition.choices(), initial=Edition.FINAL.value)
    plans = forms.ModelMultipleChoiceField(
        label="対象の計画",
        queryset=Plan.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    asks_programs = forms.BooleanField(label="事務事業の評価も照会する", required=False, initial=True)
    asks_costs = forms.BooleanField(
        label="事業費を尋ねる",
        required=False,
        help_text="事務事業シートに、財源ごとの直接事業費・従事人数・時間外・人件費の欄が出ます。",
    )
    rating_scheme = forms.ModelChoiceField(
        label="評価基準",
        queryset=RatingScheme.objects.none(),
        required=False,
        empty_label="計画の評価基準",
    )
    opens_on = day_field("照会開始日", "空のときは、開いた日")
    due_on = day_field("提出期限")
    remind_days = forms.CharField(
        label="期限の何日前に知らせるか",
        required=False,
        max_length=40,
        initial="7、3、1",
        help_text="例 7、3、1。空のときは期限の前には知らせません。",
    )
    instructions = forms.CharField(
        label="入力の案内", required=False, strip=False, widget=area(4), max_length=10_000
    )

    def __init__(self, *args: Any, this_year: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["plans"].queryset = Plan.objects.all()  # type: ignore[attr-defined]
        self.fields["rating_scheme"].queryset = RatingScheme.objects.all()  # type: ignore[attr-defined]
        years = range(this_year + 1, 2005, -1)
        self.fields["fiscal_year"].choices = [  # type: ignore[attr-defined]
            (year, era_and_western(year)) for year in years
        ]

    def clean_remind_days(self) -> list[int]:
        """Read numbers of days, in whatever way they are set apart."""
        text = unicodedata.normalize("NFKC", self.cleaned_data["remind_days"])
        parts = [part for part in re.split(r"[,、・\s]+|日前?", text) if part]
        if not all(part.isascii() and part.isdigit() and 1 <= int(part) <= 90 for part in parts):
            raise forms.ValidationError("1から90までの日数を「、」で区切って入力してください。")
        return sorted({int(part) for part in parts}, reverse=True)

    def draft(self, *, is_demo: bool = False) -> RoundDraft:
        """Return it for the service."""
        cleaned = self.cleaned_data
        return RoundDraft(
            fiscal_year=cleaned["fiscal_year"],
            edition=Edition(cleaned["edition"]),
            plans=list(cleaned["plans"]),
            name=cleaned["name"],
            asks_programs=cleaned["asks_programs"],
            asks_costs=cleaned["asks_costs"],
            rating_scheme=cleaned["rating_scheme"],
            opens_on=cleaned["opens_on"],
            due_on=cleaned["due_on"],
            remind_days=tuple(cleaned["remind_days"]),
            instructions=cleaned["instructions"],
            is_demo=is_demo,
        )


def round_values(collection: Round) -> dict[str, Any]:
    """Return what a round's form begins with."""
    names = (
        "name",
        "fiscal_year",
        "edition",
        "asks_programs",
        "asks_costs",
        "opens_on",
        "due_on",
        "instructions",
    )
    values = {name: getattr(collection, name) for name in names}
    return {
        **values,
        "plans": collection.plans.all(),
        "rating_scheme": collection.rating_scheme_id,
        "remind_days": "、".join(str(day) for day in collection.remind_days),
    }


class DueForm(forms.ModelForm[RoundDue]):
    """By when one group of a round's sheets is due."""

    class Meta:
        model = RoundDue
        fields = ["target", "program_kind", "bureau", "section", "due_on"]
        widgets = {"due_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["target"].choices = [("", "すべて"), *QuestionTarget.choices()]  # type: ignore[attr-defined]
        self.fields["program_kind"].choices = [("", "すべて"), *ProgramKind.choices()]  # type: ignore[attr-defined]
        for name in ("bureau", "section"):
            self.fields[name].empty_label = "すべて"  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse what describes no group: nothing at all, or a KPI's kind of program."""
        cleaned = super().clean() or {}
        if cleaned.get("target") == QuestionTarget.KPI and cleaned.get("program_kind"):
            self.add_error("program_kind", "KPIシートに事業区分はありません。")
        narrowed = any(cleaned.get(name) for name in ("target", "program_kind", "bureau", "section"))
        if cleaned.get("due_on") and not narrowed:
            self.add_error(None, "範囲を一つ以上選んでください。全体の期限は照会の「変更」で決めます。")
        return cleaned


class WordingForm(forms.Form):
    """The words of one occasion."""

    subject = forms.CharField(label="件名", max_length=120, widget=forms.TextInput(attrs={"size": 60}))
    body = forms.CharField(label="本文", strip=False, widget=area(7), max_length=4_000)


class QuestionForm(forms.ModelForm[RoundQuestion]):
    """One question of a round; the choices one a line."""

    choices_text = forms.CharField(
        label="選択肢（１行に一つ）", required=False, widget=area(3), help_text="種類が「選択」のとき"
    )

    class Meta:
        model = RoundQuestion
        fields = [
            "target",
            "position",
            "key",
            "label",
            "help_text",
            "kind",
            "limit",
            "is_required",
            "is_public",
            "program_kind",
        ]
        widgets = {
            "help_text": forms.Textarea(attrs={"rows": 2}),
            "program_kind": forms.Select(choices=[("", "（全ての区分）"), *ProgramKind.choices()]),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["choices_text"] = "\n".join(self.instance.choices)

    def clean(self) -> dict[str, Any]:
        """Check that a choice has choices."""
        cleaned = super().clean() or {}
        lines = [line.strip() for line in cleaned.get("choices_text", "").splitlines()]
        choices = list(dict.fromkeys(line for line in lines if line))
        if cleaned.get("kind") == QuestionKind.CHOICE and not choices:
            self.add_error("choices_text", "選択肢を１行に一つずつ入力してください。")
        self.instance.choices = choices if cleaned.get("kind") == QuestionKind.CHOICE else []
        return cleaned


class FilterForm(forms.Form):
    """What a list of sheets is narrowed to."""

    kind = forms.ChoiceField(
        choices=[("kpi", "KPI"), ("program", "事務事業")], required=False, widget=forms.HiddenInput
    )
    round = forms.ModelChoiceField(
        label="照会", queryset=Round.objects.none(), required=False, empty_label="すべて"
    )
    state = forms.ChoiceField(label="状態", required=False)
    section = forms.ChoiceField(label="課室", required=False)
    node = forms.ModelChoiceField(
        label="基本目標", queryset=PlanNode.objects.none(), required=False, empty_label="すべて"
    )
    late = forms.BooleanField(label="期限超過だけ", required=False)
    q = forms.CharField(label="名称", required=False, max_length=80)

    def __init__(self, *args: Any, rounds: "QuerySet[Round]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["round"].queryset = rounds  # type: ignore[attr-defined]
        self.fields["state"].choices = [("", "すべて"), *SheetState.choices()]  # type: ignore[attr-defined]
        sections = Section.objects.select_related("bureau")
        self.fields["section"].choices = [  # type: ignore[attr-defined]
            ("", "すべて"),
            ("none", "担当課室なし"),
            *((str(section.pk), section.name) for section in sections),
        ]
        goals = PlanNode.objects.filter(level=NodeLevel.GOAL.value, plan__rounds__in=rounds)
        self.fields["node"].queryset = goals.distinct()  # type: ignore[attr-defined]

    @property
    def filters(self) -> Filters:
        """Return what was chosen; what cannot be read narrows nothing."""
        cleaned = self.cleaned_data if self.is_valid() else {}
        section = cleaned.get("section") or ""
        return Filters(
            kind=cleaned.get("kind") or "kpi",
            round_id=cleaned["round"].pk if cleaned.get("round") else None,
            state=SheetState(cleaned["state"]) if cleaned.get("state") else None,
            section_id=int(section) if section.isdigit() else None,
            without_section=section == "none",
            node_id=cleaned["node"].pk if cleaned.get("node") else None,
            late_only=cleaned.get("late", False),
            words=cleaned.get("q", ""),
        )
