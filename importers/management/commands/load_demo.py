"""Fill an empty database with the city's two documents and demo accounts, to try the product."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from history.enums import Through
from history.services import Authorship
from organization.enums import MembershipRole, SiteRole
from organization.models import User
from organization.services import AccountsExist, DemoAccount, SectionMissing, create_demo_accounts
from tsukuba_kpi import clock

DOCUMENTS = Path(settings.BASE_DIR) / "fixtures" / "tsukuba"
PLAN_NAME = "つくば市総合戦略（平成27～31年度）"
PROGRAM_YEAR = "R6"

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
    DemoAccount(username="demo-kikaku", display_name="デモ 企画部門", site_role=SiteRole.PLANNING),
    DemoAccount(username="demo-kanri", display_name="デモ 管理者", site_role=SiteRole.ADMINISTRATOR),
    DemoAccount(username="demo-iin", display_name="デモ 外部評価委員", site_role=SiteRole.COMMITTEE),
    DemoAccount(username="demo-etsuran", display_name="デモ 閲覧者", site_role=SiteRole.READER),
)


class Command(BaseCommand):
    """Import the documents, create the accounts; all of it or nothing, and twice is once."""

    help = "市の二つの文書を取り込み、デモの利用者を作ります。"

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
            self._import_documents()
            try:
                created = create_demo_accounts(
                    accounts=ACCOUNTS, password=PASSWORD, starts_on=clock.today(), authorship=authorship
                )
            except (AccountsExist, SectionMissing) as refusal:
                raise CommandError(str(refusal)) from refusal
        self._tell(created)

    def _import_documents(self) -> None:
        strategy = DOCUMENTS / "tsukuba_strategy_kpi.txt"
        programs = DOCUMENTS / "tsukuba_programs_r6.txt"
        call_command("import_strategy", str(strategy), plan=PLAN_NAME, apply=True, stdout=self.stdout)
        call_command(
            "import_programs", str(programs), fiscal_year=PROGRAM_YEAR, apply=True, stdout=self.stdout
        )

    def _tell(self, created: list[User]) -> None:
        if not created:
            self.stdout.write("デモの利用者はすでにいます。")
            return
        self.stdout.write(f"デモの利用者を作りました（パスワードは全員 {PASSWORD} ）。")
        for user in created:
            self.stdout.write(f"  {user.username:20} {user.display_name}")
