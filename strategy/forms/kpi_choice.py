"""Choosing another KPI by its number or name, with suggestions and without a script."""

from collections.abc import Mapping
from typing import Any

from django import forms

from strategy.models import Kpi
from tsukuba_kpi.lib.japanese_text import match_key

SUGGESTIONS = "kpi-suggestions"


class KpiChoice(forms.CharField):
    """A text that names one KPI: KPI-0012, 「KPI-0012 指標名」 as suggested, or its whole name."""

    widget = forms.TextInput(attrs={"list": SUGGESTIONS, "autocomplete": "off"})

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.kpis: Mapping[int, Kpi] = {}

    def clean(self, value: Any) -> Any:
        """Return the KPI, None for a blank.

        :raises ValidationError: if no KPI or more than one is meant
        """
        if isinstance(value, Kpi):  # a locked input keeps what it was shown with
            return value
        text = str(super().clean(value) or "").strip()
        if not text:
            return None
        code = match_key(text.split()[0])
        for kpi in self.kpis.values():
            if match_key(kpi.code) == code:
                return kpi
        named = [kpi for kpi in self.kpis.values() if match_key(kpi.name) == match_key(text)]
        if len(named) == 1:
            return named[0]
        if named:
            codes = "、".join(kpi.code for kpi in named)
            raise forms.ValidationError(f"同じ名前の指標が複数あります（{codes}）。番号で入力してください。")
        raise forms.ValidationError("この番号・名前の指標はありません。候補から選んでください。")

    def prepare_value(self, value: Any) -> Any:
        """Return a KPI as the suggestion reads."""
        return suggestion(value) if isinstance(value, Kpi) else value


def suggestion(kpi: Kpi) -> str:
    """Return a KPI as the list of suggestions shows it."""
    return f"{kpi.code} {kpi.name}"
