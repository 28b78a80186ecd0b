"""Remove everything that is marked as demo, and close the demo accounts."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from history.enums import Through
from history.services import Authorship
from importers.services.remove_demo import DemoInUse, remove_demo
from tsukuba_kpi import clock


class Command(BaseCommand):
    """`manage.py remove_demo`: real data and the history stay."""

    help = "デモの照会・値などを取り除き、デモの利用者を使えなくします。"

    def handle(self, *args: Any, **options: Any) -> None:
        """Remove and say what went and what is left to look at."""
        authorship = Authorship(by=None, at=clock.now(), through=Through.COMMAND, why="デモの削除")
        try:
            removal = remove_demo(authorship=authorship)
        except DemoInUse as refusal:
            raise CommandError(str(refusal)) from refusal
        for name, count in removal.removed.items():
            self.stdout.write(f"{name}: {count} 件を削除しました。")
        self.stdout.write(f"デモの利用者 {removal.closed_accounts} 人を使えなくしました。")
        if removal.changes_left:
            self.stdout.write(
                f"デモの利用者が実データに加えた変更が {removal.changes_left} 件に残っています。"
                "変更履歴で確かめて、必要なら直してください。"
            )
