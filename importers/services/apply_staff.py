"""Write what a plan of a staff list says: accounts, posts and their ends, in bulk with revisions."""

import datetime
from typing import Any

from history.services import Authorship
from importers.selectors.existing_staff import number_key
from importers.services.apply_programs import Written
from importers.services.apply_sections import SectionRegister
from importers.services.compare_staff import StaffWrite
from importers.services.plan_staff import StaffPlan
from organization.models import Membership
from organization.services import NewPerson, add_posts, change_people, change_posts, register_people


def apply_staff(planned: StaffPlan, *, authorship: Authorship) -> Written:
    """Write the plan inside the caller's transaction; return the records written by the row's index."""
    writes = planned.writes
    written: Written = {write.index: [] for write in writes}
    ids = _people(writes, written, authorship=authorship)
    register = SectionRegister(demo=False, authorship=authorship)
    register.register(write.section for write in writes if write.section is not None)
    ended: dict[int, datetime.date | None] = {}
    changed: dict[int, dict[str, Any]] = {}
    for write in writes:
        ended.update(write.ends)
        written[write.index] += [("organization.membership", pk) for pk, _ in write.ends]
        if write.post_id is not None and write.post_values:
            changed[write.post_id] = dict(write.post_values)
            written[write.index].append(("organization.membership", write.post_id))
    change_posts(changed, ended, authorship=authorship)
    opening = [write for write in writes if write.section is not None and write.post_id is None]
    created = add_posts([_post(write, ids, register) for write in opening], authorship=authorship)
    for write, membership in zip(opening, created, strict=True):
        written[write.index].append(("organization.membership", membership.pk))
    return written


def _people(writes: tuple[StaffWrite, ...], written: Written, *, authorship: Authorship) -> dict[str, int]:
    """Create and correct accounts, each once; return the ids by number."""
    new: dict[str, tuple[StaffWrite, NewPerson]] = {}
    values: dict[int, dict[str, Any]] = {}
    for write in writes:
        if write.new is not None:
            new.setdefault(number_key(write.number), (write, write.new))
        elif write.person_id is not None and write.values:
            values.setdefault(write.person_id, {}).update(write.values)
            written[write.index].append(("organization.user", write.person_id))
    change_people(values, authorship=authorship)
    created = register_people([person for _, person in new.values()], authorship=authorship)
    for (write, _), user in zip(new.values(), created, strict=True):
        written[write.index].append(("organization.user", user.pk))
    return {number: user.pk for number, user in zip(new, created, strict=True)}


def _post(write: StaffWrite, ids: dict[str, int], register: SectionRegister) -> Membership:
    assert write.section is not None
    section_id = register.id_of(write.section)
    assert section_id is not None
    assert write.starts_on is not None
    return Membership(
        user_id=write.person_id or ids[number_key(write.number)],
        section_id=section_id,
        role=write.role,
        starts_on=write.starts_on,
        ends_on=write.ends_on,
    )
