"""`manage.py send_reminders`: the day's reminders, once a day from cron or the task scheduler."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from evaluations.selectors.outstanding import running_rounds
from evaluations.selectors.reminders import digests_of
from evaluations.tasks import send_todays_reminders
from tsukuba_kpi import clock


class Command(BaseCommand):
    """Send each person's digest, once a day at most; without a mail server only say who would get one."""

    help = "照会の開始・期限前・期限超過を、一人一日一通のメールで知らせる"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take --dry-run."""
        parser.add_argument("--dry-run", action="store_true", help="送らずに、だれに何を知らせるかを表示する")

    def handle(self, *args: Any, **options: Any) -> None:
        """Send, or show.

        :raises CommandError: if the mail server refused a mail
        """
        if options["dry_run"] or not settings.SENDS_MAIL:
            if not options["dry_run"]:
                self.stdout.write("メールサーバー（MAIL_SERVER）が設定されていないため、送りません。")
            for digest in digests_of(running_rounds(), today=clock.today(), site_url=settings.SITE_URL):
                self.stdout.write(f"{digest.user}\t{digest.address or '（アドレスなし）'}\t{digest.subject}")
            return
        report = send_todays_reminders()
        self.stdout.write(f"{report.sent}人に送りました。")
        for name in report.without_address:
            self.stderr.write(f"{name}：メールアドレスが登録されていません。")
        if report.failed:
            names = "、".join(report.failed)
            raise CommandError(f"{names}に送れませんでした。次に動かしたときに送り直します。")
