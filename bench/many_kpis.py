"""Fill a database with as many KPIs, programs and years as a large city could ever have, in a minute.

One hundred patterns of each are made the ordinary way and judged in earnest; the rest are copies of them,
made inside the database (`INSERT … SELECT`), with numbers, places and words of their own. So every size shows
lines of the same make, and what differs is the number of rows beneath them.
"""

from datetime import UTC, date, datetime
from decimal import Decimal

from django.db import connection, models
from django.db.models import F

from evaluations.enums import RoundState, SheetState
from evaluations.models import Actual, KpiSheet, ProgramEvaluation, Round
from organization.models import Bureau, RoleGrant, Section, User
from programs.models import Program, ProgramSheet
from reports.models import KpiScope, KpiStanding, KpiWords, StandingCount
from reports.selectors.frames import frames_of
from reports.selectors.kpi_words import words_of
from reports.services import standings
from strategy.models import Kpi, Placement, Plan, PlanNode, Responsibility, Target
from tests.factories.strategy import three_bands

PATTERNS = 100
FIRST_YEAR = 2015
MOST_PROGRAM_COPIES = 100
SUBJECTS = (
    "図書館の貸出冊数",
    "つくバス利用者数",
    "創業者数",
    "ホームページ閲覧数",
    "ボランティアの登録者数",
)


def fill(copies: int, years: int) -> Plan:
    """Create a plan of 100 × `copies` KPIs, judged in every year, and at most 10,000 programs."""
    plan = patterns(years)
    standings.rebuild(plan=plan, at=datetime.now(UTC))
    copy_kpis(plan, copies)
    copy_programs(min(copies, MOST_PROGRAM_COPIES))
    check(plan)
    settle()
    return plan


def settle() -> None:
    """Do what the engine does by itself a while after so many rows have come: PostgreSQL's autovacuum."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


# --- the patterns ---------------------------------------------------------------------------------------


def patterns(years: int) -> Plan:
    """Create the plan with one hundred KPIs and programs, their figures, and a finished round's sheets."""
    planner = User.objects.create(username="planner")
    RoleGrant.objects.create(user=planner, role="planning", starts_on=date(2015, 4, 1))
    last = FIRST_YEAR + years - 1
    plan = Plan.objects.create(
        name="速さ",
        code="speed",
        first_fiscal_year=FIRST_YEAR,
        last_fiscal_year=last,
        rating_scheme=three_bands(),
    )
    measures = tree(plan)
    bureaus = [Bureau.objects.create(name=f"第{n}部", position=n) for n in range(10)]
    sections = [
        Section.objects.create(name=f"第{n}課", bureau=bureaus[n // 5], position=n) for n in range(50)
    ]
    # Every other KPI and program is the first section's, so that its lists are long at every size.
    sections_of = [sections[n % 50 if n % 2 else 0] for n in range(PATTERNS)]
    kpis = Kpi.objects.bulk_create(
        Kpi(
            code=f"S{n:06}",
            name=f"{SUBJECTS[n // 2 % len(SUBJECTS)]}{n:06}",
            unit="人",
            decimals=0,
            **definition(n),
        )
        for n in range(PATTERNS)
    )
    Placement.objects.bulk_create(
        Placement(kpi=kpi, node=measures[n * len(measures) // PATTERNS], position=n)
        for n, kpi in enumerate(kpis)
    )
    Responsibility.objects.bulk_create(
        Responsibility(kpi=kpi, section=sections_of[n]) for n, kpi in enumerate(kpis)
    )
    Target.objects.bulk_create(
        Target(kpi=kpi, fiscal_year=last, value=Decimal(120 + n % 37)) for n, kpi in enumerate(kpis)
    )
    Actual.objects.bulk_create(
        Actual(kpi=kpi, fiscal_year=year, status="final", value=Decimal(100 + (n * 7 + year * 13) % 60))
        for n, kpi in enumerate(kpis)
        for year in range(FIRST_YEAR, last + 1)
    )
    held = Round.objects.create(name="照会", fiscal_year=last, state=RoundState.FINALISED.value)
    held.plans.add(plan)
    KpiSheet.objects.bulk_create(
        KpiSheet(round=held, kpi=kpi, section=sections_of[n], state=SheetState.FINALISED.value)
        for n, kpi in enumerate(kpis)
    )
    programs(held, sections_of, range(FIRST_YEAR, last + 1))
    return plan


def definition(pattern: int) -> dict[str, object]:
    """Return a pattern's definition: one in 23 is not defined, the rest look up or down."""
    if pattern % 23 == 0:
        return {}
    down = pattern % 5 == 0
    return {
        "direction": "down" if down else "up",
        "aggregation": "yearly",
        "baseline_value": Decimal(200 if down else 100),
        "baseline_fiscal_year": FIRST_YEAR - 1,
    }


def tree(plan: Plan) -> list[PlanNode]:
    """Create 2 goals × 6 policies × 3 measures; return the measures."""

    def node(level: str, code: str, parent: PlanNode | None) -> PlanNode:
        return PlanNode.objects.create(
            plan=plan, parent=parent, level=level, ascii_code=code, code=code, name=f"項目{code}"
        )

    measures = []
    for goal in (1, 2):
        top = node("goal", f"{goal}", None)
        for policy in range(1, 7):
            middle = node("policy", f"{goal}-{policy}", top)
            measures += [node("measure", f"{goal}-{policy}-{n}", middle) for n in range(1, 4)]
    return measures


def programs(held: Round, sections_of: list[Section], years: range) -> None:
    """Create one hundred programs with a sheet in every year, and an evaluation in the last."""
    made = Program.objects.bulk_create(
        Program(number=n + 1, name=f"{SUBJECTS[n // 2 % len(SUBJECTS)]}事業{n:06}") for n in range(PATTERNS)
    )
    text = "市民が身近に学び、働き、暮らせるまちをつくるため、関係機関と連携して取り組む。" * 3
    ProgramSheet.objects.bulk_create(
        ProgramSheet(
            program=program,
            fiscal_year=year,
            position=n + 1,
            section=sections_of[n],
            name=program.name,
            purpose=text,
            summary=text,
            results=text,
        )
        for n, program in enumerate(made)
        for year in years
    )
    latest = ProgramSheet.objects.filter(fiscal_year=years[-1]).order_by("pk")
    ProgramEvaluation.objects.bulk_create(
        ProgramEvaluation(
            round=held, program_sheet=sheet, section=sheet.section, state=SheetState.FINALISED.value
        )
        for sheet in latest
    )


# --- their copies ---------------------------------------------------------------------------------------


def copy_kpis(plan: Plan, copies: int) -> None:
    """Make copies of the KPIs and all that hangs on them; a node's KPIs stay side by side."""
    of_kpi = {"kpi_id": f"t.kpi_id + n * {PATTERNS}"}
    copy(Kpi, copies, {name: renumbered(name, "t.id") for name in ("code", "name")})
    for model in (Responsibility, Target, Actual, KpiSheet):
        copy(model, copies, of_kpi)
    for model in (Placement, KpiStanding, KpiScope):
        model.objects.update(position=F("position") * copies)
        copy(model, copies, of_kpi | {"position": "t.position + n"})
    copy(KpiWords, copies, of_kpi | {"words": renumbered("words", "t.kpi_id")})
    for row in StandingCount.objects.filter(plan=plan):
        row.counts = {entry: count * copies for entry, count in row.counts.items()}
        row.save()


def copy_programs(copies: int) -> None:
    """Make copies of the programs, their sheets and evaluations."""
    numbered = {"number": f"t.number + n * {PATTERNS}", "name": renumbered("name", "t.id")}
    copy(Program, copies, numbered)
    sheets = ProgramSheet.objects.count()
    of_program = {
        "program_id": f"t.program_id + n * {PATTERNS}",
        "position": f"t.position + n * {PATTERNS}",
        "name": renumbered("name", "t.program_id"),
    }
    copy(ProgramSheet, copies, of_program)
    copy(ProgramEvaluation, copies, {"program_sheet_id": f"t.program_sheet_id + n * {sheets}"})


def renumbered(column: str, key: str) -> str:
    """Return in SQL a text with the six digits of its pattern replaced by its copy's."""
    old, new = (
        f"substr(CAST(1000000 + {key} - 1{more} AS varchar(7)), 2)" for more in ("", f" + n * {PATTERNS}")
    )
    return f"replace(t.{column}, {old}, {new})"


def copy(model: type[models.Model], copies: int, changes: dict[str, str]) -> None:
    """Insert a table's rows again and again, with new ids and these expressions of `t` and `n`."""
    if copies < 2:
        return
    rows = model._default_manager
    ids = rows.order_by("pk").values_list("pk", flat=True)
    assert [ids.first(), ids.last()] == [1, rows.count()], f"{model.__name__}: the ids are not 1, 2, 3 …"
    quote = connection.ops.quote_name
    numbers = f"SELECT 1 UNION ALL SELECT n + 1 FROM copies WHERE n < {copies - 1}"
    columns = [field.column for field in model._meta.concrete_fields]
    values = {"id": f"t.id + n * {rows.count()}"} | changes
    table = quote(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(map(quote, columns))}) "
            f"WITH RECURSIVE copies(n) AS ({numbers}) "
            f"SELECT {', '.join(values.get(name, f't.{quote(name)}') for name in columns)} "
            f"FROM {table} AS t, copies"
        )


def check(plan: Plan) -> None:
    """See for every 997th KPI that what was copied is what the calculation says, its words, too."""
    ids = list(Kpi.objects.order_by("pk").values_list("pk", flat=True))[::997]
    periods = standings.usual_periods(plan)
    right = standings._worked_out(frames_of(plan), ids, periods)
    assert standings._stored(plan, ids, periods) == right, "the copied standings are not what is calculated"
    words = KpiWords.objects.filter(plan=plan, kpi__in=ids).values_list("kpi_id", "words")
    assert dict(words) == words_of(plan, ids), "the copied words are not what is worked out"
