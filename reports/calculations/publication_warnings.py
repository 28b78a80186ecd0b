"""What planning should look at before a publication: gaps, doubtful targets, texts not meant for everybody.

The words are looked for, not understood: a warning asks a person to look, and keeps nothing back by itself.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal

from evaluations.enums import ValueStatus
from reports.calculations.publication_choices import (
    DESCRIPTION,
    KPI_TEXTS,
    NODE_TEXTS,
    NOTES,
    PROGRAM_TEXTS,
)
from reports.calculations.published import (
    Content,
    PublishedKpi,
    PublishedNode,
    PublishedPlan,
    PublishedProgram,
    PublishedYear,
)
from tsukuba_kpi.lib.choices import LabelledEnum
from tsukuba_kpi.lib.japanese_text import match_key


class WarningKind(LabelledEnum):
    """Why a person should look before publishing; the most serious first."""

    PERSON = "person", "人の名前らしいことば"
    CONTACT = "contact", "電話番号・メールアドレス"
    INTERNAL = "internal", "庁内のメモらしいことば"
    PENDING = "pending", "実績が集計中"
    NO_ACTUAL = "no_actual", "実績がない"
    NO_TARGET = "no_target", "目標値がない"
    TOO_EASY = "too_easy", "目標の150％を超える実績"
    NOT_FINAL = "not_final", "速報・見込の実績"


@dataclass(frozen=True)
class PublicationWarning:
    """One thing to look at: in which record and field, and the words or figures that drew attention."""

    kind: WarningKind
    name: str
    kpi_code: str | None
    program_key: str | None
    field: str
    excerpt: str
    node_key: tuple[str, str] | None = None


_TOO_EASY = Decimal("1.5")
_AROUND = 12
# Titles after a name. Words that only look like one (皆様, お客様, 利用者様 …) are taken out first.
_NO_PERSON = re.compile(
    r"(?:皆|みな|お客|利用者|保護者|来場者|参加者|受講者|事業者|関係者|市民|住民|町民|会員|団体|各位|ご家族|有|模|仕|多|同|異|一|外|王|神|殿)(?:の皆|の方)?(?:様|さん|さま|氏)"
)
_PERSON = re.compile(
    r"[一-龥々ヶ]{2,5}[ 　]?[一-龥々ヶ]{0,3}"
    r"(?:氏(?!名|族|神|子)|さん(?!か|せ|ご|ぽ|ま)|様(?!式|子|相|態)|君(?!津))"
    r"|[ァ-ヴー]{2,10}(?:氏(?!名)|さん(?!か)|様(?!式))"
    r"|(?:担当者?|氏名|記入者|作成者|連絡先)[ 　]*[:：][ 　]*[一-龥々ァ-ヴ]{2,8}"
)
_CONTACT = re.compile(
    r"(?<![0-9])0[0-9]{1,4}[-(‐ー−]?[0-9]{1,4}[-)‐ー−][0-9]{3,4}(?![0-9])|(?<![0-9])0[789]0[0-9]{8}(?![0-9])"
    r"|(?:内線|電話|TEL|tel|携帯)[ :.]*[0-9][0-9-]{2,}"
    r"|[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
)
_INTERNAL = re.compile(
    r"内部(?:限り|資料|メモ|用|検討|情報|では)|庁内(?:限り|メモ|用)|部外秘|取扱注意|非公開|要確認|要検討|要調整|未定稿|未定|仮置き|仮の数値|"
    r"後で(?:記入|修正|確認)|後日(?:記入|修正)|作成中|下書き|ドラフト|●●|○○○|××|△△△|\?\?|TODO|todo|※企画|企画課へ|財政課と(?:協議|調整)中|調整中|公表しない|オフレコ"
)


def warnings_of(content: Content, *, names: Collection[str] = ()) -> list[PublicationWarning]:
    """Return everything to look at, the most serious first; `names` are those of the staff."""
    people = [name for name in (match_key(each) for each in names) if len(name) >= 3]
    found = [
        *(
            warning
            for plan in content.plans
            for kpi in plan.kpis
            if kpi.is_published
            for warning in _of_kpi(kpi, content.fiscal_year, people)
        ),
        *(warning for plan in content.plans for warning in _of_plan(plan, people)),
        *(warning for program in content.programs for warning in _of_program(program, people)),
    ]
    order = list(WarningKind)
    return sorted(found, key=lambda warning: order.index(warning.kind))


def _of_kpi(kpi: PublishedKpi, fiscal_year: int, people: list[str]) -> Iterator[PublicationWarning]:
    year = kpi.year(fiscal_year)
    for kind, words in _figures(year):
        yield PublicationWarning(kind, kpi.name, kpi.code, None, "", words)
    notes = "\n".join(each.note for each in kpi.years if each.note)
    texts = {
        NOTES: notes,
        "rationale": kpi.rationale,
        "method": kpi.method,
        **{a.key: a.text for a in kpi.answers},
    }
    labels = {**KPI_TEXTS, **{answer.key: answer.label for answer in kpi.answers}}
    for field, text in texts.items():
        for kind, excerpt in _doubts_in(text, people):
            yield PublicationWarning(
                kind, kpi.name, kpi.code, None, field, f"{labels.get(field, field)}：{excerpt}"
            )


def _figures(year: PublishedYear | None) -> Iterator[tuple[WarningKind, str]]:
    if year is None or not year.status:
        yield WarningKind.NO_ACTUAL, "当年度の実績が登録されていません"
    elif year.status == ValueStatus.PENDING:
        yield WarningKind.PENDING, f"公表予定 {year.expected_on}" if year.expected_on else "公表予定日なし"
    elif year.status in (ValueStatus.PRELIMINARY, ValueStatus.ESTIMATED):
        yield WarningKind.NOT_FINAL, ValueStatus(year.status).label
    if year is None or (year.target is None and not year.target_word):
        yield WarningKind.NO_TARGET, "当年度の目標値が登録されていません"
    rate = year.achievement_rate if year else None
    if rate is not None and rate > _TOO_EASY:
        yield WarningKind.TOO_EASY, f"達成率 {(rate * 100).quantize(Decimal('0.1'))}％"


def _of_plan(plan: PublishedPlan, people: list[str]) -> Iterator[PublicationWarning]:
    for kind, excerpt in _doubts_in(plan.summary, people):
        yield PublicationWarning(kind, plan.name, None, None, "", f"計画の概要：{excerpt}")
    for node in plan.all_nodes():
        yield from _of_node(plan, node, people)


def _of_node(plan: PublishedPlan, node: PublishedNode, people: list[str]) -> Iterator[PublicationWarning]:
    name = f"{node.code} {node.name}".strip() or node.level_name
    texts = {DESCRIPTION: node.description, **{answer.key: answer.text for answer in node.answers}}
    for field, text in texts.items():
        for kind, excerpt in _doubts_in(text, people):
            words = f"{NODE_TEXTS.get(field, field)}：{excerpt}"
            yield PublicationWarning(kind, name, None, None, field, words, (plan.code, node.key))


def _of_program(program: PublishedProgram, people: list[str]) -> Iterator[PublicationWarning]:
    texts = {
        "purpose": (PROGRAM_TEXTS["purpose"], program.purpose),
        "summary": (PROGRAM_TEXTS["summary"], program.summary),
        "results": (PROGRAM_TEXTS["results"], program.results),
        **{answer.key: (answer.label, answer.text) for answer in program.answers},
    }
    for field, (label, text) in texts.items():
        for kind, excerpt in _doubts_in(text, people):
            yield PublicationWarning(kind, program.name, None, program.key, field, f"{label}：{excerpt}")


def _doubts_in(text: str, people: list[str]) -> Iterator[tuple[WarningKind, str]]:
    plain = _half_width(text)
    cleared = _NO_PERSON.sub(lambda match: "＿" * len(match.group()), plain)
    for match in _PERSON.finditer(cleared):
        yield WarningKind.PERSON, _excerpt(plain, match)
    key = match_key(text)
    for name in people:
        if name in key:
            yield WarningKind.PERSON, f"職員の名前「{name}」"
    for kind, pattern in ((WarningKind.CONTACT, _CONTACT), (WarningKind.INTERNAL, _INTERNAL)):
        for match in pattern.finditer(plain):
            yield kind, _excerpt(plain, match)


_FULL_WIDTH = str.maketrans(
    {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {"−": "-", "‐": "-", "–": "-"}
)


def _half_width(text: str) -> str:
    """Return the text with full-width ASCII made half-width, character by character."""
    return text.translate(_FULL_WIDTH)


def _excerpt(text: str, match: re.Match[str]) -> str:
    start, end = max(match.start() - _AROUND, 0), min(match.end() + _AROUND, len(text))
    left, right = "…" if start else "", "…" if end < len(text) else ""
    return f"{left}{text[start:end]}{right}".replace("\n", " ")
