"""Writes of rating schemes: a scheme in use is never changed, a new one is a new version."""

from collections.abc import Iterable
from dataclasses import replace

from django.db import transaction

from history.services import Authorship, change_record, create_record, create_records
from strategy.calculations.rating import Scheme, scheme_problems
from strategy.calculations.ready_schemes import READY_SCHEMES
from strategy.models import Plan, RatingBand, RatingScheme


def install_ready_schemes(*, authorship: Authorship) -> list[RatingScheme]:
    """Store the ready schemes that are not there yet; return those that were added."""
    present = set(RatingScheme.objects.values_list("code", "version"))
    with transaction.atomic():
        return [
            store_scheme(scheme, authorship=authorship)
            for scheme in READY_SCHEMES
            if (scheme.code, scheme.version) not in present
        ]


def store_scheme(scheme: Scheme, *, authorship: Authorship) -> RatingScheme:
    """Store a scheme with its bands under its code and version.

    :raises IntegrityError: if this version is stored already.
    """
    with transaction.atomic():
        stored = create_record(
            RatingScheme(
                code=scheme.code,
                version=scheme.version,
                name=scheme.name,
                measure=scheme.measure.value,
                is_proposal=scheme.is_proposal,
                source_note=scheme.source,
                cannot_judge={entry.reason: entry.label for entry in scheme.cannot_judge},
                met_label=scheme.met_label,
                not_met_label=scheme.not_met_label,
            ),
            authorship=authorship,
        )
        bands = [
            RatingBand(
                scheme=stored,
                position=position,
                label=band.label,
                symbol=band.symbol,
                colour=band.colour,
                pattern=band.pattern,
                minimum=band.minimum,
                includes_minimum=band.includes_minimum,
                measure=band.measure.value if band.measure else "",
                sentence=band.sentence,
                points=band.points,
            )
            for position, band in enumerate(scheme.bands, start=1)
        ]
        create_records(bands, authorship=authorship)
    return stored


def choose_scheme(plan: Plan, scheme: RatingScheme | None, *, authorship: Authorship) -> bool:
    """Set by which scheme a plan's KPIs are graded; return whether that changed anything."""
    return change_record(plan, {"rating_scheme": scheme}, authorship=authorship)


class SchemeRefused(Exception):
    """The scheme contradicts itself; `problems` are sentences that say what to do."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("".join(problems))
        self.problems = problems


def store_new_version(scheme: Scheme, *, authorship: Authorship) -> RatingScheme:
    """Store a changed scheme as the next version of its code; what uses the old one keeps it.

    :raises SchemeRefused: if its bands overlap, leave a gap or are out of order
    """
    problems = scheme_problems(scheme)
    if problems:
        raise SchemeRefused(problems)
    with transaction.atomic():
        versions = RatingScheme.objects.filter(code=scheme.code).values_list("version", flat=True)
        latest = max(versions, default=0)
        return store_scheme(replace(scheme, version=latest + 1), authorship=authorship)


def confirm_scheme(scheme: RatingScheme, *, authorship: Authorship) -> bool:
    """Say as planning that a proposed scheme is the city's own from now on."""
    return change_record(scheme, {"is_proposal": False}, authorship=authorship)


def freeze_schemes(schemes: Iterable[RatingScheme], *, authorship: Authorship) -> int:
    """Fix the schemes that a finalised round was judged by; return how many were not fixed yet."""
    frozen = {scheme.pk: scheme for scheme in schemes if not scheme.is_frozen}
    return sum(
        change_record(scheme, {"is_frozen": True}, authorship=authorship) for scheme in frozen.values()
    )
