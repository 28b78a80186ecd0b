"""Publishing: a round's finalised sheets are frozen as one publication; a later one amends it."""

from django.db import transaction
from django.db.models import Max

from evaluations import permissions
from evaluations.models import Round
from evaluations.services import workflow
from history.services import Authorship, change_record, create_record
from reports.calculations.published import fingerprint, to_json
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


class ContentChanged(Exception):
    """What would be published is no longer what the person looked at."""

    def __init__(self) -> None:
        super().__init__(
            "画面を開いたあとに、公表する内容が変わりました。下の注意と変更を見直してから、もう一度公表してください。"
        )


class NothingToWithdraw(Exception):
    """The round has no publication in force."""

    def __init__(self) -> None:
        super().__init__("この照会には、取り下げる公表がありません。")


class WithdrawalUnexplained(Exception):
    """A publication is withdrawn without saying why."""

    def __init__(self) -> None:
        super().__init__("取り下げる理由を書いてください。理由は公表と訂正の記録に載ります。")


def publish_round(
    *, collection: Round, amendment: str = "", seen: str = "", authorship: Authorship
) -> Publication:
    """Freeze what is finalised in a round and show it to the public.

    `seen` is the fingerprint of the content that the person looked at, where there was a page to look at.

    :raises NothingToPublish: if no sheet is finalised.
    :raises ContentChanged: if that content has changed meanwhile
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
        if seen and seen != fingerprint(content):
            raise ContentChanged
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


def withdraw_publication(*, collection: Round, reason: str, authorship: Authorship) -> Publication:
    """Take a round's publication off every public page, paper and file; that it was there stays on record.

    The frozen copy is kept inside. The round may be published again, as a new edition.

    :raises NothingToWithdraw: if nothing of the round is public
    :raises WithdrawalUnexplained: if `reason` is blank
    :raises evaluations.services.workflow.ActRefused: if the person may not publish
    """
    person = workflow.person_of(authorship)
    if not permissions.can_manage_rounds(person):
        raise workflow.ActRefused("公表を取り下げられるのは企画部門です。")
    words = workflow.clean(reason)
    if not words:
        raise WithdrawalUnexplained
    with transaction.atomic():
        newest = Publication.objects.filter(round=collection).order_by("-edition_number").first()
        if newest is None or newest.withdrawn_at is not None:
            raise NothingToWithdraw
        changes = {"withdrawn_by": person, "withdrawn_at": authorship.at, "withdrawal": words}
        change_record(newest, changes, authorship=authorship)
    return newest
