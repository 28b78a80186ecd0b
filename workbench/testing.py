"""`dev.py test`: the same tests on SQLite and on PostgreSQL, and a loud word about what was missing."""

import os
import re
import shutil
import time

from workbench.environment import DEV, ensure_environment
from workbench.house import CHROMIUM_NAMES, PYTHON, call, say
from workbench.postgresql import postgresql_programs, temporary_postgresql

# What touches no database has been tested by the first run already.
ONLY_DATABASE = "--only-database-tests"
NOTHING_TO_RUN = 5  # pytest's exit status; no failure where all chosen tests are pure
IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def test(arguments: list[str]) -> int:
    """Run the tests on SQLite and then on PostgreSQL, or only on DATABASE_URL when it is set."""
    ensure_environment(DEV)
    outcomes: list[tuple[str, int, float]] = []
    missing: list[str] = []
    if not any(map(shutil.which, CHROMIUM_NAMES)):
        missing.append("Chromium がないため、ブラウザの試験を行っていません。")
    given = os.environ.get("DATABASE_URL", "").strip()
    if given:
        outcomes.append(pytest("DATABASE_URL", given, arguments))
    else:
        outcomes.append(pytest("SQLite", "", arguments))
        programs = postgresql_programs()
        if programs is None:
            missing.append("PostgreSQL（initdb・pg_ctl）がないため、PostgreSQL での試験を行っていません。")
        else:
            with temporary_postgresql(programs) as url:
                outcomes.append(pytest("PostgreSQL", url, [ONLY_DATABASE, *arguments]))
    say("\n" + "=" * 78)
    for name, status, seconds in outcomes:
        say(f"{name:12} {'合格' if status == 0 else f'不合格（{status}）'}  {seconds:.0f} 秒")
    for sentence in missing:
        say(f"!!! 注意: {sentence}")
    say("=" * 78)
    return max([status for _, status, _ in outcomes] + [1 if missing and IN_CI else 0])


def pytest(name: str, url: str, arguments: list[str]) -> tuple[str, int, float]:
    """Run pytest on one database; return its name, exit status and seconds."""
    say(f"\n--- {name} で試験します " + "-" * 50)
    began = time.monotonic()
    parallel = [] if any(re.match(r"-n|--pdb|--numprocesses", given) for given in arguments) else ["-n", "2"]
    status = call(str(PYTHON), "-m", "pytest", *parallel, *arguments, DATABASE_URL=url)
    if status == NOTHING_TO_RUN and ONLY_DATABASE in arguments:
        status = 0
    return name, status, time.monotonic() - began
