"""`python manage.py clear_drafts`: delete drafts of forms to which nobody has come back."""

from typing import Any

from django.core.management.base import BaseCommand

from organization.services.form_drafts import forget_stale
from tsukuba_kpi import clock


class Command(BaseCommand):
    """Delete what was typed into forms long ago and never sent."""

    help = "送られないまま90日たったフォームの下書きと、用済みから30日たった印を消します。"

    def handle(self, *args: Any, **options: Any) -> None:
        """Delete them and say how many there were."""
        self.stdout.write(f"{forget_stale(at=clock.now())}件の下書きを消しました。")
