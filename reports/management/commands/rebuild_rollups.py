"""manage.py rebuild_rollups [--plan CODE] [--check]: the counts behind dashboards and lists."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reports.services import standings
from strategy.models import Plan
from tsukuba_kpi import clock

SHOWN = 20


class Command(BaseCommand):
    """Work out again how KPIs stand, or compare what is kept with what is."""

    help = "集計（指標の状況と件数）を作り直します。--check は作り直さずに比べ、違えば 1 で終わります。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the plan and whether only to compare."""
        parser.add_argument("--plan", default="", help="計画の符号（省略すると全ての計画）")
        parser.add_argument("--check", action="store_true", help="書かずに比べる")

    def handle(self, *args: Any, **options: Any) -> None:
        """Rebuild, or compare; a difference ends in 1."""
        plans = Plan.objects.select_related("rating_scheme").order_by("code")
        if options["plan"]:
            plans = plans.filter(code=options["plan"])
            if not plans:
                raise CommandError(f"符号「{options['plan']}」の計画はありません。")
        if options["check"]:
            self._check(list(plans))
            return
        for plan in plans:
            kept = standings.rebuild(plan=plan, at=clock.now())
            self.stdout.write(f"{plan.code}: {kept}の年度・版を集計しました。")

    def _check(self, plans: list[Plan]) -> None:
        # What was written since is read first, as a page would: only what stays wrong then is a difference.
        standings.catch_up(at=clock.now())
        found = [each for plan in plans for each in standings.differences(plan=plan)]
        for difference in found[:SHOWN]:
            self.stdout.write(f"{difference.plan}: {difference.told}")
        if len(found) > SHOWN:
            self.stdout.write(f"ほか{len(found) - SHOWN}件")
        if found:
            raise CommandError(
                f"集計が{len(found)}か所で違います。manage.py rebuild_rollups で作り直してください。"
            )
        self.stdout.write("集計は正しい内容です。")
