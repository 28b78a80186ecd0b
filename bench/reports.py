"""How the reading pages grow: `python bench/reports.py [small] [middle] [large] [--postgresql]`.

small is 100 KPIs × 5 years, middle 5,000 × 10, large 100,000 × 10 with 10,000 programs. Prints each page's
milliseconds, queries, lines and ratios: to the smallest size, and to a view that returns nothing behind the
same middleware. Every list shows as many lines at every size (`bench/many_kpis.py`), so that the ratio tells
of the rows beneath the page and not of those on it.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

SIZES = {"small": (1, 5), "middle": (50, 10), "large": (1_000, 10)}
ROUNDS = 15


def main(arguments: list[str]) -> None:
    """Measure every size in a process and a database of its own, on SQLite or PostgreSQL."""
    asked = [name for name in SIZES if name in arguments] or ["small", "middle"]
    flags = [argument for argument in arguments if argument.startswith("--")]
    if "--worker" in flags:
        work(asked[0])
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


def work(name: str) -> None:
    """Fill a database and measure the pages."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsukuba_kpi.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from bench.many_kpis import PATTERNS, fill

    call_command("migrate", verbosity=0)
    copies, years = SIZES[name]
    started = time.perf_counter()
    plan = fill(copies, years)
    took = time.perf_counter() - started
    size = f"{copies * PATTERNS:,} KPIs × {years} years"
    print(f"\n{connection.vendor}: {size} ({took:.0f} s to fill)", flush=True)
    measure(plan, name)


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
    pages = {"an empty view": "/empty/"} | pages_of(plan)
    base = Path(tempfile.gettempdir()) / f"bench_reports_{connection.vendor}.txt"
    smallest = dict(line.split("\t") for line in base.read_text().splitlines()) if base.exists() else {}
    times = {}
    for page, address in pages.items():
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            response = client.get(address)
        queries = len(captured)
        assert response.status_code == 200, (page, response.status_code)
        times[page] = quickest(lambda address=address: client.get(address))
        to_empty = times[page] / times["an empty view"]
        to_small = times[page] / float(smallest[page]) if page in smallest and name != "small" else None
        told = f"{to_small:6.2f} × small" if to_small else ""
        shown = f"{times[page] * 1e3:8.1f} ms {queries:3} queries {to_empty:6.1f} × empty"
        print(f"  {page:28} {shown} {told:15} {response.content.count(b'</tr>'):4} lines", flush=True)
    if name == "small":
        base.write_text("\n".join(f"{page}\t{seconds}" for page, seconds in times.items()))


def pages_of(plan: object) -> dict[str, str]:
    """Return what is measured: the dashboards, the list by its filters and orders, single pages."""
    from organization.models import Section

    last = plan.last_fiscal_year
    goal = plan.nodes.filter(level="goal").order_by("pk").last()
    section = Section.objects.order_by("pk").first()
    kpis = f"/plans/speed/kpis/?fiscal_year={last}"
    programs = f"/program-sheets/?fiscal_year={last}"
    return {
        "dashboard": f"/plans/speed/?fiscal_year={last}",
        "goals × years": "/plans/speed/years/",
        "section": f"/sections/{section.pk}/?fiscal_year={last}",
        "bureau": f"/bureaus/{section.bureau_id}/?fiscal_year={last}",
        "goal": f"/nodes/{goal.pk}/?fiscal_year={last}",
        "list": kpis,
        "list by direction": f"{kpis}&direction=up",
        "list by grade and section": f"{kpis}&grade=順調&section={section.pk}",
        "list by node": f"{kpis}&node={goal.pk}",
        "list by a usual word": f"{kpis}&q=数",
        "list by node and words": f"{kpis}&node={goal.pk}&q=第１課　数",
        "list by words, nothing found": f"{kpis}&q=数　水道",
        "list by one letter, nothing": f"{kpis}&q=鯨",
        "list by progress": f"{kpis}&sort=-progress",
        "list by name": f"{kpis}&sort=name",
        "list, last page": f"{kpis}&page=last",
        "KPI page": f"/kpis/S000050/?plan=speed&fiscal_year={last}",
        "programs": programs,
        "programs of a section": f"{programs}&section={section.pk}",
        "programs by words": f"{programs}&q=数　事業",
        "programs by state": f"{programs}&state=finalised",
        "program page": "/program-sheets/50/",
    }


def quickest(act: Callable[[], object]) -> float:
    """Return the seconds of the quickest of some calls: other work on the machine only ever adds to one."""
    found = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        act()
        found.append(time.perf_counter() - started)
    return min(found)


if __name__ == "__main__":
    main(sys.argv[1:])
