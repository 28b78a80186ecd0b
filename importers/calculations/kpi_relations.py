"""What the names of KPIs tell about their arithmetic: totals, repeats, several numbers, sums, directions.

Pure and lexical: endings and forms of Japanese names, no list of any city's KPIs. Everything here is a
proposal for a person, with a confidence and the reason in words.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from importers.calculations.rows import SourceRow
from importers.enums import KpiRelationKind
from tsukuba_kpi.lib.fiscal_year import era_label, find_period
from tsukuba_kpi.lib.japanese_text import match_key

NEARLY_SURE = Decimal("0.95")
LIKELY = Decimal("0.85")
PROBABLE = Decimal("0.70")
POSSIBLE = Decimal("0.50")


@dataclass(frozen=True, slots=True)
class KpiRelation:
    """One proposal about the KPIs of some rows (indices into the rows given).

    Of totals the first index is the total, the others its parts; `data` holds what the kind needs: the
    names of several `numbers`, the `first` and `last` fiscal year of a sum.
    """

    kind: KpiRelationKind
    rows: tuple[int, ...]
    confidence: Decimal
    reason: str
    data: Mapping[str, object] = field(default_factory=dict)


def relate_kpis(rows: Sequence[SourceRow]) -> tuple[KpiRelation, ...]:
    """Return every proposal about the KPIs of a strategy's rows."""
    relations = [*relate_totals(rows), *relate_repeats(rows)]
    for index, name in _named(rows):
        relations += [
            KpiRelation(proposal.kind, (index,), proposal.confidence, proposal.reason, proposal.data)
            for proposal in (several_numbers(name), cumulative(name), lower_is_better(name))
            if proposal is not None
        ]
    return tuple(relations)


# --- totals and repeats: between rows ------------------------------------------------------------------


def relate_totals(rows: Sequence[SourceRow]) -> tuple[KpiRelation, ...]:
    """Propose totals and their parts.

    A part stands at the same node and bears the total's name with something in brackets (or 「うち」)
    behind it. Two parts or more, whose sections are the total's, are nearly sure.
    """
    relations = []
    for total, name in _named(rows):
        parts = [
            index
            for index, other in _named(rows)
            if index != total and _same_node(rows[index], rows[total]) and _is_part(other, name)
        ]
        if parts:
            relations.append(_total_relation(rows, total, parts))
    return tuple(relations)


def _total_relation(rows: Sequence[SourceRow], total: int, parts: Sequence[int]) -> KpiRelation:
    own = _sections(rows[total])
    covered = {section for part in parts for section in _sections(rows[part])}
    names = "」「".join(str(rows[part].fields["kpi"]) for part in parts)
    if len(parts) == 1:
        confidence = POSSIBLE
    elif covered == own:
        confidence = NEARLY_SURE
    else:
        confidence = LIKELY if covered & own else PROBABLE
    reason = (
        f"同じ目標・施策に、「{rows[total].fields['kpi']}」の名称に括弧書きを加えた指標「{names}」があるため、"
        "合計と内訳と読みました。"
    )
    return KpiRelation(KpiRelationKind.TOTAL_AND_PARTS, (total, *parts), confidence, reason)


_PART_BEHIND = re.compile(r"^(?:\(.+\)|のうち.+)$")


def _is_part(name: str, total: str) -> bool:
    key, base = match_key(name), match_key(total)
    if key.startswith("うち") and base in key:
        return True
    return key.startswith(base) and _PART_BEHIND.match(key[len(base) :]) is not None


def relate_repeats(rows: Sequence[SourceRow]) -> tuple[KpiRelation, ...]:
    """Propose that KPIs of one name are one KPI with several places.

    The same name but for the years of its window may be one KPI as well; that is only possible.
    """
    by_name: dict[str, list[int]] = {}
    by_core: dict[str, list[int]] = {}
    for index, name in _named(rows):
        by_name.setdefault(match_key(name), []).append(index)
        by_core.setdefault(match_key(without_window(name)), []).append(index)
    relations = [_repeat(rows, indices) for indices in by_name.values() if len(indices) > 1]
    for indices in by_core.values():
        names = {match_key(str(rows[index].fields["kpi"])) for index in indices}
        if len(names) > 1:
            relations.append(
                KpiRelation(
                    KpiRelationKind.SAME_KPI,
                    tuple(indices),
                    POSSIBLE,
                    f"期間の書き方を除くと同じ名称の指標です（「{rows[indices[0]].fields['kpi']}」ほか）。"
                    "同じ数値を使うか確認してください。",
                )
            )
    return tuple(relations)


def _repeat(rows: Sequence[SourceRow], indices: Sequence[int]) -> KpiRelation:
    name = rows[indices[0]].fields["kpi"]
    sections = [_sections(row) for row in (rows[index] for index in indices)]
    nodes = {_node(rows[index]) for index in indices}
    if len(nodes) < len(indices):
        confidence, words = POSSIBLE, "同じ場所に2回出てきます。誤って重複していないか確認してください。"
    elif all(other & sections[0] for other in sections[1:]):
        confidence, words = (
            NEARLY_SURE,
            "同じ名称・同じ担当課で複数の場所にあるため、一つの指標と読みました。",
        )
    else:
        confidence, words = PROBABLE, "同じ名称で担当課が異なります。一つの指標か確認してください。"
    return KpiRelation(KpiRelationKind.SAME_KPI, tuple(indices), confidence, f"「{name}」は、{words}")


def _named(rows: Sequence[SourceRow]) -> list[tuple[int, str]]:
    return [(index, name) for index, row in enumerate(rows) if isinstance(name := row.fields.get("kpi"), str)]


def _node(row: SourceRow) -> tuple[object, ...]:
    fields = row.fields
    return (
        fields.get("goal"),
        fields.get("policy"),
        fields.get("measure"),
        match_key(str(fields.get("node") or "")),
    )


def _same_node(left: SourceRow, right: SourceRow) -> bool:
    return _node(left) == _node(right)


def _sections(row: SourceRow) -> set[str]:
    names = row.extra.get("section_names") or row.fields.get("sections") or ()
    return {match_key(str(name)) for name in names} if isinstance(names, list | tuple) else set()


# --- several numbers, sums, directions: in one name -----------------------------------------------------


@dataclass(frozen=True, slots=True)
class NameProposal:
    """What one name tells, before it is known whose it is."""

    kind: KpiRelationKind
    confidence: Decimal
    reason: str
    data: Mapping[str, object] = field(default_factory=dict)


_BRACKETED = re.compile(r"[（(][^（()）]*[)）]")
_QUOTED = re.compile(r"「[^「」]*」|『[^『』]*』")
_QUANTITY = re.compile(r"(?:数|率|割合|額|量|人口|面積|時間|日数|回数|件数|人員|度|点|高|費|収入)$")
_LISTED = re.compile(r"[、，,]|及び|並びに|および|ならびに")
_JOINED_QUANTITIES = re.compile(r"(?<=[数率額量])と(?=.+(?:数|率|額|量|割合)$)")
_OPEN_END = re.compile(r"(?:[\s　]*ほか|[\s　]+他)$")


def several_numbers(name: str) -> NameProposal | None:
    """Propose that a name holds several numbers: a list of quantities, or one with 「ほか」 behind it."""
    bare = _QUOTED.sub("", _BRACKETED.sub("", name)).strip()
    if _OPEN_END.search(bare):
        return NameProposal(
            KpiRelationKind.SEVERAL_NUMBERS,
            LIKELY,
            f"「{name}」は末尾に「ほか」があり、書かれていない数値も含むと読みました。",
            {"numbers": [_OPEN_END.sub("", bare)], "open": True},
        )
    parts = [part for part in _JOINED_QUANTITIES.sub("、", bare).replace("，", "、").split("、") if part]
    parts = [piece for part in parts for piece in _LISTED.split(part) if piece]
    if len(parts) < 2 or not all(_QUANTITY.search(part) for part in parts):
        return None
    lead = parts[0].rpartition("の")[0]
    numbers = [parts[0], *(f"{lead}の{part}" if lead and "の" not in part else part for part in parts[1:])]
    return NameProposal(
        KpiRelationKind.SEVERAL_NUMBERS,
        LIKELY,
        f"「{name}」には{len(numbers)}つの数値（{'、'.join(numbers)}）が並んでいます。",
        {"numbers": numbers, "open": False},
    )


_SUMMED = re.compile(r"累計|累積|通算|合計件数|期間中の")
_WINDOW = re.compile(
    r"[（(]?(?:平成|令和|昭和|西暦|[HRhrＨＲ])?[0-9０-９元]{1,4}年?度?(?:から|～|〜|-|－|以降)"
    r"(?:(?:平成|令和|昭和|西暦|[HRhrＨＲ])?[0-9０-９元]{1,4}年度?)?(?:まで)?(?:の?累計)?の?[)）]?"
)


def without_window(name: str) -> str:
    """Return a name without the years it is counted over (平成27年度から平成31年度までの)."""
    if find_period(name) is None:
        return name
    return _WINDOW.sub("", name) or name


def says_running_total(name: str) -> bool:
    """Tell whether a name says that its figures are counted up to their year (起業件数（累計）)."""
    return _SUMMED.search(name) is not None


def cumulative(name: str) -> NameProposal | None:
    """Propose that a KPI is summed over years, with the fiscal years its name gives."""
    period = find_period(name)
    summed = says_running_total(name)
    if period is None and not summed:
        return None
    if period is not None and period.first is None and not summed:
        return None  # 「平成29年度までに整備した…」 may as well be the state at that time
    first = period.first if period is not None else None
    last = period.last if period is not None else None
    words = "から".join(era_label(year) for year in (first, last) if year is not None)
    span = f"（{words}）" if words else ""
    confidence = NEARLY_SURE if summed else LIKELY
    return NameProposal(
        KpiRelationKind.CUMULATIVE,
        confidence,
        f"「{name}」は期間{span}を通した累計の数値と読みました。",
        {"first": first, "last": last},
    )


# The last words of a name say what is counted; what stands before only describes it.
_MEANT_TO_FALL = re.compile(r"(?:抑制|削減|低減|縮減|減少|解消|短縮|軽減)(?:させる|する)?$")
_GOOD_COUNT = re.compile(
    r"(?:新規|出店|活用|利用|再生|除却|解消|解決|改善|削減|抑制|減少|低減|回復|復帰|防止|対策|相談|支援|回収|リサイクル|"
    r"資源化|再資源化|予防|受入|受け入れ|実施|参加|設置|開催|取組)[^の]*(?:数|率|割合|額|量|回数|件数|面積)$"
)
_BAD_COUNT = re.compile(
    r"(?:待機|待ち時間|認知|犯罪|事故|火災|死者|死傷|負傷|死亡|自殺|滞納|不登校|いじめ|虐待|空き家|空き店舗|空家|離職|失業|"
    r"転出|苦情|感染|罹患|喫煙|放置|投棄|漏水|赤字|負債|公債|将来負担|経常収支|借入|要介護|要支援|排出|温室効果ガス|"
    r"医療|残業|時間外|孤立|被害|待ち|未[^の]{1,6}|できな[いか][^の]{0,4})[^の]*(?:数|率|割合|額|量|件数|時間|費|比率|高|残高|者)$"
)


_BARE_HEADS = frozenset(("数", "率", "割合", "人数", "件数", "額", "量", "回数", "合計", "平均"))


def _counts_what_nobody_wants(name: str) -> bool:
    before, _, head = name.rpartition("の")
    if head not in _BARE_HEADS:
        return _GOOD_COUNT.search(head) is None and _BAD_COUNT.search(head) is not None
    # 「不登校児童生徒の割合」: the words before the bare 割合 say of what.
    phrase = re.split(r"[のるた]", before)[-1] + head
    if _GOOD_COUNT.search(phrase):
        return False
    found = _BAD_COUNT.search(phrase) or _BAD_COUNT.search(name[-14:])
    return found is not None and (not before or found.start() <= 1)


def lower_is_better(name: str) -> NameProposal | None:
    """Propose that a figure is to fall: its name ends in 抑制 or 削減, or counts what nobody wants."""
    bare = _BRACKETED.sub("", _QUOTED.sub("", name)).strip("　 ")
    if _MEANT_TO_FALL.search(bare):
        return NameProposal(
            KpiRelationKind.LOWER_IS_BETTER,
            Decimal("0.90"),
            f"「{name}」は末尾の言葉から、下げることが目標の指標と読みました。",
        )
    if re.search(r"(?:増加|向上|拡大|上昇)(?:させる|する)?$", bare):
        return None
    if not _counts_what_nobody_wants(bare):
        return None
    return NameProposal(
        KpiRelationKind.LOWER_IS_BETTER,
        PROBABLE,
        f"「{name}」は少ないほどよい数と読みました。目標の向きを確認してください。",
    )
