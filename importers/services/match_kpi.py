"""Which registered KPI a row means: by its number and name, or a name that is nearly the same."""

import difflib
from dataclasses import dataclass

from importers.calculations.plan import shorten
from importers.calculations.rows import Doubt
from importers.selectors.existing_actuals import ActualsState, KpiState
from tsukuba_kpi.lib.japanese_text import match_key

NEARLY_SAME = 0.85


@dataclass(frozen=True, slots=True)
class KpiMatch:
    """The KPI a row is about: in hand, or None when it would be a new one; `refused` when neither."""

    kpi: KpiState | None
    doubts: tuple[Doubt, ...] = ()
    refused: str | None = None


def find_kpi(name: str, code: str, state: ActualsState) -> KpiMatch:
    """Return the KPI of a name and number (blank: not stated)."""
    by_code = state.by_code.get(match_key(code)) if code else None
    ids = state.by_name.get(match_key(name), [])
    if by_code is not None and (not ids or by_code in ids):
        return KpiMatch(state.kpis[by_code], _code_doubts(name, state.kpis[by_code]))
    if len(ids) == 1:
        return KpiMatch(state.kpis[ids[0]])
    if ids:
        codes = "、".join(state.kpis[pk].code for pk in ids)
        return KpiMatch(
            None,
            refused=f"「{shorten(name)}」という指標が複数あります（{codes}）。指標番号の列を加えて指定してください。",
        )
    near = [
        pk
        for key in difflib.get_close_matches(match_key(name), state.by_name, n=2, cutoff=NEARLY_SAME)
        for pk in state.by_name[key]
        if _digits(key) == _digits(match_key(name))
    ]
    if len(near) == 1:
        kpi = state.kpis[near[0]]
        message = (
            f"「{shorten(name)}」は登録がありません。似た名称の指標「{shorten(kpi.name)}」の"
            "値として扱う案です。"
        )
        return KpiMatch(kpi, (Doubt("kpi_similar", "kpi", message, True, ({"kpi": name},)),))
    message = f"指標「{shorten(name)}」は登録がありません。新しい指標として登録する案です。"
    return KpiMatch(None, (Doubt("kpi_unknown", "kpi", message),))


def _code_doubts(name: str, kpi: KpiState) -> tuple[Doubt, ...]:
    if match_key(name) == match_key(kpi.name):
        return ()
    message = (
        f"指標番号{kpi.code}の名称は「{shorten(kpi.name)}」です。"
        "番号と名称のどちらが正しいか確認してください。"
    )
    return (Doubt("kpi_name_differs", "kpi", message, True, ({"kpi": kpi.name},)),)


def _digits(key: str) -> str:
    return "".join(character for character in key if character.isdigit())
