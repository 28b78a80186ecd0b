"""What would be published of a round, and what has been."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from evaluations import permissions
from evaluations.enums import LOCKED_STATES, Edition, QuestionTarget
from evaluations.models import Actual, KpiSheet, MeasureOpinion, ProgramEvaluation, Round
from evaluations.selectors.figures import KpiFigures, figures_at
from evaluations.selectors.judgements import Verdict, verdict_in
from organization.models import Section
from reports.calculations.publication_choices import DECISION, NODE_TEXTS, OPINION, REPLY, Kept, apply_choices
from reports.calculations.published import (
    Content,
    PublishedAnswer,
    PublishedBand,
    PublishedKpi,
    PublishedNode,
    PublishedPlan,
    PublishedProgram,
    PublishedYear,
    address_key,
    from_json,
)
from reports.enums import Choice
from reports.models import Publication, PublicationChoice
from reports.selectors.frames import PlanFrame, frames_of
from reports.selectors.plan_tree import Branch, plan_tree
from strategy.calculations.rating import Band
from strategy.models import Kpi, Plan, PlanNode
from tsukuba_kpi.lib.figures import format_figure
from tsukuba_kpi.lib.fiscal_year import era_label, short_era_label

_ONLY_A_NUMBER = re.compile(r"[-－−▲△]?[\d０-９.,，．]*")


@dataclass(frozen=True)
class Issue:
    """A publication as it is read: its content and when it came out."""

    publication: Publication
    content: Content


def latest_issues() -> list[Issue]:
    """Return the newest publication of every round that is not withdrawn: the first one is to be believed.

    Newest fiscal year first, and within a year the final edition before the preliminary one, even where the
    preliminary one was corrected later.
    """
    newest: dict[int, Publication] = {}
    for publication in Publication.objects.order_by("-edition_number", "-pk"):
        newest.setdefault(publication.round_id, publication)
    in_force = (publication for publication in newest.values() if publication.withdrawn_at is None)
    issues = [Issue(publication, from_json(publication.content)) for publication in in_force]
    return sorted(issues, key=_rank, reverse=True)


def _rank(issue: Issue) -> tuple[int, int, datetime, int]:
    edition = list(Edition).index(Edition(issue.content.edition))
    publication = issue.publication
    return issue.content.fiscal_year, edition, publication.published_at, publication.pk


def editions_of(publication: Publication) -> list[Publication]:
    """Return all publications of the same round without their content, newest first."""
    return list(
        Publication.objects.filter(round=publication.round_id).defer("content").order_by("-edition_number")
    )


def content_of(collection: Round) -> Content:
    """Return what a round's publication would hold now.

    Finalised sheets only, answers marked as public, and of these what planning has not kept back.
    """
    return apply_choices(content_before_choices(collection), choices_of(collection))


def content_before_choices(collection: Round) -> Content:
    """Return what there would be to publish if nothing was kept back: for the pages that choose."""
    locked = [state.value for state in LOCKED_STATES]
    sheets = {sheet.kpi_id: sheet for sheet in KpiSheet.objects.filter(round=collection, state__in=locked)}
    return Content(
        round_name=collection.name,
        fiscal_year=collection.fiscal_year,
        edition=collection.edition,
        edition_label=Edition(collection.edition).label,
        plans=tuple(
            _plan(plan, collection, sheets) for plan in collection.plans.select_related("rating_scheme")
        ),
        programs=_programs(collection, locked),
    )


def choices_of(collection: Round) -> list[Kept]:
    """Return what planning keeps back or shortens in a round's publication."""
    rows = PublicationChoice.objects.filter(round=collection).select_related("kpi", "program", "node__plan")
    return [
        Kept(
            kpi_code=row.kpi.code if row.kpi else None,
            program_key=address_key(row.program.number, is_demo=row.program.is_demo) if row.program else None,
            field=row.field,
            choice=Choice(row.choice),
            summary=row.summary,
            node_key=(row.node.plan.code, key_of(row.node)) if row.node else None,
        )
        for row in rows.order_by("pk")
    ]


def _plan(plan: Plan, collection: Round, sheets: dict[int, KpiSheet]) -> PublishedPlan:
    """Every year is judged as its own round judges it: a settled one by what stood then."""
    year, edition = collection.fiscal_year, Edition(collection.edition)
    frames = frames_of(plan, own=collection)
    frame = frames.of((year, edition))
    plan, scheme = frame.plan, frame.scheme
    tree = plan_tree(frame, fiscal_year=year)
    at = figures_at(
        tree.kpis(),
        frames.times,
        fiscal_year=year,
        edition=edition,
        rows=permissions.public_actuals(),
        is_demo=collection.is_demo,
    )
    figures = at[frame.stood_at]
    kpis = [found.kpi for found in figures.values()]
    years = sorted({year, *(y for found in figures.values() for y in found.actuals)})
    others = {y: frames.beside((year, edition), y) for y in years}
    judged = {y: _Judged(each, at) for y, each in others.items()} | {year: _Judged(frame, at, edition)}
    sections: dict[int, list[Section]] = {}
    for branch in tree.branches:
        for place in branch.all_places():
            sections.setdefault(place.kpi.pk, place.sections)
    questions = list(collection.questions.filter(target=QuestionTarget.KPI.value, is_public=True))
    opinions = {each.node_id: each for each in MeasureOpinion.objects.filter(round=collection)}
    finished = frozenset(kpi.pk for kpi in kpis if kpi.pk in sheets)
    return PublishedPlan(
        code=plan.code,
        name=plan.name,
        summary=plan.summary,
        is_demo=plan.is_demo,
        first_fiscal_year=plan.first_fiscal_year,
        last_fiscal_year=plan.last_fiscal_year,
        scheme_name=scheme.name if scheme else "",
        scheme_is_proposal=bool(scheme and scheme.is_proposal),
        bands=tuple(_band(band) for band in scheme.bands) if scheme else (),
        nodes=tuple(_node(branch, plan, opinions, finished) for branch in tree.branches),
        kpis=tuple(
            _kpi(
                kpi,
                figures[kpi.pk],
                tuple(judged[y].year(kpi.pk, y) for y in years if y == year or y in figures[kpi.pk].actuals),
                tuple(section.name for section in sections.get(kpi.pk, [])),
                sheet=sheets.get(kpi.pk),
                answers=_answers(sheets.get(kpi.pk), [(q.key, q.label) for q in questions]),
            )
            for kpi in kpis
        ),
    )


@dataclass(frozen=True)
class _Judged:
    """By what a year is judged, and the figures of every time."""

    frame: PlanFrame
    figures: Mapping[datetime | None, Mapping[int, KpiFigures]]
    edition: Edition = Edition.FINAL

    def year(self, kpi_id: int, year: int) -> PublishedYear:
        figures = self.figures[self.frame.stood_at][kpi_id]
        return _year(figures, verdict_in(figures, self.frame.plan, (year, self.edition), self.frame.scheme))


def key_of(node: PlanNode) -> str:
    """Return what stands for a node in addresses and open data."""
    return node.ascii_code or f"n{node.pk}"


def _node(
    branch: Branch, plan: Plan, opinions: Mapping[int, MeasureOpinion], finished: Collection[int]
) -> PublishedNode:
    node = branch.node
    # As for the sections: an opinion is out when the work on something of the measure is done.
    is_out = any(place.kpi.pk in finished for place in branch.all_places())
    return PublishedNode(
        key=key_of(node),
        level=node.level,
        level_name=plan.level_name(node.level),
        code=node.code,
        ascii_code=node.ascii_code,
        name=node.name,
        description=node.description,
        kpis=tuple(place.kpi.code for place in branch.places),
        children=tuple(_node(child, plan, opinions, finished) for child in branch.children),
        answers=_said(opinions[node.pk]) if is_out and node.pk in opinions else (),
    )


def _said(opinion: MeasureOpinion) -> tuple[PublishedAnswer, ...]:
    """What the decision costs (`decision_note`) stays inside."""
    texts = {
        OPINION: opinion.opinion,
        REPLY: opinion.reply if opinion.opinion else "",
        DECISION: opinion.decision,
    }
    return tuple(PublishedAnswer(NODE_TEXTS[key], text, key) for key, text in texts.items() if text)


def _kpi(
    kpi: Kpi,
    figures: KpiFigures,
    years: tuple[PublishedYear, ...],
    sections: tuple[str, ...],
    *,
    sheet: KpiSheet | None,
    answers: tuple[PublishedAnswer, ...],
) -> PublishedKpi:
    return PublishedKpi(
        code=kpi.code,
        name=kpi.name,
        unit=kpi.unit,
        decimals=kpi.decimals,
        direction=kpi.get_direction_display() if kpi.direction else "",
        aggregation=kpi.get_aggregation_display() if kpi.aggregation else "",
        baseline_value=kpi.baseline_value,
        baseline_text=_baseline_words(kpi),
        # Nobody looked through the texts of a KPI of which nothing is published.
        rationale=kpi.rationale if sheet else "",
        method=kpi.method if sheet else "",
        statistic_source=kpi.statistic_source,
        sections=sections,
        is_published=sheet is not None,
        years=years if sheet else (),
        answers=answers,
        final_target=_final_words(figures),
    )


def _final_words(figures: KpiFigures) -> str:
    """Return the last year's target as it is read, with its year."""
    target, kpi = figures.final_target, figures.kpi
    if target is None:
        return ""
    words = target.word or format_figure(target.value or Decimal(0), kpi.decimals, kpi.unit)
    if target.upper is not None:
        words += f"～{format_figure(target.upper, kpi.decimals, kpi.unit)}"
    words += {"at_least": "以上", "at_most": "以下"}.get(target.qualifier, "")
    return f"{words}（{short_era_label(target.fiscal_year)}）"


def _baseline_words(kpi: Kpi) -> str:
    """Return the year or period of the baseline, or the document's own words where they say more."""
    if kpi.baseline_text and not _ONLY_A_NUMBER.fullmatch(kpi.baseline_text):
        return kpi.baseline_text
    if kpi.baseline_fiscal_year is None:
        return ""
    if kpi.baseline_first_fiscal_year not in (None, kpi.baseline_fiscal_year):
        return f"{era_label(kpi.baseline_first_fiscal_year)}～{era_label(kpi.baseline_fiscal_year)}"
    return era_label(kpi.baseline_fiscal_year)


def _year(figures: KpiFigures, verdict: Verdict) -> PublishedYear:
    target, change = figures.targets.get(verdict.fiscal_year), figures.changes.get(verdict.fiscal_year)
    actual: Actual | None = figures.actuals.get(verdict.fiscal_year)
    return PublishedYear(
        fiscal_year=verdict.fiscal_year,
        target=target.value if target else None,
        target_upper=target.upper if target else None,
        target_qualifier=target.qualifier if target else "",
        target_word=target.word if target else "",
        value=actual.value if actual else None,
        judged_value=verdict.value,
        status=actual.status if actual else "",
        expected_on=actual.expected_on.isoformat() if actual and actual.expected_on else "",
        note=actual.note if actual else "",
        progress_rate=verdict.progress_rate,
        achievement_rate=verdict.achievement_rate,
        grade=_band(verdict.grade) if verdict.grade else None,
        reason=verdict.reason.value if verdict.reason and not verdict.grade else "",
        reason_label=verdict.reason.label if verdict.reason and not verdict.grade else "",
        explanation=verdict.explanation,
        target_former=change.former if change else "",
        target_changed_on=change.on.isoformat() if change else "",
    )


def _band(band: Band) -> PublishedBand:
    return PublishedBand(band.label, band.symbol, band.colour, band.pattern)


def _answers(
    sheet: KpiSheet | ProgramEvaluation | None, questions: list[tuple[str, str]]
) -> tuple[PublishedAnswer, ...]:
    if sheet is None:
        return ()
    return tuple(
        PublishedAnswer(label, sheet.answers[key], key) for key, label in questions if sheet.answers.get(key)
    )


def _programs(collection: Round, locked: list[str]) -> tuple[PublishedProgram, ...]:
    asked = collection.questions.filter(target=QuestionTarget.PROGRAM.value, is_public=True)
    questions = [(question.key, question.label) for question in asked]
    evaluations = ProgramEvaluation.objects.filter(round=collection, state__in=locked)
    evaluations = evaluations.select_related("program_sheet__program", "program_sheet__section__bureau")
    return tuple(
        PublishedProgram(
            number=sheet.program.number,
            name=sheet.name,
            former_name=sheet.former_name,
            bureau=sheet.section.bureau.name if sheet.section and sheet.section.bureau else "",
            section=sheet.section.name if sheet.section else sheet.section_printed,
            purpose=sheet.purpose,
            summary=sheet.summary,
            results=sheet.results,
            answers=_answers(evaluation, questions),
            is_demo=sheet.program.is_demo,
        )
        for evaluation in evaluations
        for sheet in [evaluation.program_sheet]
    )
