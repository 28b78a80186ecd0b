"""Keeping back or shortening what would be published: whole records, or single texts of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from reports.calculations.published import (
    Content,
    PublishedAnswer,
    PublishedKpi,
    PublishedNode,
    PublishedPlan,
    PublishedProgram,
)
from reports.enums import Choice

WHOLE = ""
NOTES = "notes"
PROGRAM_TEXTS: Mapping[str, str] = {
    "purpose": "事業の目的",
    "summary": "事業の概要",
    "results": "成果",
}
KPI_TEXTS: Mapping[str, str] = {
    NOTES: "年度ごとの注記",
    "rationale": "目標の設定根拠",
    "method": "実績値の計算方法",
}
DESCRIPTION, OPINION, REPLY, DECISION = "description", "opinion", "reply", "decision"
NODE_TEXTS: Mapping[str, str] = {
    DESCRIPTION: "市民向けの説明",
    OPINION: "外部評価の意見",
    REPLY: "意見への回答",
    DECISION: "今後の方向性",
}


@dataclass(frozen=True)
class Kept:
    """One choice: of a KPI (by code), a program (by address) or a node (by the codes of plan and node).

    `field` names one text of it, or is `WHOLE`.
    """

    kpi_code: str | None
    program_key: str | None
    field: str
    choice: Choice
    summary: str = ""
    node_key: tuple[str, str] | None = None


def apply_choices(content: Content, kept: Iterable[Kept]) -> Content:
    """Return the content without what is kept back, and with summaries in place of texts."""
    by_kpi: dict[str, dict[str, Kept]] = {}
    by_program: dict[str, dict[str, Kept]] = {}
    by_node: dict[tuple[str, str], dict[str, Kept]] = {}
    for one in kept:
        if one.node_key is not None:
            by_node.setdefault(one.node_key, {})[one.field] = one
        if one.kpi_code is not None:
            by_kpi.setdefault(one.kpi_code, {})[one.field] = one
        if one.program_key is not None:
            by_program.setdefault(one.program_key, {})[one.field] = one
    return replace(
        content,
        plans=tuple(_plan(plan, by_kpi, by_node) for plan in content.plans),
        programs=tuple(
            _program(program, by_program.get(program.key, {}))
            for program in content.programs
            if not _is_hidden(by_program.get(program.key, {}), WHOLE)
        ),
    )


def _plan(
    plan: PublishedPlan,
    by_kpi: Mapping[str, Mapping[str, Kept]],
    by_node: Mapping[tuple[str, str], Mapping[str, Kept]],
) -> PublishedPlan:
    return replace(
        plan,
        nodes=tuple(_node(node, plan.code, by_node) for node in plan.nodes),
        kpis=tuple(_kpi(kpi, by_kpi.get(kpi.code, {})) for kpi in plan.kpis),
    )


def _node(
    node: PublishedNode, plan_code: str, by_node: Mapping[tuple[str, str], Mapping[str, Kept]]
) -> PublishedNode:
    kept = by_node.get((plan_code, node.key), {})
    return replace(
        node,
        description=_text(kept, DESCRIPTION, node.description),
        answers=_answers(node.answers, kept),
        children=tuple(_node(child, plan_code, by_node) for child in node.children),
    )


def only_named(kpi: PublishedKpi) -> PublishedKpi:
    """Return a KPI of which the public reads that it is there, and nothing else."""
    return PublishedKpi(
        code=kpi.code,
        name=kpi.name,
        unit="",
        decimals=None,
        direction="",
        aggregation="",
        baseline_value=None,
        baseline_text="",
        rationale="",
        method="",
        statistic_source="",
        sections=(),
        is_published=False,
        years=(),
        answers=(),
    )


def _kpi(kpi: PublishedKpi, kept: Mapping[str, Kept]) -> PublishedKpi:
    if _is_hidden(kept, WHOLE):
        return only_named(kpi)
    years = kpi.years
    if NOTES in kept:
        years = tuple(replace(year, note=_text(kept, NOTES, year.note)) for year in years)
    return replace(
        kpi,
        years=years,
        answers=_answers(kpi.answers, kept),
        rationale=_text(kept, "rationale", kpi.rationale),
        method=_text(kept, "method", kpi.method),
    )


def _program(program: PublishedProgram, kept: Mapping[str, Kept]) -> PublishedProgram:
    return replace(
        program,
        purpose=_text(kept, "purpose", program.purpose),
        summary=_text(kept, "summary", program.summary),
        results=_text(kept, "results", program.results),
        answers=_answers(program.answers, kept),
    )


def _answers(answers: tuple[PublishedAnswer, ...], kept: Mapping[str, Kept]) -> tuple[PublishedAnswer, ...]:
    shown = []
    for answer in answers:
        text = _text(kept, answer.key, answer.text)
        if text:
            shown.append(replace(answer, text=text, summarised=answer.key in kept))
    return tuple(shown)


def _text(kept: Mapping[str, Kept], field: str, text: str) -> str:
    """Return a text as the public reads it; one that is shortened says so."""
    if not text or field not in kept:
        return text
    one = kept[field]
    if one.choice is Choice.SUMMARY and one.summary:
        return f"（要約）{one.summary}"
    return text if one.choice is Choice.PUBLIC else ""


def _is_hidden(kept: Mapping[str, Kept], field: str) -> bool:
    return field in kept and kept[field].choice is Choice.HIDDEN
