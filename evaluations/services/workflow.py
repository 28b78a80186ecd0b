"""The acts on a sheet. Each is one row of `enums.TRANSITIONS`, done by one conditional UPDATE.

Every act names the versions the person saw; a second click has no second effect.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from evaluations import permissions
from evaluations.enums import Act, RoundState, SheetState, Transition
from evaluations.models import FieldComment, KpiSheet, ProgramEvaluation, Round
from evaluations.permissions import AnySheet
from evaluations.selectors import authors, completeness, sheets
from history.enums import Through
from history.services import Authorship, VersionConflict, change_record, create_records
from organization.models import User
from tsukuba_kpi.lib.japanese_text import clean_control


class ActRefused(Exception):
    """The act is not this person's, whatever state the sheet is in."""


class OwnEntry(ActRefused):
    """The person would approve what they entered themselves."""

    def __init__(self) -> None:
        super().__init__(
            "ご自分が入力した内容は承認できません。ほかの所属長・代決者に承認を依頼してください。"
        )


class WrongState(Exception):
    """The sheet is no longer where this act begins. Nothing was written."""

    def __init__(self, sheet: AnySheet, act: Act) -> None:
        super().__init__(
            f"このシートは「{sheet.get_state_display()}」、照会は「{sheet.round.get_state_display()}」のため、"
            f"「{act.label}」はできません。画面を開き直して、いまの状態を確かめてください。"
        )
        self.sheet = sheet
        self.act = act


class ReasonMissing(Exception):
    """The act needs a reason in words."""

    def __init__(self, act: Act) -> None:
        super().__init__(f"「{act.label}」には理由を書いてください。")
        self.act = act


class ReopeningOver(Exception):
    """The day until which a sheet is to be opened lies in the past."""

    def __init__(self) -> None:
        super().__init__("再開の期限は今日以後の日にしてください。")


class SheetIncomplete(Exception):
    """What the sheet still lacks: a message for each field."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("まだ入力されていない項目があります。")
        self.errors = dict(errors)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The versions a person had before them.

    `figure` is that of the actual or of the program's yearly sheet; 0 when there was none yet, None when
    the act does not depend on it.
    """

    sheet: int
    figure: int | None = None


NOT_APPROVED: dict[str, Any] = {"approved_by": None, "approved_at": None, "approved_as_deputy": False}
NOT_SUBMITTED: dict[str, Any] = {"submitted_by": None, "submitted_at": None, **NOT_APPROVED}
NOT_RETURNED: dict[str, Any] = {"return_reason": "", "returned_by": None, "returned_at": None}


# --- the section's acts -----------------------------------------------------------------------------------


def submit(*, sheet: AnySheet, seen: Seen, authorship: Authorship) -> bool:
    """Hand a complete sheet to the chief; return False if that has already happened.

    :raises SheetIncomplete: with a message for every field that still lacks something
    """
    transition = permitted(sheet, Act.SUBMIT, authorship)
    if transition is None:
        return False
    errors = completeness.missing(
        sheet, viewer=person_of(authorship), today=timezone.localdate(authorship.at)
    )
    if errors:
        raise SheetIncomplete(errors)
    submission = {"submitted_by": person_of(authorship), "submitted_at": authorship.at, **NOT_APPROVED}
    return move(sheet, transition, seen=seen, authorship=authorship, changes=submission)


def withdraw(*, sheet: AnySheet, reason: str = "", seen: Seen, authorship: Authorship) -> bool:
    """Take a sheet back before the next person has looked at it.

    The section takes it back from its chief, the chief (with a reason) from planning.
    """
    transition = permitted(sheet, Act.WITHDRAW, authorship, reason=reason)
    if transition is None:
        return False
    undone = NOT_APPROVED if sheet.state == SheetState.SUBMITTED else NOT_SUBMITTED
    return move(sheet, transition, seen=seen, authorship=authorship, reason=reason, changes=undone)


def approve(*, sheet: AnySheet, seen: Seen, authorship: Authorship) -> bool:
    """Approve as chief or in the chief's stead (代決, recorded as such); return False if already done.

    :raises OwnEntry: if something that stands in the sheet is the person's own entry, unless nobody else
        is in the section and planning allowed it
    """
    transition = permitted(sheet, Act.APPROVE, authorship)
    if transition is None:
        return False
    person = person_of(authorship)
    if transition.not_own and person.pk in authors.contributors(sheet):
        today = timezone.localdate(authorship.at)
        if sheet.section_id not in permissions.approve_their_own([sheet.section_id], today=today):
            raise OwnEntry
    approval = {
        "approved_by": person,
        "approved_at": authorship.at,
        "approved_as_deputy": permissions.approves_as_deputy(person, sheet),
    }
    return move(sheet, transition, seen=seen, authorship=authorship, changes=approval)


def reply(*, sheet: AnySheet, text: str, seen: Seen, authorship: Authorship) -> bool:
    """Record the section's answer to the committee's opinion."""
    return _act(sheet, Act.REPLY, seen, authorship, {"section_reply": clean(text)})


# --- the chief's and planning's acts ----------------------------------------------------------------------


def return_sheet(
    *, sheet: AnySheet, reason: str, field_comments: Mapping[str, str], seen: Seen, authorship: Authorship
) -> bool:
    """Send a sheet back to its section with a reason, and remarks on single fields."""
    transition = permitted(sheet, Act.RETURN, authorship, reason=reason)
    if transition is None:
        return False
    person = person_of(authorship)
    comments = [
        FieldComment(**sheets.as_owner(sheet), field=field, text=clean(text), by=person, at=authorship.at)
        for field, text in field_comments.items()
        if clean(text)
    ]
    returned = {"return_reason": clean(reason), "returned_by": person, "returned_at": authorship.at}
    with transaction.atomic():
        moved = move(
            sheet,
            transition,
            seen=seen,
            authorship=authorship,
            reason=reason,
            changes={**returned, **NOT_SUBMITTED},
        )
        create_records(comments, authorship=authorship)
    return moved


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """What the planning division says of a sheet."""

    second_grade: str = ""
    planning_comment: str = ""
    decision: str = ""
    decision_note: str = ""


def assess(*, sheet: AnySheet, assessment: Assessment, seen: Seen, authorship: Authorship) -> bool:
    """Record planning's own evaluation beside the section's."""
    changes = {
        "second_grade": clean(assessment.second_grade),
        "planning_comment": clean(assessment.planning_comment),
        "decision": clean(assessment.decision),
        "decision_note": clean(assessment.decision_note),
    }
    return _act(sheet, Act.ASSESS, seen, authorship, changes)


def review(*, sheet: AnySheet, seen: Seen, authorship: Authorship) -> bool:
    """Mark a submitted sheet as checked; the reason of an earlier return is done with."""
    return _act(sheet, Act.REVIEW, seen, authorship, NOT_RETURNED)


def refer(*, sheet: AnySheet, seen: Seen, authorship: Authorship) -> bool:
    """Put a checked sheet before the external committee."""
    return _act(sheet, Act.REFER, seen, authorship, {})


def opine(*, sheet: AnySheet, opinion: str, seen: Seen, authorship: Authorship) -> bool:
    """Record the external committee's opinion."""
    return _act(sheet, Act.OPINE, seen, authorship, {"committee_opinion": clean(opinion)})


def finalise(*, sheet: AnySheet, seen: Seen, authorship: Authorship) -> bool:
    """Lock a sheet: from now on only a correction changes it."""
    return _act(sheet, Act.FINALISE, seen, authorship, {"reopened_until": None})


def reopen(*, sheet: AnySheet, reason: str, until: date, seen: Seen, authorship: Authorship) -> bool:
    """Open one final sheet again until a day, for its section to work on it as on one that came back.

    A round that was over is closed again with it, and has to be finalised once more: what is published
    from a round is final in all its sheets.

    :raises ReopeningOver: if the day is over already
    """
    transition = permitted(sheet, Act.REOPEN, authorship, reason=reason)
    if transition is None:
        return False
    if until < timezone.localdate(authorship.at):
        raise ReopeningOver
    changes = {
        "return_reason": clean(reason),
        "returned_by": person_of(authorship),
        "returned_at": authorship.at,
        "reopened_until": until,
        **NOT_SUBMITTED,
    }
    with transaction.atomic():
        moved = move(sheet, transition, seen=seen, authorship=authorship, reason=reason, changes=changes)
        if moved and sheet.round.state == RoundState.FINALISED:
            told = replace(authorship, why=f"「{clean(reason)}」のためシートを再開")
            change_record(sheet.round, {"state": RoundState.CLOSED.value}, authorship=told)
    return moved


def relock(*, sheet: AnySheet, seen: Seen, authorship: Authorship) -> bool:
    """Lock a sheet again that was opened for a time, as it stands by now."""
    changes = {**NOT_RETURNED, "reopened_until": None}
    return _act(sheet, Act.RELOCK, seen, authorship, changes)


def publish(*, sheet: AnySheet, seen: Seen, authorship: Authorship) -> bool:
    """Mark a finalised sheet as published."""
    return _act(sheet, Act.PUBLISH, seen, authorship, {})


def publish_round(*, collection: Round, authorship: Authorship) -> int:
    """Mark all finalised sheets of a round as published, in one transaction; return how many were.

    A round that is not over yet goes on: its other sheets could not be finished any more otherwise.
    """
    published = 0
    with transaction.atomic():
        for model in (KpiSheet, ProgramEvaluation):
            rows = model.objects.filter(round=collection, state=SheetState.FINALISED.value)
            for sheet in rows.select_related("round", "section"):
                published += publish(sheet=sheet, seen=Seen(sheet=sheet.version), authorship=authorship)
        if collection.state == RoundState.FINALISED:
            change_record(collection, {"state": RoundState.PUBLISHED.value}, authorship=authorship)
    return published


# --- what all acts share ------------------------------------------------------------------------------------


def clean(text: str) -> str:
    """Return a typed text with line feeds only, without control characters and blank ends."""
    return clean_control(text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def person_of(authorship: Authorship) -> User:
    """Return who acts.

    :raises ActRefused: for a command: acts on sheets are a person's
    """
    if not isinstance(authorship.by, User):
        raise ActRefused("シートの操作は利用者だけができます。")
    return authorship.by


def permitted(sheet: AnySheet, act: Act, authorship: Authorship, *, reason: str = "") -> Transition | None:
    """Return the table's row for an act, None when its effect is there already.

    :raises ActRefused: if it is never this person's act
    :raises WrongState: if the sheet or its round stands elsewhere
    :raises ReasonMissing: if the act needs a reason and has none
    """
    person = person_of(authorship)
    if not permissions.could_act(person, sheet, act):
        raise ActRefused(f"「{act.label}」の権限がありません。")
    transition = permissions.transition_for(person, sheet, act)
    if transition is None:
        # A return carries words of its own: a second one is never the first one over again.
        if act is not Act.RETURN and permissions.is_done(person, sheet, act):
            return None
        raise WrongState(sheet, act)
    if transition.needs_reason and not clean(reason):
        raise ReasonMissing(act)
    return transition


def move(
    sheet: AnySheet,
    transition: Transition,
    *,
    seen: Seen,
    authorship: Authorship,
    changes: Mapping[str, Any],
    reason: str = "",
) -> bool:
    """Write one act: UPDATE … WHERE pk, version and state are still what the person saw.

    Return False when the very same act has just been done in another request.

    :raises VersionConflict: if somebody else was first with something else
    """
    if seen.figure is not None and seen.figure != sheets.figure_version(sheet):
        raise VersionConflict(sheet)
    target = transition.target or SheetState(sheet.state)
    try:
        return change_record(
            sheet,
            {"state": target.value, **changes},
            authorship=_explained(authorship, transition, reason),
            expected_version=seen.sheet,
            only_if={"state": sheet.state},
            # A save that changes only the figure gives the sheet a new version, too.
            raise_version=transition.act in {Act.EDIT, Act.CORRECT},
        )
    except VersionConflict:
        if _just_done(sheet, transition, seen):
            return False
        raise


def _just_done(sheet: AnySheet, transition: Transition, seen: Seen) -> bool:
    if transition.target is None or transition.act in {Act.EDIT, Act.RETURN}:
        return False
    return (
        type(sheet)
        .objects.filter(pk=sheet.pk, state=transition.target.value, version=seen.sheet + 1)
        .exclude(state=sheet.state)
        .exists()
    )


def _explained(authorship: Authorship, transition: Transition, reason: str) -> Authorship:
    through = Through.CORRECTION if transition.act is Act.CORRECT else authorship.through
    return Authorship(
        by=authorship.by,
        at=authorship.at,
        through=through,
        why=clean(reason) or authorship.why or transition.act.label,
        import_run_id=authorship.import_run_id,
        change=authorship.change,
    )


def _act(sheet: AnySheet, act: Act, seen: Seen, authorship: Authorship, changes: Mapping[str, Any]) -> bool:
    transition = permitted(sheet, act, authorship)
    if transition is None:
        return False
    return move(sheet, transition, seen=seen, authorship=authorship, changes=changes)
