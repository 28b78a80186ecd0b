"""Who may bring in which documents, and who sees and handles which run."""

from django.db.models import QuerySet

from importers.enums import DocumentKind
from importers.models import ImportRun
from organization.models import User

# The kinds that have a plan of changes; the readers know more.
_PLANNED = (DocumentKind.STRATEGY, DocumentKind.PROGRAMS, DocumentKind.ACTUALS)


def importable_kinds(user: User) -> list[DocumentKind]:
    """Return the kinds of documents a person may bring in: sections bring figures of their own KPIs."""
    access = user.access
    if access.is_administrator or access.is_planning:
        return list(_PLANNED)
    return [DocumentKind.ACTUALS] if access.section_ids else []


def can_import(user: User) -> bool:
    """Return whether a person may bring in anything at all."""
    return bool(importable_kinds(user))


def imports_for_all(user: User) -> bool:
    """Return whether a person's imports may touch every section's data."""
    return user.access.is_administrator or user.access.is_planning


def visible_runs(user: User) -> QuerySet[ImportRun]:
    """Return the runs that exist for a person: all for planning and administrators, else their own."""
    runs = ImportRun.objects.all()
    if imports_for_all(user):
        return runs
    return runs.filter(created_by=user) if can_import(user) else runs.none()


def can_handle(user: User, run: ImportRun) -> bool:
    """Return whether a person may review, apply, discard and undo a run that exists for them."""
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
