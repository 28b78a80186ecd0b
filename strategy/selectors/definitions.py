"""The KPIs of a plan with their definitions: what is there, what is missing, what waits for a person."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from history.models import Unconfirmed
from organization.models import Section
from strategy.calculations.definition_gaps import NEEDED_TO_JUDGE, DefinitionFacts, Gap, gaps_of
from strategy.enums import ResponsibilityRole
from strategy.models import Kpi, KpiPart, Placement, Plan, PlanNode, Responsibility, Target
from strategy.selectors.wording import baseline_words, target_words
from tsukuba_kpi.lib.fiscal_year import short_era_label
from tsukuba_kpi.lib.japanese_text import search_key


@dataclass(frozen=True)
class DefinitionRow:
    """One KPI with everything its definition consists of."""

    kpi: Kpi
    placements: tuple[Placement, ...]
    targets: Mapping[int, Target]
    responsibilities: tuple[Responsibility, ...]
    part_links: tuple[KpiPart, ...]
    is_part: bool

    @cached_property
    def gaps(self) -> tuple[Gap, ...]:
        """Return what is missing."""
        kpi = self.kpi
        return gaps_of(
            DefinitionFacts(
                unit=kpi.unit,
                has_decimals=kpi.decimals is not None,
                direction=kpi.direction,
                aggregation=kpi.aggregation,
                has_baseline=kpi.baseline_value is not None,
                has_baseline_year=kpi.baseline_fiscal_year is not None,
                has_target=bool(self.targets),
                has_section=any(held.role == ResponsibilityRole.LEAD for held in self.responsibilities),
                rationale=kpi.rationale,
                method=kpi.method,
                final_note=kpi.final_note,
                parts_rule=kpi.parts_rule,
                is_part=self.is_part,
            )
        )

    @property
    def can_be_judged(self) -> bool:
        """Return whether nothing is missing that a judgement needs."""
        return not NEEDED_TO_JUDGE.intersection(self.gaps)

    @property
    def review_count(self) -> int:
        """Return how many things wait for a person: of the KPI, its targets, places and parts."""
        records: list[Unconfirmed] = [self.kpi, *self.targets.values(), *self.placements, *self.part_links]
        return sum(len(record.unconfirmed) for record in records)

    @property
    def final_target(self) -> Target | None:
        """Return the last year's target."""
        return self.targets[max(self.targets)] if self.targets else None

    @property
    def baseline_words(self) -> str:
        """Return the baseline as the list shows it."""
        return baseline_words(self.kpi)

    @property
    def final_target_words(self) -> str:
        """Return the last year's target as the list shows it, with its year."""
        target = self.final_target
        if target is None:
            return ""
        return f"{target_words(target, self.kpi)}（{short_era_label(target.fiscal_year)}）"

    @property
    def sections(self) -> list[str]:
        """Return the names of the sections, the leading ones first, each once."""
        ordered = sorted(self.responsibilities, key=lambda held: held.role != ResponsibilityRole.LEAD)
        return list(dict.fromkeys(held.section.name for held in ordered))


def kpis_of_plan(plan: Plan) -> tuple[list[Kpi], dict[int, list[Placement]]]:
    """Return a plan's KPIs in the order of its document, their parts behind them, and their places.

    Two queries. Parts that no document places run with the plan of their whole.
    """
    places: dict[int, list[Placement]] = defaultdict(list)
    ordered: dict[int, Kpi] = {}
    rows = Placement.objects.filter(node__plan=plan).select_related("kpi", "node")
    for placement in rows.order_by("position", "id"):
        places[placement.kpi_id].append(placement)
        ordered.setdefault(placement.kpi_id, placement.kpi)
    parts: dict[int, list[Kpi]] = defaultdict(list)
    for link in KpiPart.objects.select_related("part").order_by("position", "id"):
        parts[link.whole_id].append(link.part)
    found: dict[int, Kpi] = {}
    for kpi in ordered.values():
        _with_parts(kpi, parts, found)
    return list(found.values()), places


def _with_parts(kpi: Kpi, parts: Mapping[int, list[Kpi]], found: dict[int, Kpi]) -> None:
    if kpi.pk in found:
        return
    found[kpi.pk] = kpi
    for part in parts.get(kpi.pk, ()):
        _with_parts(part, parts, found)


def definition_rows(kpis: Iterable[Kpi], places: Mapping[int, list[Placement]]) -> list[DefinitionRow]:
    """Return the definitions of some KPIs, in their order (three queries)."""
    kpis = list(kpis)
    ids = [kpi.pk for kpi in kpis]
    targets: dict[int, dict[int, Target]] = defaultdict(dict)
    for target in Target.objects.filter(kpi__in=ids).order_by("fiscal_year"):
        targets[target.kpi_id][target.fiscal_year] = target
    held: dict[int, list[Responsibility]] = defaultdict(list)
    for row in Responsibility.objects.filter(kpi__in=ids).select_related("section__bureau"):
        if row.kpi_id is not None:
            held[row.kpi_id].append(row)
    links: dict[int, list[KpiPart]] = defaultdict(list)
    parts: set[int] = set()
    for link in KpiPart.objects.order_by("position", "id"):
        links[link.whole_id].append(link)
        parts.add(link.part_id)
    return [
        DefinitionRow(
            kpi=kpi,
            placements=tuple(places.get(kpi.pk, ())),
            targets=targets.get(kpi.pk, {}),
            responsibilities=tuple(held.get(kpi.pk, ())),
            part_links=tuple(links.get(kpi.pk, ())),
            is_part=kpi.pk in parts and kpi.pk not in places,
        )
        for kpi in kpis
    ]


def definitions_of(plan: Plan) -> list[DefinitionRow]:
    """Return the definitions of all KPIs of a plan (a constant number of queries)."""
    kpis, places = kpis_of_plan(plan)
    return definition_rows(kpis, places)


def target_years(plans: Iterable[Plan], rows: Iterable[DefinitionRow]) -> list[int]:
    """Return the fiscal years whose targets a page shows: the plans', and those that have one."""
    years = {year for row in rows for year in row.targets}
    for plan in plans:
        if plan.first_fiscal_year and plan.last_fiscal_year:
            years |= set(range(plan.first_fiscal_year, plan.last_fiscal_year + 1))
    return sorted(years)


# --- one KPI ----------------------------------------------------------------------------------------------


def definition_of_kpi(kpi: Kpi) -> tuple[DefinitionRow, list[Plan]]:
    """Return one KPI's definition, and the plans it runs in (a part: those of its whole)."""
    places = list(Placement.objects.filter(kpi=kpi).select_related("kpi", "node__plan__rating_scheme"))
    row = definition_rows([kpi], {kpi.pk: places})[0]
    found = places
    if not places:
        wholes = _wholes_of(kpi)
        found = list(Placement.objects.filter(kpi__in=wholes).select_related("node__plan__rating_scheme"))
    return row, list({place.node.plan_id: place.node.plan for place in found}.values())


def _wholes_of(kpi: Kpi) -> set[int]:
    above: dict[int, list[int]] = defaultdict(list)
    for whole, part in KpiPart.objects.values_list("whole_id", "part_id"):
        above[part].append(whole)
    found: set[int] = set()
    waiting = [kpi.pk]
    while waiting:
        for whole in above[waiting.pop()]:
            if whole not in found:
                found.add(whole)
                waiting.append(whole)
    return found


# --- asking for some of them -------------------------------------------------------------------------------


@dataclass(frozen=True)
class DefinitionFilter:
    """Which definitions a list shows. Empty values ask for nothing."""

    text: str = ""
    gap: str = ""
    needs_review: bool = False
    node_id: int | None = None
    section_id: int | None = None


ANY_GAP, NO_GAP, NOT_JUDGEABLE = "any", "none", "judge"


def matching(
    rows: Iterable[DefinitionRow], wanted: DefinitionFilter, nodes: Iterable[PlanNode]
) -> list[DefinitionRow]:
    """Return the definitions that a filter asks for; a node means itself and everything below it."""
    within = _subtree(wanted.node_id, nodes)
    words = [search_key(word) for word in wanted.text.split()]
    return [
        row
        for row in rows
        if _has_gap(row, wanted.gap)
        and (not wanted.needs_review or row.review_count)
        and (within is None or any(place.node_id in within for place in row.placements))
        and (
            wanted.section_id is None
            or any(held.section_id == wanted.section_id for held in row.responsibilities)
        )
        and all(word in _searched(row) for word in words)
    ]


def _has_gap(row: DefinitionRow, gap: str) -> bool:
    if gap == ANY_GAP:
        return bool(row.gaps)
    if gap == NO_GAP:
        return not row.gaps
    if gap == NOT_JUDGEABLE:
        return not row.can_be_judged
    return not gap or gap in row.gaps


def _searched(row: DefinitionRow) -> str:
    texts = [row.kpi.code, row.kpi.name, row.kpi.unit, *row.sections]
    texts += [text for place in row.placements for text in (place.node.code, place.node.name)]
    return search_key(" ".join(texts))


def _subtree(node_id: int | None, nodes: Iterable[PlanNode]) -> set[int] | None:
    if node_id is None:
        return None
    children: dict[int, list[int]] = defaultdict(list)
    for node in nodes:
        if node.parent_id is not None:
            children[node.parent_id].append(node.pk)
    found: set[int] = set()
    waiting = [node_id]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting += children[current]
    return found


@dataclass(frozen=True)
class DefinitionCounts:
    """How complete a plan's definitions are."""

    total: int
    complete: int
    not_judgeable: int
    to_review: int
    gaps: tuple[tuple[Gap, int], ...]


def count_definitions(rows: Iterable[DefinitionRow]) -> DefinitionCounts:
    """Count what is there and what is missing."""
    rows = list(rows)
    found = Counter(gap for row in rows for gap in row.gaps)
    return DefinitionCounts(
        total=len(rows),
        complete=sum(not row.gaps for row in rows),
        not_judgeable=sum(not row.can_be_judged for row in rows),
        to_review=sum(bool(row.review_count) for row in rows),
        gaps=tuple((gap, found[gap]) for gap in Gap if found[gap]),
    )


# --- what to choose from -----------------------------------------------------------------------------------


def plans_and_chosen(code: str, *, fiscal_year: int) -> tuple[list[Plan], Plan | None]:
    """Return all plans, and the one named by its code, else one that runs, else the first (one query)."""
    plans = list(Plan.objects.select_related("rating_scheme"))
    named = next((plan for plan in plans if plan.code == code), None)
    running = next((plan for plan in plans if _runs_in(plan, fiscal_year) and not plan.is_demo), None)
    return plans, named or running or next(iter(plans), None)


def _runs_in(plan: Plan, year: int) -> bool:
    first, last = plan.first_fiscal_year, plan.last_fiscal_year
    return first is not None and last is not None and first <= year <= last


def nodes_in_order(plan: Plan) -> list[PlanNode]:
    """Return a plan's nodes as its tree reads: each with everything below it behind it (one query)."""
    children: dict[int | None, list[PlanNode]] = defaultdict(list)
    nodes = list(PlanNode.objects.filter(plan=plan).order_by("position", "id"))
    known = {node.pk for node in nodes}
    for node in nodes:
        children[node.parent_id if node.parent_id in known else None].append(node)
    ordered: list[PlanNode] = []
    waiting = children[None][::-1]
    while waiting:
        node = waiting.pop()
        ordered.append(node)
        waiting += children[node.pk][::-1]
    return ordered


def sections_of(rows: Iterable[DefinitionRow]) -> list[Section]:
    """Return the sections that answer for some KPIs, in the order of the organisation."""
    found = {held.section_id: held.section for row in rows for held in row.responsibilities}
    return sorted(
        found.values(),
        key=lambda section: (section.bureau.position if section.bureau else 0, section.position, section.pk),
    )
