"""Who may bring in which documents, and who sees and handles which run."""

from django.db.models import QuerySet

from importers.enums import DocumentKind
from importers.models import ImportRun
from organization.models import User

# Who belongs where and who may sign in is the administrators' business alone.
_OF_ORGANIZATION = (DocumentKind.SECTIONS, DocumentKind.STAFF)
_OF_PLANS = (
    DocumentKind.STRATEGY,
    DocumentKind.PROGRAMS,
    DocumentKind.ACTUALS,
    DocumentKind.DEFINITIONS,
)


def importable_kinds(user: User) -> list[DocumentKind]:
    """Return the kinds of documents a person may bring in: sections bring figures of their own KPIs."""
    access = user.access
    if access.is_administrator:
        return [*_OF_PLANS, *_OF_ORGANIZATION]
    if access.is_planning:
        return list(_OF_PLANS)
    return [DocumentKind.ACTUALS] if access.section_ids else []


def can_import(user: User) -> bool:
    """Return whether a person may bring in anything at all."""
    return bool(importable_kinds(user))


def imports_for_all(user: User) -> bool:
    """Return whether a person's imports may touch every section's data."""
    return user.access.is_administrator or user.access.is_planning


def visible_runs(user: User) -> QuerySet[ImportRun]:
    """Return the runs that exist for a person: planning and administrators see others', all see their own.

    Lists of staff and sections exist for administrators only.
    """
    runs = ImportRun.objects.all()
    if not user.access.is_administrator:
        runs = runs.exclude(kind__in=[kind.value for kind in _OF_ORGANIZATION])
    if imports_for_all(user):
        return runs
    return runs.filter(created_by=user) if can_import(user) else runs.none()


def can_handle(user: User, run: ImportRun) -> bool:
    """Return whether a person may review, apply, discard and undo a run that exists for them."""
    if run.kind == DocumentKind.ROUND.value:
        # What a workbook changes is its section's entry: nobody but who brought it applies or undoes it.
        return can_use_books(user) and run.created_by_id == user.pk
    return any(kind.value == run.kind for kind in importable_kinds(user)) and (
        imports_for_all(user) or run.created_by_id == user.pk
    )


# --- the workbooks of a round -------------------------------------------------------------------------------


def can_use_books(user: User) -> bool:
    """Return whether a person takes out and brings back workbooks of a round at all."""
    return bool(user.access.section_ids) or user.access.is_planning


def book_sections(user: User) -> frozenset[int] | None:
    """Return the sections whose workbooks a person takes out; None: all."""
    return None if user.access.is_planning else user.access.section_ids
