"""By what a line of a workbook is known again: signed, so that what comes back is what was taken out.

It holds the versions and the values as they stood when the workbook was taken, from which the three-way
difference is made; a forged or altered one is none at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.core import signing

_SALT = "importers.round_book"


@dataclass(frozen=True, kw_only=True)
class LineIdentity:
    """Whose line it is, of which round, and what stood in its fields when it was taken.

    `kind` is kpi or program, `pk` the sheet's key. `name` is what the line is called in the workbook; a line
    whose visible name is another one has been torn apart. `base` are the values by field as cells showed
    them; `unread` are fields whose text no cell could hold.
    """

    round_id: int
    section_id: int | None
    kind: str
    pk: int
    sheet_version: int
    figure_version: int
    taken_at: datetime
    name: str
    base: Mapping[str, str] = field(default_factory=dict)
    unread: tuple[str, ...] = ()


def signed(identity: LineIdentity) -> str:
    """Return the text that stands in the workbook's hidden cells."""
    content = [
        identity.round_id,
        identity.section_id,
        identity.kind,
        identity.pk,
        identity.sheet_version,
        identity.figure_version,
        identity.taken_at.isoformat(),
        identity.name,
        dict(identity.base),
        list(identity.unread),
    ]
    return signing.dumps(content, salt=_SALT, compress=True)


def read_identity(text: str) -> LineIdentity | None:
    """Return the identity a workbook brought back, None unless this server signed it as it is."""
    try:
        content = signing.loads(text.strip(), salt=_SALT)
    except signing.BadSignature:
        return None
    round_id, section_id, kind, pk, sheet_version, figure_version, taken_at, name, base, unread = content
    return LineIdentity(
        round_id=round_id,
        section_id=section_id,
        kind=kind,
        pk=pk,
        sheet_version=sheet_version,
        figure_version=figure_version,
        taken_at=datetime.fromisoformat(taken_at),
        name=name,
        base=base,
        unread=tuple(unread),
    )
