"""Remarks on single fields of a sheet: written, answered, and resolved by whoever wrote them."""

from evaluations import permissions
from evaluations.models import FieldComment
from evaluations.permissions import AnySheet
from evaluations.selectors.sheets import as_owner
from evaluations.services.workflow import ActRefused, clean, person_of
from history.services import Authorship, change_record, create_record

MAX_TEXT = 4_000


class CommentRefused(Exception):
    """The remark cannot be kept as it is."""


def add_comment(
    *,
    sheet: AnySheet,
    field: str,
    text: str,
    parent: FieldComment | None = None,
    authorship: Authorship,
) -> FieldComment:
    """Write a remark on a field, or an answer to one (answers to answers join the same thread).

    :raises ActRefused: if the sheet is not this person's business, or locked
    :raises CommentRefused: if there is no text, too much of it, or the thread is another sheet's
    """
    person = person_of(authorship)
    if not permissions.can_comment(person, sheet):
        raise ActRefused("このシートにはコメントできません。")
    if not clean(text):
        raise CommentRefused("コメントを書いてください。")
    if len(text) > MAX_TEXT or len(field) > 80:
        raise CommentRefused(f"コメントは{MAX_TEXT:,}文字までです。")
    owner = as_owner(sheet)
    if parent is not None and any(getattr(parent, name) != value for name, value in owner.items()):
        raise CommentRefused("ほかのシートのコメントには返信できません。")
    thread = parent.parent or parent if parent is not None else None
    return create_record(
        FieldComment(
            **owner,
            field=thread.field if thread else field,
            parent=thread,
            text=clean(text),
            by=person,
            at=authorship.at,
        ),
        authorship=authorship,
    )


def resolve_comment(*, comment: FieldComment, authorship: Authorship) -> bool:
    """Close a thread; only the author of its first remark may. Return False if it is closed already.

    :raises ActRefused: if somebody else wrote it
    """
    person = person_of(authorship)
    if comment.by_id != person.pk:
        raise ActRefused("コメントを解決済みにできるのは、書いた本人だけです。")
    if comment.resolved_at is not None:
        return False
    return change_record(
        comment, {"resolved_by": person, "resolved_at": authorship.at}, authorship=authorship
    )
