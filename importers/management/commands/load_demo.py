"""Fill an empty database with the city's two documents and demo accounts, to try the product."""

from dataclasses import dataclass, replace
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from evaluations.enums import Edition
from evaluations.models import Round
from evaluations.services.rounds import RoundDraft, RoundRefused, create_round, open_round
from history.enums import Through
from history.services import Authorship
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
from tsukuba_kpi.lib.fiscal_year import short_era_label

DOCUMENTS = Path(settings.BASE_DIR) / "fixtures" / "tsukuba"
PLAN_NAME = "つくば市総合戦略（平成27～31年度）"
PLAN_YEAR, PROGRAM_YEAR = 2019, 2024
PLANNER = "demo-kikaku"

# Known to everybody who reads the README: load_demo refuses a database that real people use.
PASSWORD = "tsukuba-demo-2019"  # noqa: S105
ACCOUNTS = (
    DemoAccount(
        username="demo-sangyo-tanto",
        display_name="デモ 産業振興課 担当者",
        section_name="産業振興課",
        membership_role=MembershipRole.STAFF,
    ),
    DemoAccount(
        username="demo-sangyo-kacho",
        display_name="デモ 産業振興課 課長",
        section_name="産業振興課",
        membership_role=MembershipRole.CHIEF,
    ),
    DemoAccount(
        username="demo-koho-tanto",
        display_name="デモ 広報戦略課 担当者",
        section_name="広報戦略課",
        membership_role=MembershipRole.STAFF,
    ),
    DemoAccount(
        username="demo-koho-kacho",
        display_name="デモ 広報戦略課 課長",
        section_name="広報戦略課",
        membership_role=MembershipRole.CHIEF,
    ),
    DemoAccount(username=PLANNER, display_name="デモ 企画部門", site_role=SiteRole.PLANNING),
    DemoAccount(username="demo-kanri", display_name="デモ 管理者", site_role=SiteRole.ADMINISTRATOR),
    DemoAccount(username="demo-iin", display_name="デモ 外部評価委員", site_role=SiteRole.COMMITTEE),
    DemoAccount(username="demo-etsuran", display_name="デモ 閲覧者", site_role=SiteRole.READER),
)


@dataclass(frozen=True)
class DemoRound:
    """A round the demo opens: of which year, whether for the plan's KPIs or for the programs."""

    name: str
    fiscal_year: int
    of_kpis: bool


ROUNDS = (
    DemoRound("【デモ】平成31（令和元）年度 総合戦略KPIの照会", PLAN_YEAR, of_kpis=True),
    DemoRound("【デモ】令和６年度 事務事業評価の照会", PROGRAM_YEAR, of_kpis=False),
)
DAYS_TO_ANSWER = 30
SCHEME_CODE = "tsukuba"


class Command(BaseCommand):
    """Import the documents, create the accounts, open two rounds; all or nothing, and twice is once."""

    help = "市の二つの文書を取り込み、デモの利用者を作り、デモの照会を開きます。"

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
                self._choose_scheme(authorship)
                created = create_demo_accounts(
                    accounts=ACCOUNTS, password=PASSWORD, starts_on=clock.today(), authorship=authorship
                )
                for wanted in ROUNDS:
                    self._open(wanted, authorship)
            except (AccountsExist, SectionMissing, RoundRefused) as refusal:
                raise CommandError(str(refusal)) from refusal
        self._tell(created)

    def _import_documents(self) -> None:
        """Import what is not there yet: a second import could undo what people have changed since."""
        wanted = []
        if not Plan.objects.filter(name=PLAN_NAME).exists():
            wanted.append(["import_strategy", "tsukuba_strategy_kpi.txt", "--plan", PLAN_NAME])
            wanted.append(["import_actuals", "published_figures.csv"])
        if not ProgramSheet.objects.filter(fiscal_year=PROGRAM_YEAR, program__is_demo=False).exists():
            year = short_era_label(PROGRAM_YEAR)
            wanted.append(["import_programs", "tsukuba_programs_r6.txt", "--fiscal-year", year])
        for command, file, *rest in wanted:
            report = StringIO()
            call_command(command, str(DOCUMENTS / file), *rest, "--apply", stdout=report)
            counts = [line for line in report.getvalue().splitlines() if line.startswith("読み取った行")]
            self.stdout.write(f"{file}: {'、'.join(counts)}")

    def _choose_scheme(self, authorship: Authorship) -> None:
        """Store the ready schemes; a plan without one gets the proposal, marked 案 wherever it grades."""
        install_ready_schemes(authorship=authorship)
        proposed = RatingScheme.objects.filter(code=SCHEME_CODE).order_by("-version").first()
        for plan in Plan.objects.filter(name=PLAN_NAME, rating_scheme=None):
            choose_scheme(plan, proposed, authorship=authorship)

    def _open(self, wanted: DemoRound, authorship: Authorship) -> None:
        """Open a demo round unless it is there: questions as of a first round, nothing answered."""
        if Round.objects.filter(
            fiscal_year=wanted.fiscal_year, edition=Edition.FINAL.value, is_demo=True
        ).exists():
            return
        opened_by = replace(authorship, by=User.objects.get(username=PLANNER))
        scheme = RatingScheme.objects.filter(code=SCHEME_CODE).order_by("-version").first()
        draft = RoundDraft(
            fiscal_year=wanted.fiscal_year,
            edition=Edition.FINAL,
            plans=list(Plan.objects.filter(name=PLAN_NAME)) if wanted.of_kpis else [],
            name=wanted.name,
            asks_programs=not wanted.of_kpis,
            rating_scheme=scheme if wanted.of_kpis else None,
            due_on=clock.today() + timedelta(days=DAYS_TO_ANSWER),
            is_demo=True,
        )
        collection = create_round(draft=draft, authorship=opened_by)
        report = open_round(collection=collection, authorship=opened_by)
        self.stdout.write(
            f"{collection.name}を開きました（KPI {report.kpi_sheets} 件、"
            f"事務事業 {report.program_evaluations} 件）。"
        )

    def _tell(self, created: list[User]) -> None:
        if not created:
            self.stdout.write("デモの利用者はすでにいます。")
            return
        self.stdout.write(f"デモの利用者を作りました（パスワードは全員 {PASSWORD} ）。")
        for user in created:
            self.stdout.write(f"  {user.username:20} {user.display_name}")
