"""Publishing: a round's finalised sheets are frozen as one publication; a later one amends it."""

from django.db import transaction
from django.db.models import Max

from evaluations.models import Round
from evaluations.services import workflow
from history.services import Authorship, create_record
from reports.calculations.published import to_json
from reports.models import Publication
from reports.selectors.publications import content_of


class NothingToPublish(Exception):
    """The round has no finalised sheet."""

    def __init__(self) -> None:
        super().__init__("確定したシートがないため、公表できません。先に点検を終えて確定してください。")


class AmendmentUnexplained(Exception):
    """A round that is public already is published again without saying what was corrected."""

    def __init__(self) -> None:
        super().__init__("すでに公表した照会です。何を訂正したかを書いてください。")


def publish_round(*, collection: Round, amendment: str = "", authorship: Authorship) -> Publication:
    """Freeze what is finalised in a round and show it to the public.

    :raises NothingToPublish: if no sheet is finalised.
    :raises AmendmentUnexplained: if it is not the first publication and `amendment` is blank.
    :raises evaluations.services.workflow.ActRefused: if the person may not publish.
    """
    with transaction.atomic():
        earlier = (
            Publication.objects.filter(round=collection).aggregate(last=Max("edition_number"))["last"] or 0
        )
        if earlier and not amendment.strip():
            raise AmendmentUnexplained
        workflow.publish_round(collection=collection, authorship=authorship)
        content = content_of(collection)
        if not content.programs and not any(kpi.is_published for plan in content.plans for kpi in plan.kpis):
            raise NothingToPublish
        return create_record(
            Publication(
                round=collection,
                edition_number=earlier + 1,
                content=to_json(content),
                amendment=amendment.strip(),
                published_by=workflow.person_of(authorship),
                published_at=authorship.at,
            ),
            authorship=authorship,
        )
