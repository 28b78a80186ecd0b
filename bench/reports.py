"""How the reading pages grow: `python bench/reports.py [small] [middle] [large] [--postgresql] [--honest]`.

small is 100 KPIs × 5 years, middle 5,000 × 10, large 100,000 × 10 (on demand: it takes minutes to fill).
Prints each page's milliseconds, queries and ratios: to the smallest size, and to a view that returns nothing
behind the same middleware. KPIs repeat 1,000 patterns, and so do the kept standings of the two larger sizes,
which are compared with the real calculation for every 97th KPI; `--honest` works all of them out.
"""

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

SIZES = {"small": (100, 5), "middle": (5_000, 10), "large": (100_000, 10)}
FIRST_YEAR = 2015
PATTERNS = 1_000
BATCH = 5_000
ROUNDS = 21


def main(arguments: list[str]) -> None:
    """Measure every size in a process and a database of its own, on SQLite or PostgreSQL."""
    asked = [name for name in SIZES if name in arguments] or ["small", "middle"]
    flags = [argument for argument in arguments if argument.startswith("--")]
    if "--worker" in flags:
        work(asked[0], honest="--honest" in flags)
        return
    for name in asked:
        with tempfile.TemporaryDirectory() as directory, database("--postgresql" in flags) as url:
            environment = os.environ | {"DATA_DIR": directory, "DEBUG": "0", "SECRET_KEY": "bench" * 12}
            environment |= {"DATABASE_URL": url} if url else {}
            command = [sys.executable, __file__, name, "--worker", *flags]
            subprocess.run(command, env=environment, check=True)


@contextlib.contextmanager
def database(wants_postgresql: bool) -> Iterable[str]:
    """Lend a throw-away PostgreSQL's address, or a blank one for SQLite."""
    if not wants_postgresql:
        yield ""
        return
    from workbench.postgresql import postgresql_programs, temporary_postgresql

    programs = postgresql_programs()
    if programs is None:
        sys.exit("PostgreSQL がこの機械にありません。")
    with temporary_postgresql(programs) as url:
        yield url


# --- one size, in a process of its own ------------------------------------------------------------------


def work(name: str, *, honest: bool) -> None:
    """Fill a database and measure the pages."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsukuba_kpi.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    kpis, years = SIZES[name]
    started = time.perf_counter()
    plan = fill(kpis, years)
    keep(plan, kpis, honest=honest)
    if connection.vendor == "postgresql":
        connection.cursor().execute("ANALYZE")
    else:
        connection.cursor().execute("PRAGMA optimize")
    filled = time.perf_counter() - started
    print(f"\n{connection.vendor}: {kpis:,} KPIs × {years} years ({filled:.0f} s to fill)", flush=True)
    measure(plan, name)


def fill(kpis: int, years: int) -> object:
    """Create a plan with its KPIs, places, sections, targets, figures, and a finished round's sheets."""
    from evaluations.enums import RoundState, SheetState
    from evaluations.models import Actual, KpiSheet, Round
    from organization.models import Bureau, RoleGrant, Section, User
    from strategy.models import Kpi, Placement, Plan, Responsibility, Target
    from tests.factories.strategy import three_bands

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
    made = create(
        Kpi,
        (
            Kpi(code=f"S{n:06}", name=f"指標{n}", unit="人", decimals=0, **definition(n % PATTERNS))
            for n in range(kpis)
        ),
    )
    create(
        Placement,
        (Placement(kpi=kpi, node=measures[n * 36 // kpis], position=n) for n, kpi in enumerate(made)),
    )
    create(Responsibility, (Responsibility(kpi=kpi, section=sections[n % 50]) for n, kpi in enumerate(made)))
    create(
        Target,
        (
            Target(kpi=kpi, fiscal_year=last, value=Decimal(120 + n % PATTERNS % 37))
            for n, kpi in enumerate(made)
        ),
    )
    create(
        Actual,
        (
            Actual(kpi=kpi, fiscal_year=year, status="final", value=figure(n % PATTERNS, year))
            for n, kpi in enumerate(made)
            for year in range(FIRST_YEAR, last + 1)
        ),
    )
    held = Round.objects.create(name="照会", fiscal_year=last, state=RoundState.FINALISED.value)
    held.plans.add(plan)
    create(
        KpiSheet,
        (
            KpiSheet(round=held, kpi=kpi, section=sections[n % 50], state=SheetState.FINALISED.value)
            for n, kpi in enumerate(made)
        ),
    )
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


def figure(pattern: int, year: int) -> Decimal:
    """Return a pattern's figure of a year."""
    return Decimal(100 + (pattern * 7 + year * 13) % 60)


def tree(plan: object) -> list[object]:
    """Create 4 goals × 3 policies × 3 measures; return the measures."""
    from strategy.models import PlanNode

    def node(level: str, code: str, parent: object | None) -> PlanNode:
        return PlanNode.objects.create(
            plan=plan, parent=parent, level=level, ascii_code=code, code=code, name=f"項目{code}"
        )

    measures = []
    for goal in range(1, 5):
        top = node("goal", f"{goal}", None)
        for policy in range(1, 4):
            middle = node("policy", f"{goal}-{policy}", top)
            measures += [node("measure", f"{goal}-{policy}-{n}", middle) for n in range(1, 4)]
    return measures


def create(model: type, rows: Iterable[object]) -> list:
    """Insert rows in batches and return them."""
    made, batch = [], []
    keeps = model.__name__ == "Kpi"
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            created = model.objects.bulk_create(batch)
            made += created if keeps else []
            batch = []
    created = model.objects.bulk_create(batch)
    return made + (created if keeps else [])


# --- the kept standings ---------------------------------------------------------------------------------


def keep(plan: object, kpis: int, *, honest: bool) -> None:
    """Work the standings out, of the larger sizes only one of each pattern, and repeat these."""
    from reports.services import standings
    from strategy.models import Kpi

    if honest or kpis <= PATTERNS:
        standings.rebuild(plan=plan, at=datetime.now(UTC))
        return
    from reports.models import StandingsRead
    from reports.selectors.frames import frames_of
    from reports.services.standings import _worked_out, usual_periods

    StandingsRead.objects.create(pk=1, read_at=datetime.now(UTC))
    ids = list(Kpi.objects.order_by("pk").values_list("pk", flat=True))
    frames, periods = frames_of(plan), usual_periods(plan)
    patterns = [standing for standing, _ in _worked_out(frames, ids[:PATTERNS], periods)]
    repeat(plan, frames.today, ids, patterns)
    sample = ids[::97][:400]
    right = {standing for standing, _ in _worked_out(frames, sample, periods)}
    stored = {standing for standing, _ in standings._stored(plan, sample, periods)}
    assert stored == right, "the repeated standings differ from what the calculation says"


def repeat(plan: object, frame: object, ids: list[int], patterns: list) -> None:
    """Store every KPI's standing as its pattern's, with its own place and section, and the counts of it."""
    from reports.calculations.standings import entries_of, scopes_text
    from reports.enums import Audience
    from reports.models import KpiStanding, KpiWords, StandingCount
    from reports.services.standings import _row
    from strategy.models import Placement, Responsibility

    nodes = dict(Placement.objects.values_list("kpi_id", "node_id"))
    units = {
        kpi: (section, bureau)
        for kpi, section, bureau in Responsibility.objects.values_list(
            "kpi_id", "section_id", "section__bureau_id"
        )
    }
    scopes = {pk: scopes_text(frame.lines[nodes[pk]], [units[pk][0]], [units[pk][1]]) for pk in ids}
    by_pattern: dict[int, list] = {}
    for standing in patterns:
        by_pattern.setdefault(ids.index(standing.kpi_id), []).append(standing)
    alike: dict[tuple[int, str], int] = Counter((n % PATTERNS, scopes[pk]) for n, pk in enumerate(ids))
    create(
        KpiStanding,
        (
            _row(plan, replace(standing, kpi_id=pk, position=n, scopes=scopes[pk]), (True, True, True))
            for n, pk in enumerate(ids)
            for standing in by_pattern[n % PATTERNS]
        ),
    )
    create(KpiWords, (KpiWords(plan=plan, kpi_id=pk, words=f"指標{n}") for n, pk in enumerate(ids)))
    counts: dict[tuple[int, str, str, int], Counter[str]] = {}
    for (pattern, text), number in alike.items():
        for standing in by_pattern[pattern]:
            entries = Counter(dict.fromkeys(entries_of(standing), number))
            for scope in replace(standing, scopes=text).scope_keys:
                counts.setdefault((standing.fiscal_year, standing.edition, *scope), Counter()).update(entries)
    StandingCount.objects.bulk_create(
        StandingCount(
            plan=plan,
            fiscal_year=year,
            edition=edition,
            audience=audience.value,
            scope=scope,
            scope_id=pk,
            counts=dict(counter),
        )
        for (year, edition, scope, pk), counter in counts.items()
        for audience in Audience
    )


# --- measuring ------------------------------------------------------------------------------------------


def measure(plan: object, name: str) -> None:
    """Print each page's time, its queries and its ratios; the smallest size's times are kept for the next."""
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    settings.ALLOWED_HOSTS = ["*"]
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    settings.ROOT_URLCONF = "bench.empty_urls"
    client = Client()
    from organization.models import User

    client.force_login(
        User.objects.get(username="planner"), backend="django.contrib.auth.backends.ModelBackend"
    )
    last = plan.last_fiscal_year
    code = "S000050"
    pages = {
        "an empty view": "/empty/",
        "dashboard": f"/plans/speed/?fiscal_year={last}",
        "goals × years": "/plans/speed/years/",
        "filtered list": f"/plans/speed/kpis/?fiscal_year={last}&direction=up",
        "list by grade": f"/plans/speed/kpis/?fiscal_year={last}&grade=遅れている",
        "list by node and words": f"/plans/speed/kpis/?fiscal_year={last}&node={plan.nodes.last().pk}&q=指標",
        "KPI page": f"/kpis/{code}/?plan=speed&fiscal_year={last}",
    }
    base = Path(tempfile.gettempdir()) / f"bench_reports_{connection.vendor}.txt"
    smallest = dict(line.split("\t") for line in base.read_text().splitlines()) if base.exists() else {}
    times = {}
    for page, address in pages.items():
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            response = client.get(address)
        queries = len(captured)
        assert response.status_code == 200, (page, response.status_code)
        times[page] = median_time(lambda address=address: client.get(address))
        to_empty = times[page] / times["an empty view"]
        to_small = times[page] / float(smallest[page]) if page in smallest and name != "small" else None
        told = f"{to_small:6.2f} × small" if to_small else ""
        shown = f"{times[page] * 1e3:8.1f} ms {queries:3} queries {to_empty:6.1f} × empty"
        print(f"  {page:24} {shown} {told}", flush=True)
    if name == "small":
        base.write_text("\n".join(f"{page}\t{seconds}" for page, seconds in times.items()))


def median_time(act: Callable[[], object]) -> float:
    """Return the median seconds of some calls after three to warm up."""
    found = []
    for number in range(ROUNDS + 3):
        started = time.perf_counter()
        act()
        if number >= 3:
            found.append(time.perf_counter() - started)
    return statistics.median(found)


if __name__ == "__main__":
    main(sys.argv[1:])
