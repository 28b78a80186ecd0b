"""Fill an empty database with the city's two documents, the sample city and demo accounts, to try it all."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from evaluations.enums import Edition, SheetState
from evaluations.models import Round
from evaluations.services.rounds import RoundDraft, RoundRefused, create_round, finalise_round, open_round
from history.enums import Through
from history.services import Authorship
from importers.services.demo_city import (
    UNDER_WAY,
    DemoPeople,
    describe_plan,
    fill_round,
    link_demo_programs,
    read_words,
)
from organization.enums import MembershipRole, SiteRole
from organization.models import User
from organization.services import (
    AccountsExist,
    DemoAccount,
    SectionMissing,
    create_demo_accounts,
    ensure_no_real_accounts,
)
from programs.models import ProgramSheet
from strategy.models import Plan, RatingScheme
from strategy.services.schemes import choose_scheme, install_ready_schemes
from tsukuba_kpi import clock
from tsukuba_kpi.lib.fiscal_year import era_label, short_era_label

DOCUMENTS = Path(settings.BASE_DIR) / "fixtures" / "tsukuba"
CITY = Path(settings.BASE_DIR) / "fixtures" / "midoridai"
CITY_PLAN_NAME = "【デモ】みどり台市総合戦略（架空の市）"
CITY_YEARS = range(2020, 2025)
PLAN_NAME = "つくば市総合戦略（平成27～31年度）"
PLAN_YEAR, PROGRAM_YEAR = 2019, 2024
PLANNER = "demo-kikaku"
CITY_STAFF, CITY_CHIEF = "demo-midori-tanto", "demo-midori-kacho"
CITY_SECTIONS = ("未来戦略課", "住まい・緑地活用推進室")

# Known to everybody who reads the README: load_demo refuses a database that real people use.
PASSWORD = "tsukuba-demo-2019"  # noqa: S105
ACCOUNTS = (
    DemoAccount(
        username="demo-sangyo-tanto",
        display_name="デモ 産業振興課 担当者",
        section_names=("産業振興課",),
        membership_role=MembershipRole.STAFF,
    ),
    DemoAccount(
        username="demo-sangyo-kacho",
        display_name="デモ 産業振興課 課長",
        section_names=("産業振興課",),
        membership_role=MembershipRole.CHIEF,
    ),
    DemoAccount(
        username="demo-koho-tanto",
        display_name="デモ 広報戦略課 担当者",
        section_names=("広報戦略課",),
        membership_role=MembershipRole.STAFF,
    ),
    DemoAccount(
        username="demo-koho-kacho",
        display_name="デモ 広報戦略課 課長",
        section_names=("広報戦略課",),
        membership_role=MembershipRole.CHIEF,
    ),
    DemoAccount(
        username=CITY_STAFF,
        display_name="デモ みどり台市 担当者",
        section_names=CITY_SECTIONS,
        of_demo_city=True,
        membership_role=MembershipRole.STAFF,
    ),
    DemoAccount(
        username=CITY_CHIEF,
        display_name="デモ みどり台市 課長",
        section_names=CITY_SECTIONS,
        of_demo_city=True,
        membership_role=MembershipRole.CHIEF,
    ),
    DemoAccount(username=PLANNER, display_name="デモ 企画部門", site_role=SiteRole.PLANNING),
    DemoAccount(username="demo-kanri", display_name="デモ 管理者", site_role=SiteRole.ADMINISTRATOR),
    DemoAccount(username="demo-iin", display_name="デモ 外部評価委員", site_role=SiteRole.COMMITTEE),
    DemoAccount(username="demo-etsuran", display_name="デモ 閲覧者", site_role=SiteRole.READER),
)


@dataclass(frozen=True)
class DemoRound:
    """A round of the demo: of which plans' KPIs, whether of the programs, and between which days."""

    name: str
    fiscal_year: int
    plan_names: tuple[str, ...] = ()
    asks_programs: bool = False
    opens_on: date | None = None
    due_on: date | None = None


# A year and edition have one demo round: the newest one asks for the programs of both cities.
ROUNDS = (
    *(
        DemoRound(
            f"【デモ】みどり台市 {era_label(year)} 実績・評価",
            year,
            (CITY_PLAN_NAME,),
            opens_on=date(year + 1, 4, 15),
            due_on=date(year + 1, 5, 31),
        )
        for year in CITY_YEARS[:-1]
    ),
    DemoRound("【デモ】平成31（令和元）年度 総合戦略KPIの照会", PLAN_YEAR, (PLAN_NAME,)),
    DemoRound("【デモ】令和６年度 実績・評価の照会", PROGRAM_YEAR, (CITY_PLAN_NAME,), asks_programs=True),
)
DAYS_TO_ANSWER = 30
SCHEME_CODE = "tsukuba"


class Command(BaseCommand):
    """Import the documents, create the accounts, open the rounds; all or nothing, and twice is once."""

    help = "市の二つの文書と見本の市（みどり台市）を取り込み、デモの利用者を作り、デモの照会を開きます。"

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer to leave a database alone that somebody already uses."""
        parser.add_argument(
            "--only-if-empty", action="store_true", help="利用者が一人でもいれば、何もしません。"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Load; tell the passwords of the accounts that are new."""
        if options["only_if_empty"] and User.objects.exists():
            return
        authorship = Authorship(by=None, at=clock.now(), through=Through.COMMAND, why="デモの準備")
        with transaction.atomic():
            try:
                ensure_no_real_accounts()
                self._import_documents()
                is_new = self._import_city()
                self._choose_scheme(authorship)
                created = create_demo_accounts(
                    accounts=ACCOUNTS, password=PASSWORD, starts_on=clock.today(), authorship=authorship
                )
                if is_new:
                    self._complete_city(authorship)
                # A settled round shows its plan as it stood then: it ends after the plan was brought in.
                authorship = replace(authorship, at=clock.now())
                for wanted in ROUNDS:
                    self._open(wanted, authorship)
            except (AccountsExist, SectionMissing, RoundRefused) as refusal:
                raise CommandError(str(refusal)) from refusal
        self._tell(created)

    def _import_documents(self) -> None:
        """Import what is not there yet: a second import could undo what people have changed since."""
        if not Plan.objects.filter(name=PLAN_NAME).exists():
            self._import(DOCUMENTS, "import_strategy", "tsukuba_strategy_kpi.txt", "--plan", PLAN_NAME)
            self._import(DOCUMENTS, "import_actuals", "published_figures.csv")
        if not ProgramSheet.objects.filter(fiscal_year=PROGRAM_YEAR, program__is_demo=False).exists():
            year = short_era_label(PROGRAM_YEAR)
            self._import(DOCUMENTS, "import_programs", "tsukuba_programs_r6.txt", "--fiscal-year", year)

    def _import_city(self) -> bool:
        """Import the sample city's documents as demo data; return whether it was not there yet."""
        if Plan.objects.filter(name=CITY_PLAN_NAME).exists():
            return False
        year = short_era_label(PROGRAM_YEAR)
        self._import(CITY, "import_programs", "programs_r6.xlsx", "--fiscal-year", year, "--demo")
        self._import(CITY, "import_strategy", "strategy.xlsx", "--plan", CITY_PLAN_NAME, "--demo")
        self._import(CITY, "import_actuals", "actuals.xlsx", "--demo")
        self._import(CITY, "import_definitions", "definitions.csv", "--demo")
        return True

    def _import(self, folder: Path, command: str, file: str, *rest: str) -> None:
        report = StringIO()
        call_command(command, str(folder / file), *rest, "--apply", stdout=report)
        counts = [line for line in report.getvalue().splitlines() if line.startswith("読み取った行")]
        self.stdout.write(f"{file}: {'、'.join(counts)}")

    def _choose_scheme(self, authorship: Authorship) -> None:
        """Store the ready schemes; a plan without one gets the proposal, marked 案 wherever it grades."""
        install_ready_schemes(authorship=authorship)
        proposed = RatingScheme.objects.filter(code=SCHEME_CODE).order_by("-version").first()
        for plan in Plan.objects.filter(name__in=[PLAN_NAME, CITY_PLAN_NAME], rating_scheme=None):
            choose_scheme(plan, proposed, authorship=authorship)

    def _complete_city(self, authorship: Authorship) -> None:
        """Add what no document of a city has: made-up words, and links of programs."""
        plan, words = Plan.objects.get(name=CITY_PLAN_NAME), read_words(CITY / "demo.json")
        describe_plan(plan, words, authorship=authorship)
        link_demo_programs(plan, words, authorship=authorship)

    def _open(self, wanted: DemoRound, authorship: Authorship) -> None:
        """Open a demo round unless it is there; the sample city's are worked on, past ones published."""
        if Round.objects.filter(
            fiscal_year=wanted.fiscal_year, edition=Edition.FINAL.value, is_demo=True
        ).exists():
            return
        opened_by = replace(authorship, by=User.objects.get(username=PLANNER))
        plans = list(Plan.objects.filter(name__in=wanted.plan_names))
        draft = RoundDraft(
            fiscal_year=wanted.fiscal_year,
            edition=Edition.FINAL,
            plans=plans,
            name=wanted.name,
            asks_programs=wanted.asks_programs,
            rating_scheme=plans[0].rating_scheme if plans else None,
            opens_on=wanted.opens_on,
            due_on=wanted.due_on or clock.today() + timedelta(days=DAYS_TO_ANSWER),
            is_demo=True,
        )
        collection = create_round(draft=draft, authorship=opened_by)
        report = open_round(collection=collection, authorship=opened_by)
        if wanted.fiscal_year in CITY_YEARS:
            self._work_on(collection, authorship)
        self.stdout.write(
            f"{collection.name}を開きました（KPI {report.kpi_sheets} 件、"
            f"事務事業 {report.program_evaluations} 件）。"
        )

    def _work_on(self, collection: Round, authorship: Authorship) -> None:
        is_past = collection.fiscal_year != CITY_YEARS[-1]
        people = DemoPeople(*(User.objects.get(username=name) for name in (CITY_STAFF, CITY_CHIEF, PLANNER)))
        fill_round(
            collection,
            Plan.objects.get(name=CITY_PLAN_NAME),
            read_words(CITY / "demo.json"),
            states=[SheetState.PUBLISHED] if is_past else UNDER_WAY,
            people=people,
            authorship=authorship,
        )
        if is_past:
            finalise_round(collection=collection, authorship=authorship)
            # By its name: the public's side is a room above this one.
            call_command("publish_round", str(collection.pk), "--by", PLANNER, stdout=StringIO())

    def _tell(self, created: list[User]) -> None:
        if not created:
            self.stdout.write("デモの利用者はすでにいます。")
            return
        self.stdout.write(f"デモの利用者を作りました（パスワードは全員 {PASSWORD} ）。")
        for user in created:
            self.stdout.write(f"  {user.username:20} {user.display_name}")
