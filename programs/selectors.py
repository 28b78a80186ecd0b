"""How programs and the plan belong together: links, gaps, and proposals for what is not linked yet."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Prefetch

from programs.calculations import LinkProposal, Side, propose_links
from programs.enums import LinkState
from programs.models import Program, ProgramLink, ProgramSheet
from strategy.enums import NodeLevel
from strategy.models import Kpi, Plan, PlanNode, Responsibility

LINKED_LEVELS = (NodeLevel.MEASURE, NodeLevel.GRANT, NodeLevel.PROJECT)


@dataclass(frozen=True)
class ProposedLink:
    """A proposal with its records; exactly one of node and KPI is there."""

    program: Program
    node: PlanNode | None
    kpi: Kpi | None
    reason: str


@dataclass(frozen=True)
class LinkPage:
    """What joins a plan and the programs of the same city, and what is missing."""

    plan: Plan
    proposals: tuple[ProposedLink, ...]
    links: tuple[ProgramLink, ...]
    refused: tuple[ProgramLink, ...]
    programs_without: tuple[Program, ...]
    kpis_without: tuple[Kpi, ...]


def link_page(plan: Plan) -> LinkPage:
    """Return the links of a plan with its gaps and proposals (a constant number of queries)."""
    newest = ProgramSheet.objects.order_by("-fiscal_year", "id")
    programs = list(
        Program.objects.filter(is_demo=plan.is_demo).prefetch_related(Prefetch("sheets", queryset=newest))
    )
    nodes = list(PlanNode.objects.filter(plan=plan, level__in=[level.value for level in LINKED_LEVELS]))
    kpis = list(Kpi.objects.filter(placements__node__plan=plan).distinct().order_by("code"))
    links = list(
        ProgramLink.objects.filter(program__in=[p.pk for p in programs])
        .select_related("program", "node__plan", "kpi")
        .order_by("program__number", "id")
    )
    of_plan = [link for link in links if _is_of(link, nodes, kpis)]
    accepted = tuple(link for link in of_plan if link.state == LinkState.ACCEPTED)
    linked_programs = {link.program_id for link in accepted}
    linked_kpis = {link.kpi_id for link in accepted}
    return LinkPage(
        plan=plan,
        proposals=tuple(_proposals(programs, nodes, kpis, of_plan)),
        links=accepted,
        refused=tuple(link for link in of_plan if link.state == LinkState.REFUSED),
        programs_without=tuple(p for p in programs if p.pk not in linked_programs),
        kpis_without=tuple(kpi for kpi in kpis if kpi.pk not in linked_kpis),
    )


def _is_of(link: ProgramLink, nodes: Iterable[PlanNode], kpis: Iterable[Kpi]) -> bool:
    return link.node_id in {node.pk for node in nodes} or link.kpi_id in {kpi.pk for kpi in kpis}


def _proposals(
    programs: list[Program], nodes: list[PlanNode], kpis: list[Kpi], links: list[ProgramLink]
) -> Iterable[ProposedLink]:
    sections_of_kpi: dict[int, set[int]] = {}
    sections_of_node: dict[int, set[int]] = {}
    for held in Responsibility.objects.filter(kpi__in=[kpi.pk for kpi in kpis]).values_list(
        "kpi_id", "section_id"
    ):
        sections_of_kpi.setdefault(held[0] or 0, set()).add(held[1])
    for held in Responsibility.objects.filter(node__in=[node.pk for node in nodes]).values_list(
        "node_id", "section_id"
    ):
        sections_of_node.setdefault(held[0] or 0, set()).add(held[1])
    sides = [_program_side(program) for program in programs]
    decided = {(link.program_id, link.node_id, link.kpi_id) for link in links}
    stored = [link for link in links if link.state == LinkState.PROPOSED]
    by_program = {program.pk: program for program in programs}
    for link in stored:
        yield ProposedLink(link.program, link.node, link.kpi, link.reason)
    by_node = {node.pk: node for node in nodes}
    node_sides = [
        Side(node.pk, (node.name,), (node.description,), frozenset(sections_of_node.get(node.pk, ())))
        for node in nodes
        if node.name
    ]
    for found in propose_links(sides, node_sides):
        if (found.program_id, found.target_id, None) not in decided:
            yield _proposed(found, by_program, node=by_node[found.target_id])
    by_kpi = {kpi.pk: kpi for kpi in kpis}
    kpi_sides = [
        Side(kpi.pk, (kpi.name,), (kpi.method,), frozenset(sections_of_kpi.get(kpi.pk, ()))) for kpi in kpis
    ]
    for found in propose_links(sides, kpi_sides):
        if (found.program_id, None, found.target_id) not in decided:
            yield _proposed(found, by_program, kpi=by_kpi[found.target_id])


def _program_side(program: Program) -> Side:
    sheets = list(program.sheets.all())
    newest = sheets[0] if sheets else None
    texts = (newest.purpose, newest.summary) if newest else ()
    sections = frozenset({newest.section_id} - {None}) if newest else frozenset()
    return Side(program.pk, (program.name,), texts, sections)


def _proposed(
    found: LinkProposal,
    programs: dict[int, Program],
    *,
    node: PlanNode | None = None,
    kpi: Kpi | None = None,
) -> ProposedLink:
    return ProposedLink(programs[found.program_id], node, kpi, found.reason)
