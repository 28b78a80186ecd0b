"""Publish a round from the command line."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evaluations.models import Round
from evaluations.services.workflow import ActRefused
from history.enums import Through
from history.services import Authorship
from organization.models import User
from reports.services import AmendmentUnexplained, NothingToPublish, publish_round
from tsukuba_kpi import clock


class Command(BaseCommand):
    """`manage.py publish_round ROUND --by USERNAME`: the same act as on the round's publication page."""

    help = "確定したシートを、照会の公表として凍結します。"

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the round's number, the person who publishes, and what was corrected since."""
        parser.add_argument("round", type=int, metavar="ROUND", help="照会の番号")
        parser.add_argument("--by", required=True, metavar="USERNAME", help="公表する人")
        parser.add_argument("--amendment", default="", metavar="TEXT", help="前の版から訂正したこと")

    def handle(self, *args: Any, **options: Any) -> None:
        """Publish and say which edition it is."""
        collection = Round.objects.filter(pk=options["round"]).first()
        person = User.objects.filter(username=options["by"], is_active=True).first()
        if collection is None:
            raise CommandError(f"照会 {options['round']} はありません。")
        if person is None or not person.access.is_planning:
            raise CommandError(f"「{options['by']}」は公表できる人（企画部門）ではありません。")
        authorship = Authorship(by=person, at=clock.now(), through=Through.COMMAND)
        try:
            made = publish_round(collection=collection, amendment=options["amendment"], authorship=authorship)
        except (NothingToPublish, AmendmentUnexplained, ActRefused) as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"「{collection.name}」を公表しました（第{made.edition_number}版）。")
