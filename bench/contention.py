"""Many hands on one sheet: `python bench/contention.py [EDITS] [sqlite|postgresql]` (10,000 by default).

Six processes save one sheet again and again on what they had just read. Every save must be kept or told as
a conflict; none may be lost. Then two processes hand in the same thousand sheets, one from behind, on the
same page: each sheet must be handed in once. Ends with status 1 if anything else happens. No timings: what
is shown is that nothing is lost. PostgreSQL runs with durable commits here.
"""

import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

PROCESSES, SUBMITS = 6, 1_000


def set_up() -> None:
    """Open the product in this process; the database is named by the environment."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tsukuba_kpi.settings"
    import django

    django.setup()


def edit(given: tuple[int, int, int]) -> tuple[list[str], int]:
    """Save one sheet so many times; return the texts that were said to be kept, and the conflicts told."""
    number, turns, pk = given
    set_up()
    from evaluations.models import KpiSheet
    from history.services import VersionConflict
    from organization.models import User
    from tests.evaluations.acts import fresh, save

    user = User.objects.get(username="clerk")
    kept, conflicts = [], 0
    for turn in range(turns):
        text = f"{number}-{turn}"
        try:
            save(fresh(KpiSheet(pk=pk)), user, problems=text)
        except VersionConflict:
            conflicts += 1
        else:
            kept.append(text)
    return kept, conflicts


def submit(given: tuple[bool, list[tuple[int, int, int]]]) -> Counter[str]:
    """Hand in sheets on the versions of one page, from the front or from behind; return what was told."""
    from_behind, pages = given
    set_up()
    from evaluations.models import KpiSheet
    from evaluations.services import workflow
    from evaluations.services.workflow import Seen, WrongState
    from history.services import VersionConflict
    from organization.models import User
    from tests.evaluations.acts import by, fresh

    user = User.objects.get(username="clerk")
    told: Counter[str] = Counter()
    for pk, version, figure in reversed(pages) if from_behind else pages:
        seen = Seen(sheet=version, figure=figure)
        try:
            done = workflow.submit(sheet=fresh(KpiSheet(pk=pk)), seen=seen, authorship=by(user))
        except (VersionConflict, WrongState) as refused:
            told[type(refused).__name__] += 1
        else:
            told["handed in" if done else "already"] += 1
    return told


def contend(engine: str, edits: int) -> bool:
    """Fill a database and let the processes at it; return whether all was kept or told."""
    set_up()
    from django.core.management import call_command
    from django.db import connections

    call_command("migrate", verbosity=0)
    sheet, pages = fill()
    connections.close_all()
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        work = [(number, edits // PROCESSES, sheet) for number in range(PROCESSES)]
        edited = pool.map(edit, work, chunksize=1)
        told = sum(pool.map(submit, [(False, pages), (True, pages)], chunksize=1), Counter())
    return report(engine, sheet, edited, told)


def fill() -> tuple[int, list[tuple[int, int, int]]]:
    """Create the sheet everybody edits, and the pages of the sheets to hand in: key and versions."""
    from evaluations.selectors.sheets import figure_version
    from organization.enums import MembershipRole
    from tests.evaluations.acts import fresh, save
    from tests.factories.evaluations import KpiSheetFactory, RoundFactory, RoundQuestionFactory
    from tests.factories.organization import SectionFactory, member_of

    section, collection = SectionFactory(), RoundFactory(fiscal_year=2019)
    RoundQuestionFactory(round=collection, key="problems", label="課題")
    clerk = member_of(section, MembershipRole.STAFF, "clerk")
    pages = []
    for _ in range(SUBMITS):
        sheet = KpiSheetFactory(round=collection, section=section)
        save(fresh(sheet), clerk)
        now = fresh(sheet)
        pages.append((now.pk, now.version, figure_version(now)))
    return KpiSheetFactory(round=collection, section=section).pk, pages


def report(engine: str, pk: int, edited: list[tuple[list[str], int]], told: Counter[str]) -> bool:
    """Compare what was told with what stands in the history, and say it."""
    from evaluations.models import KpiSheet
    from history.models import Revision

    answers = Revision.objects.filter(record_type="evaluations.kpisheet", record_id=pk, field="answers")
    written = {json.loads(new).get("problems") for new in answers.values_list("new", flat=True)}
    kept = [text for texts, _ in edited for text in texts]
    conflicts = sum(number for _, number in edited)
    lost = set(kept) - written
    version = KpiSheet.objects.get(pk=pk).version
    handed_in = Revision.objects.filter(
        record_type="evaluations.kpisheet", field="state", new__contains="awaiting_approval"
    ).count()
    whole = not lost and version == 1 + len(kept) and len(written) == len(kept)
    once = told["handed in"] == handed_in == SUBMITS
    print(
        f"{engine}: {len(kept)} edits kept, {conflicts} conflicts told, {len(lost)} lost; version {version}"
    )
    print(f"  {SUBMITS} sheets handed in twice over: {dict(told)}, {handed_in} in the history")
    print(f"  {'all kept or told, each handed in once' if whole and once else 'NOT WHOLE'}")
    return whole and once


def main() -> int:
    """Try one engine here, or both, each in a process of its own."""
    edits = int(next((word for word in sys.argv[1:] if word.isdigit()), "10000"))
    engines = [word for word in sys.argv[1:] if word in {"sqlite", "postgresql"}]
    if len(engines) != 1:
        own = [sys.executable, __file__, str(edits)]
        tried = [subprocess.run([*own, engine], check=False) for engine in ("sqlite", "postgresql")]
        return max(each.returncode for each in tried)
    with ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory())
        url = f"sqlite:///{directory}/contention.sqlite3"
        if engines == ["postgresql"]:
            from workbench.postgresql import postgresql_programs, temporary_postgresql

            programs = postgresql_programs()
            if programs is None:
                raise SystemExit("PostgreSQL (initdb, pg_ctl) is not on this machine.")
            url = stack.enter_context(temporary_postgresql(programs, durable=True))
        os.environ.update(DATABASE_URL=url, DATA_DIR=directory)
        return 0 if contend(engines[0], edits) else 1


if __name__ == "__main__":
    sys.exit(main())
