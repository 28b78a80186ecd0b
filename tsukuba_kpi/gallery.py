"""The page that shows every component, with made-up content. Hung into the addresses only in DEBUG."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evaluations.enums import Edition, RoundState, SheetState, ValueStatus
from evaluations.models import Actual
from history.enums import RevisionAct, Through
from history.selectors import Change
from strategy.models import Kpi


class GalleryForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label="指標名", help_text="計画に書かれたとおりに入力します。", max_length=80)
    text = forms.CharField(label="課題", widget=forms.Textarea, max_length=40, required=False)
    choice = forms.ChoiceField(label="方向", choices=[("up", "上向き"), ("down", "下向き")], required=False)
    effect = forms.ChoiceField(
        label="有効性", choices=[("高", "高"), ("中", "中"), ("低", "低")], widget=forms.RadioSelect
    )
    agreed = forms.BooleanField(label="昨年度から変更なし", required=False)
    due = forms.DateField(
        label="期限", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


@dataclass(frozen=True)
class Unit:
    """What the figure display asks of a KPI."""

    unit: str
    decimals: int | None


@login_not_required
@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """Show every component."""
    kpi = Kpi(pk=1, code="K-0001", name="つくバス利用者数", unit="人", decimals=0)
    messages.success(request, "保存しました。")
    change = Change(
        at=datetime(2024, 6, 3, 1, 5, tzinfo=UTC),
        by="筑波 花子",
        act=RevisionAct.CHANGED,
        field="direction",
        label="方向",
        through=Through.BROWSER,
        old="中",
        new="高",
        why="所属長の指摘により見直し",
    )
    context = {
        "form": GalleryForm({"text": "あ" * 43, "choice": "up"}),
        "blank_form": GalleryForm(auto_id="blank_%s"),
        "sheet_states": list(SheetState),
        "round_states": list(RoundState),
        "statuses": list(ValueStatus),
        "page": Paginator(range(1, 301), 20).get_page(request.GET.get("page", "4")),
        "short_page": Paginator(range(1, 4), 20).get_page(1),
        "kpi": kpi,
        "people": Unit("人", 0),
        "share": Unit("％", 1),
        "value": Decimal("888032.00000000"),
        "negative": Decimal("-31.0"),
        "rate": Decimal("0.23404255"),
        "preliminary": Actual(
            value=Decimal(191), status=ValueStatus.PRELIMINARY.value, edition=Edition.FINAL.value
        ),
        "pending": Actual(value=None, status=ValueStatus.PENDING.value, edition=Edition.FINAL.value),
        "unconfirmed": {
            "name": {
                "confidence": "0.60",
                "reason": "改行の位置から分けました。",
                "alternatives": ["別の分け方"],
            },
            "section": {"confidence": "0.85", "reason": "同じ課の行が続くため。"},
        },
        "history": {("strategy.kpi", 1, "direction"): [change, change]},
    }
    return render(request, "gallery/gallery.html", context)
