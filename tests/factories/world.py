"""The small city that most tests start from: two sections, one person of every kind, one plan, one round."""

from dataclasses import dataclass

from evaluations.models import KpiSheet, ProgramEvaluation, Round
from organization.enums import MembershipRole, SiteRole
from organization.models import Section, User
from programs.models import ProgramSheet
from strategy.enums import NodeLevel
from strategy.models import Kpi, Plan, PlanNode
from tests.factories.evaluations import KpiSheetFactory, ProgramEvaluationFactory, RoundFactory
from tests.factories.organization import BureauFactory, SectionFactory, UserFactory, holder_of, member_of
from tests.factories.programs import ProgramSheetFactory
from tests.factories.strategy import (
    KpiFactory,
    PlacementFactory,
    PlanFactory,
    PlanNodeFactory,
    ResponsibilityFactory,
    TargetFactory,
    three_bands,
)


@dataclass(frozen=True)
class Members:
    """The people of one section."""

    clerk: User
    chief: User
    deputy: User


@dataclass(frozen=True)
class World:
    """What `build_world` made. `industry_*` belongs to 産業振興課, `publicity_*` to 広報戦略課."""

    industry: Section
    publicity: Section
    of_industry: Members
    of_publicity: Members
    planning: User
    administrator: User
    committee: User
    reader: User
    outsider: User  # signed in, with no role and no section
    plan: Plan
    goal: PlanNode
    measure: PlanNode
    industry_kpi: Kpi
    publicity_kpi: Kpi
    round: Round  # open, of FY 2019
    industry_sheet: KpiSheet
    publicity_sheet: KpiSheet
    program_round: Round  # open, of FY 2024
    industry_program: ProgramSheet
    publicity_program: ProgramSheet
    industry_evaluation: ProgramEvaluation
    publicity_evaluation: ProgramEvaluation


def build_world() -> World:
    """Create the small city."""
    bureau = BureauFactory(name="市長公室")
    industry: Section = SectionFactory(name="産業振興課", bureau=BureauFactory(name="経済部"))
    publicity: Section = SectionFactory(name="広報戦略課", bureau=bureau)
    plan: Plan = PlanFactory(name="試験戦略", code="trial", rating_scheme=three_bands())
    goal: PlanNode = PlanNodeFactory(plan=plan, code="Ⅰ", ascii_code="1", name="活力のあるまち")
    policy: PlanNode = PlanNodeFactory(
        plan=plan, parent=goal, level=NodeLevel.POLICY.value, code="Ⅰ-１", ascii_code="1-1", name=""
    )
    measure: PlanNode = PlanNodeFactory(
        plan=plan,
        parent=policy,
        level=NodeLevel.MEASURE.value,
        code="Ⅰ-１-（１）",
        ascii_code="1-1-1",
        name="創業の支援",
    )
    industry_kpi = _kpi("創業者数", measure, industry)
    publicity_kpi = _kpi("ホームページ閲覧数", measure, publicity)
    round_2019: Round = RoundFactory(fiscal_year=2019, asks_programs=False)
    round_2019.plans.add(plan)
    round_2024: Round = RoundFactory(fiscal_year=2024)
    industry_program: ProgramSheet = ProgramSheetFactory(section=industry, program__name="創業支援事業")
    publicity_program: ProgramSheet = ProgramSheetFactory(section=publicity, program__name="広報紙発行事業")
    return World(
        industry=industry,
        publicity=publicity,
        of_industry=_members(industry, "industry"),
        of_publicity=_members(publicity, "publicity"),
        planning=holder_of(SiteRole.PLANNING, "planning"),
        administrator=holder_of(SiteRole.ADMINISTRATOR, "administrator"),
        committee=holder_of(SiteRole.COMMITTEE, "committee"),
        reader=holder_of(SiteRole.READER, "reader"),
        outsider=UserFactory(username="outsider"),
        plan=plan,
        goal=goal,
        measure=measure,
        industry_kpi=industry_kpi,
        publicity_kpi=publicity_kpi,
        round=round_2019,
        industry_sheet=KpiSheetFactory(round=round_2019, kpi=industry_kpi, section=industry),
        publicity_sheet=KpiSheetFactory(round=round_2019, kpi=publicity_kpi, section=publicity),
        program_round=round_2024,
        industry_program=industry_program,
        publicity_program=publicity_program,
        industry_evaluation=ProgramEvaluationFactory(round=round_2024, program_sheet=industry_program),
        publicity_evaluation=ProgramEvaluationFactory(round=round_2024, program_sheet=publicity_program),
    )


def _members(section: Section, prefix: str) -> Members:
    return Members(
        clerk=member_of(section, MembershipRole.STAFF, f"{prefix}-clerk"),
        chief=member_of(section, MembershipRole.CHIEF, f"{prefix}-chief"),
        deputy=member_of(section, MembershipRole.DEPUTY, f"{prefix}-deputy"),
    )


def _kpi(name: str, node: PlanNode, section: Section) -> Kpi:
    kpi: Kpi = KpiFactory(name=name)
    PlacementFactory(kpi=kpi, node=node)
    ResponsibilityFactory(kpi=kpi, section=section)
    TargetFactory(kpi=kpi)
    return kpi
