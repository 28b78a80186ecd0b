"""Rounds: prepared from the last one, opened with a sheet for everything asked, closed, finished."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from evaluations.enums import LOCKED_STATES, Edition, RoundState
from evaluations.models import KpiSheet, ProgramEvaluation, Round, RoundQuestion
from evaluations.permissions import AnySheet
from evaluations.selectors.rounds import Opening, latest_round, plan_opening
from evaluations.selectors.standing import schemes_of_round
from evaluations.services import questions as forms
from evaluations.services.dues import dues_like, place_sheet, spread_dues
from history.services import Authorship, change_record, create_record, create_records, delete_record
from organization.models import Section
from strategy.models import Plan, RatingScheme
from strategy.services.schemes import freeze_schemes
from tsukuba_kpi.lib.fiscal_year import era_label


class RoundRefused(Exception):
    """The round cannot be made or moved like this; the message says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class RoundDraft:
    """What planning decides about a round before it opens."""

    fiscal_year: int
    edition: Edition
    plans: Sequence[Plan]
    name: str = ""
    asks_programs: bool = True
    asks_costs: bool = False
    rating_scheme: RatingScheme | None = None
    opens_on: date | None = None
    due_on: date | None = None
    remind_days: Sequence[int] = (7, 3, 1)
    instructions: str = ""
    is_demo: bool = False

    @property
    def title(self) -> str:
        """Return the round's name: as given, else from year and edition."""
        return self.name or f"{era_label(self.fiscal_year)} 実績・評価（{self.edition.label}）"


def create_round(*, draft: RoundDraft, authorship: Authorship) -> Round:
    """Prepare a round; its questions are those of the last round, or the first round's.

    The days of the last round's groups come along, moved to the new round (`dues.dues_like`).

    :raises RoundRefused: if the year's edition has its round already, or the days are out of order
    """
    if draft.opens_on and draft.due_on and draft.due_on < draft.opens_on:
        raise RoundRefused("提出期限は照会開始日より前にできません。")
    previous = latest_round(before_year=draft.fiscal_year, edition=draft.edition, is_demo=draft.is_demo)
    collection = Round(
        name=draft.title,
        fiscal_year=draft.fiscal_year,
        edition=draft.edition.value,
        asks_programs=draft.asks_programs,
        asks_costs=draft.asks_costs,
        rating_scheme=draft.rating_scheme,
        opens_on=draft.opens_on,
        due_on=draft.due_on,
        remind_days=list(draft.remind_days),
        instructions=draft.instructions,
        previous=previous,
        is_demo=draft.is_demo,
    )
    with transaction.atomic():
        try:
            with transaction.atomic():
                create_record(collection, authorship=authorship)
        except IntegrityError as error:
            raise RoundRefused("この年度と版の照会はすでにあります。") from error
        collection.plans.set(draft.plans)
        asked = forms.questions_like(collection, previous) if previous else []
        create_records(asked or forms.first_questions(collection), authorship=authorship)
        if previous:
            today = timezone.localdate(authorship.at)
            create_records(dues_like(collection, previous, today=today), authorship=authorship)
    return collection


def change_round(*, collection: Round, draft: RoundDraft, authorship: Authorship) -> bool:
    """Change a round's name, days, instructions and scheme; year, edition and plans only before it opens.

    :raises RoundRefused: if the days are out of order, or something else is changed after the opening
    """
    if draft.opens_on and draft.due_on and draft.due_on < draft.opens_on:
        raise RoundRefused("提出期限は照会開始日より前にできません。")
    changes: dict[str, Any] = {
        "name": draft.title,
        "opens_on": draft.opens_on,
        "due_on": draft.due_on,
        "remind_days": list(draft.remind_days),
        "instructions": draft.instructions,
        "rating_scheme": draft.rating_scheme,
    }
    preparing = collection.state == RoundState.PREPARING
    same_frame = (
        collection.fiscal_year,
        collection.edition,
        collection.asks_programs,
        collection.asks_costs,
    ) == (
        draft.fiscal_year,
        draft.edition.value,
        draft.asks_programs,
        draft.asks_costs,
    ) and set(collection.plans.all()) == set(draft.plans)
    if not preparing and not same_frame:
        raise RoundRefused("照会を開いた後は、対象の年度・版・計画を変えられません。")
    if preparing:
        changes |= {
            "fiscal_year": draft.fiscal_year,
            "edition": draft.edition.value,
            "asks_programs": draft.asks_programs,
            "asks_costs": draft.asks_costs,
        }
    with transaction.atomic():
        try:
            with transaction.atomic():
                changed = change_record(collection, changes, authorship=authorship)
        except IntegrityError as error:
            raise RoundRefused("この年度と版の照会はすでにあります。") from error
        if preparing:
            collection.plans.set(draft.plans)
    return changed or not same_frame


def set_questions(*, collection: Round, questions: Sequence[RoundQuestion], authorship: Authorship) -> None:
    """Replace a round's form by other questions, keeping what stays; only before it opens.

    A question with a primary key is changed, one without is added, one left out is removed.

    :raises RoundRefused: if the round is open, or two questions of one sheet have the same key
    """
    if collection.state != RoundState.PREPARING:
        raise RoundRefused("照会を開いた後は、項目を変えられません。")
    keys = [(question.target, question.key, question.program_kind) for question in questions]
    if len(set(keys)) != len(keys):
        raise RoundRefused("同じ符号の項目が二つあります。符号を変えてください。")
    kept = {question.pk: question for question in questions if question.pk}
    with transaction.atomic():
        for question in collection.questions.all():
            wanted = kept.get(question.pk)
            if wanted is None:
                delete_record(question, authorship=authorship)
            else:
                names = [f.name for f in question._meta.concrete_fields if f.name not in {"id", "round"}]
                change_record(
                    question, {name: getattr(wanted, name) for name in names}, authorship=authorship
                )
        added = [question for question in questions if not question.pk]
        for question in added:
            question.round = collection
        create_records(added, authorship=authorship)


# --- opening and closing ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OpeningReport:
    """What an opening made: sheets of KPIs and programs, and what still has no section to answer."""

    kpi_sheets: int
    program_evaluations: int
    opening: Opening


def open_round(
    *,
    collection: Round,
    kpi_ids: Collection[int] | None = None,
    program_sheet_ids: Collection[int] | None = None,
    authorship: Authorship,
) -> OpeningReport:
    """Open a round: a sheet for every KPI of its plans and every program's sheet of its year.

    `kpi_ids` and `program_sheet_ids` narrow that down (None: all). What nobody answers for gets a sheet
    without section and is told in the report. Opening again adds what has come since, and nothing twice.

    :raises RoundRefused: if the round is over, something would be due before the opening, or nothing is asked
    """
    if collection.state not in {RoundState.PREPARING, RoundState.OPEN}:
        raise RoundRefused(f"この照会は「{collection.get_state_display()}」のため、開けません。")
    with transaction.atomic():
        opening = plan_opening(collection, today=timezone.localdate(authorship.at))
        kpi_sheets = [
            KpiSheet(round=collection, kpi=asked.kpi, section=asked.answerable.section)
            for asked in opening.kpis
            if not asked.has_sheet and (kpi_ids is None or asked.kpi.pk in kpi_ids)
        ]
        evaluations = [
            ProgramEvaluation(round=collection, program_sheet=asked.sheet, section=asked.answerable.section)
            for asked in opening.programs
            if not asked.has_sheet and (program_sheet_ids is None or asked.sheet.pk in program_sheet_ids)
        ]
        if collection.state == RoundState.PREPARING and not kpi_sheets and not evaluations:
            raise RoundRefused(
                "照会するものがありません。計画にKPIがあるか、対象年度の事務事業が登録されているかを確かめてください。"
            )
        create_records(kpi_sheets, authorship=authorship)
        create_records(evaluations, authorship=authorship)
        opened = _opened(collection, timezone.localdate(authorship.at))
        change_record(collection, opened, authorship=authorship)
        spread_dues(collection)
    return OpeningReport(len(kpi_sheets), len(evaluations), opening)


def _opened(collection: Round, today: date) -> dict[str, Any]:
    """Return what an opening changes of the round itself.

    :raises RoundRefused: if something would be due before the opening
    """
    opened: dict[str, Any] = {"state": RoundState.OPEN.value}
    if collection.state == RoundState.OPEN:
        return opened
    opens_on = collection.opens_on or today
    if collection.due_on is not None and collection.due_on < opens_on:
        raise RoundRefused("提出期限が今日より前です。期限を直してから開いてください。")
    if collection.dues.filter(due_on__lt=opens_on).exists():
        raise RoundRefused(
            "まとまりごとの期限に、照会の開始より前のものがあります。「期限」で直してから開いてください。"
        )
    return opened | {"opens_on": opens_on}


_STEPS = {
    RoundState.CLOSED: {RoundState.OPEN},
    RoundState.OPEN: {RoundState.CLOSED},
    RoundState.FINALISED: {RoundState.OPEN, RoundState.CLOSED},
}


def close_round(*, collection: Round, authorship: Authorship) -> bool:
    """Close a round: sections enter nothing new, and only work on what came back to them."""
    return _step(collection, RoundState.CLOSED, authorship)


def reopen_round(*, collection: Round, authorship: Authorship) -> bool:
    """Let the sections enter again after the closing."""
    return _step(collection, RoundState.OPEN, authorship)


def finalise_round(*, collection: Round, authorship: Authorship) -> bool:
    """End a round whose sheets are all finalised.

    :raises RoundRefused: if a sheet is still under way
    """
    locked = [state.value for state in LOCKED_STATES]
    open_sheets = sum(
        model.objects.filter(round=collection).exclude(state__in=locked).count()
        for model in (KpiSheet, ProgramEvaluation)
    )
    if open_sheets:
        raise RoundRefused(f"まだ確定していないシートが{open_sheets}件あります。")
    with transaction.atomic():
        finalised = _step(collection, RoundState.FINALISED, authorship)
        if finalised:
            freeze_schemes(schemes_of_round(collection), authorship=authorship)
    return finalised


def _step(collection: Round, target: RoundState, authorship: Authorship) -> bool:
    if collection.state == target:
        return False
    if collection.state not in _STEPS[target]:
        raise RoundRefused(
            f"この照会は「{collection.get_state_display()}」のため、「{target.label}」にできません。"
        )
    return change_record(collection, {"state": target.value}, authorship=authorship)


def assign_section(
    *, sheet: AnySheet, section: Section | None, seen_version: int, authorship: Authorship
) -> bool:
    """Give a sheet to another section: where none was found, or work has moved in the middle of a round.

    :raises RoundRefused: if the sheet is locked
    :raises VersionConflict: if somebody changed the sheet since
    """
    if sheet.is_locked:
        raise RoundRefused("確定したシートの担当課室は変えられません。")
    with transaction.atomic():
        changed = change_record(
            sheet, {"section": section}, authorship=authorship, expected_version=seen_version
        )
        place_sheet(sheet)
    return changed
