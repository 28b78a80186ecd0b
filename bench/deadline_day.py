"""Deadline day: 300 signed-in people at once: `python bench/deadline_day.py [SECONDS] [sqlite|postgresql]`.

The shipped server answers on loopback. Clerks open their tasks and their sheet and save again and again;
then, within one minute, everybody decides: clerks hand in, chiefs approve. Prints how long each kind of
request took (median, p95) and the ratio of its p95 to that of an empty view asked in between, and checks
afterwards that every save that was answered with "saved" stands in the history. Ends with status 1 if
anything failed or was lost. PostgreSQL runs with durable commits here.
"""

import asyncio
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

from django.urls import reverse

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

SECTIONS, CLERKS = 60, 4
THINKING = (30.0, 90.0)  # seconds between two saves of one person
TOKEN = "t" * 32  # the forms' token: cookie and field carry the same


@dataclass
class Person:
    """Somebody signed in, with the sheet they work on."""

    session: str
    sheet: int
    is_chief: bool


@dataclass
class Tally:
    """What the people were told, and how long they waited (seconds)."""

    waited: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    answers: Counter[str] = field(default_factory=Counter)
    saved: set[str] = field(default_factory=set)
    handed_in: set[int] = field(default_factory=set)
    approved: set[int] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)


# --- the city -----------------------------------------------------------------------------------------------


def fill() -> list[Person]:
    """Create 60 sections with five people and five sheets each, and return the people, signed in."""
    from organization.enums import MembershipRole
    from tests.factories.evaluations import KpiSheetFactory, RoundFactory, RoundQuestionFactory
    from tests.factories.organization import SectionFactory, member_of
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

    plan = PlanFactory(rating_scheme=three_bands())
    collection = RoundFactory(fiscal_year=2019)
    collection.plans.add(plan)
    RoundQuestionFactory(round=collection, key="problems", label="課題")
    people = []
    for number in range(SECTIONS):
        section = SectionFactory()
        node = PlanNodeFactory(plan=plan)
        sheets = []
        for _ in range(CLERKS + 1):
            kpi = KpiFactory()
            PlacementFactory(kpi=kpi, node=node)
            ResponsibilityFactory(kpi=kpi, section=section)
            TargetFactory(kpi=kpi)
            sheets.append(KpiSheetFactory(round=collection, kpi=kpi, section=section).pk)
        for _ in range(4):
            ProgramSheetFactory(section=section)
        for clerk in range(CLERKS):
            user = member_of(section, MembershipRole.STAFF, f"clerk-{number}-{clerk}")
            people.append(Person(signed_in(user), sheets[clerk], is_chief=False))
        chief = member_of(section, MembershipRole.CHIEF, f"chief-{number}")
        hand_in(sheets[-1], member_of(section, MembershipRole.STAFF, f"early-{number}"))
        people.append(Person(signed_in(chief), sheets[-1], is_chief=True))
    return people


def signed_in(user) -> str:
    """Return the key of a session in which somebody has signed in."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return session.session_key


def hand_in(pk: int, user) -> None:
    """Bring one sheet before its chief."""
    from evaluations.models import KpiSheet
    from evaluations.services import workflow
    from tests.evaluations.acts import by, fresh, save, seen

    sheet = fresh(KpiSheet.objects.get(pk=pk))
    save(sheet, user)
    sheet = fresh(sheet)
    workflow.submit(sheet=sheet, seen=seen(sheet), authorship=by(user))


# --- one person's browser -----------------------------------------------------------------------------------


async def ask(port: int, person: Person, method: str, path: str, form: dict | None = None):
    """Send one request on a connection of its own; return status, headers and text."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = urlencode(form or {}).encode() if method == "POST" else b""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n"
        f"Cookie: sessionid={person.session}; csrftoken={TOKEN}\r\n"
    )
    if body:
        head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
    try:
        writer.write(head.encode() + b"\r\n" + body)
        answer = await reader.read()
    finally:
        writer.close()
    head_bytes, _, text = answer.partition(b"\r\n\r\n")
    status = int(head_bytes.split(b" ", 2)[1])
    return status, head_bytes.decode("latin-1"), text.decode(errors="replace")


async def timed(tally: Tally, name: str, *request, expected: tuple[int, ...] = (200,)):
    """Ask, and note how long it took and whether the answer was one of those expected."""
    began = time.perf_counter()
    try:
        status, head, text = await ask(*request)
    except (OSError, IndexError, ValueError) as error:
        tally.faults.append(f"{name}: {error!r}")
        return 0, "", ""
    tally.waited[name].append(time.perf_counter() - began)
    tally.answers[f"{name} {status}"] += 1
    if status not in expected:
        tally.faults.append(f"{name}: {status}")
    return status, head, text


def versions(page: str) -> dict[str, str]:
    """Return the versions a page was made from."""
    names = ("sheet_version", "figure_version")
    found = {name: re.search(rf'name="{name}"[^>]*value="(\d+)"', page) for name in names}
    return {name: match[1] for name, match in found.items() if match}


def entry(person: Person, page: str, text: str, do: str) -> dict[str, str]:
    """Return what a clerk sends: a figure, a status and a text of their own."""
    return {
        "csrfmiddlewaretoken": TOKEN,
        **versions(page),
        "figure": str(len(text) + person.sheet),
        "status": "final",
        "answers.problems": text,
        "do": do,
    }


def sheet_of(person: Person) -> str:
    """Return the address of somebody's sheet."""
    return reverse("evaluations:kpi_sheet_detail", args=[person.sheet])


async def at_work(port: int, person: Person, tally: Tally, until: float) -> None:
    """Open the tasks, open the sheet, save it, think; again until time is up."""
    turn = 0
    await asyncio.sleep(random.uniform(0, THINKING[0]))
    while time.monotonic() < until:
        await timed(tally, "tasks", port, person, "GET", reverse("evaluations:task_list"))
        await timed(tally, "empty", port, person, "GET", "/healthz")
        path = sheet_of(person)
        _, _, page = await timed(tally, "sheet", port, person, "GET", path)
        await asyncio.sleep(random.uniform(*THINKING) / 2)
        if not person.is_chief:
            turn += 1
            text = f"課題{person.sheet}-{turn}。" + "参加者の確保。" * random.randint(1, 20)
            form = entry(person, page, text, "save")
            status, _, _ = await timed(tally, "save", port, person, "POST", path, form, expected=(302,))
            if status == 302:
                tally.saved.add(text)
        await asyncio.sleep(random.uniform(*THINKING) / 2)


async def decide(port: int, person: Person, tally: Tally, within: float) -> None:
    """Decide once at some moment of the minute: clerks hand in, chiefs approve."""
    await asyncio.sleep(random.uniform(0, within))
    _, _, page = await ask(port, person, "GET", sheet_of(person))
    await timed(tally, "empty", port, person, "GET", "/healthz")
    if person.is_chief:
        form = {"csrfmiddlewaretoken": TOKEN, **versions(page), "act": "approve"}
        path = reverse("evaluations:sheet_act", args=["kpi", person.sheet])
        status, _, _ = await timed(tally, "decide", port, person, "POST", path, form, expected=(302,))
        if status == 302:
            tally.approved.add(person.sheet)
        return
    form = entry(person, page, f"課題{person.sheet}の最終。", "submit")
    path = sheet_of(person)
    status, _, _ = await timed(tally, "decide", port, person, "POST", path, form, expected=(302,))
    if status == 302:
        tally.handed_in.add(person.sheet)


async def the_day(port: int, people: list[Person], seconds: float) -> Tally:
    """Let everybody work for so long, then decide within the same minute."""
    tally = Tally()
    until = time.monotonic() + seconds
    await asyncio.gather(*(at_work(port, person, tally, until) for person in people))
    await asyncio.gather(*(decide(port, person, tally, min(60.0, seconds)) for person in people))
    return tally


# --- running it ---------------------------------------------------------------------------------------------


def serve(stack: ExitStack, port: int) -> None:
    """Start the shipped server and wait until it answers."""
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--workers", "2", "--blocking-threads", "4"]
    command += ["tsukuba_kpi.wsgi:application"]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    stack.callback(server.wait)
    stack.callback(server.send_signal, signal.SIGTERM)
    for _ in range(150):
        time.sleep(0.2)
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            continue
    raise SystemExit("the server did not answer")


def lost(tally: Tally) -> list[str]:
    """Return what was acknowledged and is not in the database."""
    from evaluations.models import KpiSheet
    from history.models import Revision

    rows = Revision.objects.filter(record_type="evaluations.kpisheet", field="answers")
    written = " ".join(rows.values_list("new", flat=True))
    missing = [text for text in tally.saved if f'"{text}"' not in written]
    states = dict(KpiSheet.objects.values_list("pk", "state"))
    missing += [f"sheet {pk}" for pk in tally.handed_in if states[pk] != "awaiting_approval"]
    return missing + [f"sheet {pk}" for pk in tally.approved if states[pk] != "submitted"]


def report(engine: str, people: int, tally: Tally) -> bool:
    """Print the waits and their ratios; return whether nothing failed and nothing was lost."""

    def share(name: str, part: float) -> float:
        waits = sorted(tally.waited[name]) or [0.0]
        return waits[min(len(waits) - 1, int(len(waits) * part))]

    empty = share("empty", 0.95) or 1.0
    print(f"{engine}, {people} people; {dict(tally.answers)}")
    for name, bound in (("empty", None), ("tasks", 30), ("sheet", None), ("save", 20), ("decide", None)):
        middle, late = share(name, 0.5), share(name, 0.95)
        verdict = "" if bound is None else f"goal {bound} x: {'within' if late <= bound * empty else 'ABOVE'}"
        print(
            f"  {name:7} {len(tally.waited[name]):5} requests  median {middle * 1000:7.1f} ms  "
            f"p95 {late * 1000:7.1f} ms  {late / empty:6.1f} x the empty view  {verdict}"
        )
    print(f"  decisions within one second at p95: {'yes' if share('decide', 0.95) <= 1 else 'NO'}")
    missing = lost(tally)
    print(f"  {len(tally.saved)} saves acknowledged, {len(missing)} lost; {len(tally.faults)} faults")
    for fault, times in Counter(tally.faults).most_common(5):
        print(f"    {times} x {fault}")
    return not missing and not tally.faults


def measure(engine: str, url: str, directory: str, seconds: float) -> bool:
    """Fill one database, serve it, and let the day pass."""
    from workbench.postgresql import free_port

    os.environ.update(DATABASE_URL=url, DATA_DIR=directory, DJANGO_SETTINGS_MODULE="tsukuba_kpi.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connections

    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    people = fill()
    connections.close_all()
    with ExitStack() as stack:
        port = free_port()
        serve(stack, port)
        tally = asyncio.run(the_day(port, people, seconds))
    return report(engine, len(people), tally)


def main() -> int:
    """Measure one engine here, or both, each in a process of its own."""
    seconds = float(next((word for word in sys.argv[1:] if word.isdigit()), "120"))
    engines = [word for word in sys.argv[1:] if word in {"sqlite", "postgresql"}]
    if len(engines) != 1:
        both = engines or ["sqlite", "postgresql"]
        own = [sys.executable, __file__, f"{seconds:.0f}"]
        return max(subprocess.run([*own, engine], check=False).returncode for engine in both)
    with ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory())
        url = f"sqlite:///{directory}/day.sqlite3"
        if engines == ["postgresql"]:
            from workbench.postgresql import postgresql_programs, temporary_postgresql

            programs = postgresql_programs()
            if programs is None:
                raise SystemExit("PostgreSQL (initdb, pg_ctl) is not on this machine.")
            url = stack.enter_context(temporary_postgresql(programs, durable=True))
        return 0 if measure(engines[0], url, directory, seconds) else 1


if __name__ == "__main__":
    sys.exit(main())
