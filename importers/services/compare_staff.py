"""Compare one row of a staff list with the person and the posts in hand."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from importers.calculations.person_names import is_resembling, name_key
from importers.calculations.plan import CONFIRMED, FieldChange, PlannedRow, outcome_of
from importers.calculations.rows import Doubt, SourceRow
from importers.calculations.section_names import SectionMatch
from importers.calculations.staff_roles import read_role
from importers.enums import Outcome
from importers.selectors.existing_staff import Person, Post, Staff, number_key
from organization.enums import MembershipRole
from organization.models import User
from organization.services import NewPerson

ONE_DAY = datetime.timedelta(days=1)
LONGEST_NUMBER, LONGEST_NAME = 20, 60


@dataclass(frozen=True, slots=True)
class StaffWrite:
    """What applying one row writes.

    `ends` has posts with their last day, None for one that is taken back because it never held.
    """

    index: int
    number: str
    person_id: int | None
    new: NewPerson | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    section: SectionMatch | None = None
    role: str = MembershipRole.STAFF.value
    starts_on: datetime.date | None = None
    ends_on: datetime.date | None = None
    post_id: int | None = None
    post_values: Mapping[str, Any] = field(default_factory=dict)
    ends: tuple[tuple[int, datetime.date | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """All rows of one person: the sections they name, whether one is refused, and which is the home."""

    section_ids: frozenset[int]
    is_whole: bool
    first: int
    home: int | None


def day_of(value: object) -> datetime.date | None:
    """Return a day as readers and corrections hold it."""
    if isinstance(value, datetime.date):
        return value
    try:
        return datetime.date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def role_label(role: str) -> str:
    """Return a role in words."""
    return MembershipRole(role).label


def refusal_of(row: SourceRow, staff: Staff, day: datetime.date | None) -> str | None:
    """Return why a row cannot be taken in, None where it can."""
    number, name = row.fields.get("staff_number"), str(row.fields.get("name") or "").strip()
    if not number:
        return "職員番号が空なので取り込めません。番号を入力してください。"
    if len(str(number)) > LONGEST_NUMBER:
        return f"職員番号は{LONGEST_NUMBER}文字までです。番号を確認してください。"
    if not name or len(name) > LONGEST_NAME:
        return f"氏名は1文字から{LONGEST_NAME}文字までです。氏名を確認してください。"
    if not row.fields.get("section"):
        return "所属が空なので取り込めません。所属を入力してください。"
    last = day_of(row.fields.get("valid_to"))
    if day is None:
        return "適用日がありません。適用日の列を加えるか、取込の「適用日」を指定してください。"
    if last is not None and last < day:
        return "終了日が適用日より前です。日付を確認してください。"
    return _refusal_of_person(str(number), name, staff)


def _refusal_of_person(number: str, name: str, staff: Staff) -> str | None:
    known = staff.by_number.get(number_key(number))
    if known is not None:
        if name_key(known.name) == name_key(name) or is_resembling(known.name, name):
            return None
        return (
            f"職員番号{number}は、別の氏名「{known.name}」で登録されています。番号を確認してください"
            "（改名のときは、先に利用者の画面で氏名を直します）。"
        )
    if number.casefold() in staff.by_username:
        return (
            f"利用者名「{number}」は、ほかの利用者が使っています。"
            "その利用者に職員番号を登録してから取り込んでください。"
        )
    try:
        User.username_validator(number)
    except ValidationError:
        return f"職員番号「{number}」は利用者名に使えません。英数字の番号にしてください。"
    return None


class StaffComparison:
    """The comparison of one row, which is not refused, with what is in hand."""

    def __init__(
        self, index: int, row: SourceRow, match: SectionMatch, day: datetime.date, group: Group, staff: Staff
    ) -> None:
        self.index, self.row, self.match, self.day, self.group = index, row, match, day, group
        self.number = str(row.fields["staff_number"])
        self.person: Person | None = staff.by_number.get(number_key(self.number))
        self.staff = staff
        self.doubts: list[Doubt] = [*row.doubts, *match.doubts]
        self.changes: list[FieldChange] = []

    def plan(self) -> tuple[PlannedRow, StaffWrite | None]:
        """Return the row as shown and what applying it writes; a question holds the row back."""
        values = self._compare_person()
        role = self._role()
        post, post_values = self._compare_post(role)
        ends = self._ends(role, post)
        writes = post is None or bool(post_values or values or ends)
        outcome = outcome_of(is_new=post is None and not ends, writes=writes, doubts=self.doubts)
        shown = PlannedRow(self.row, outcome, tuple(self.changes), tuple(self.doubts))
        if not writes or (outcome is Outcome.REVIEW and not self.row.extra.get(CONFIRMED)):
            return shown, None
        write = StaffWrite(
            index=self.index,
            number=self.number,
            person_id=self.person.id if self.person is not None else None,
            new=None if self.person is not None else self._new_person(),
            values=values,
            section=self.match,
            role=role,
            starts_on=self.day,
            ends_on=day_of(self.row.fields.get("valid_to")),
            post_id=post.id if post is not None else None,
            post_values=post_values,
            ends=ends,
        )
        return shown, write

    # --- the person

    def _compare_person(self) -> dict[str, Any]:
        email = self._email()
        if self.row.fields.get("kana"):
            message = "ふりがなは登録しません。"
            self.doubts.append(Doubt("kana_not_kept", "kana", message, review=False))
        if self.person is None:
            self._tell_new_account()
            return {}
        if self.index != self.group.first:
            return {}
        if not self.person.is_active:
            message = f"利用者「{self.person.name}」は使用停止中です。所属を変えても、停止のままです。"
            self.doubts.append(Doubt("account_stopped", "name", message, review=False))
        values: dict[str, Any] = {}
        name = str(self.row.fields["name"]).strip()
        if name_key(name) != name_key(self.person.name):
            values["display_name"] = name
            self.changes.append(FieldChange("name", self.person.name, name))
            message = f"登録の氏名は「{self.person.name}」です。同じ人の改名か確認してください。"
            self.doubts.append(Doubt("person_renamed", "name", message))
        if email and email != self.person.email:
            values["email"] = email
            self.changes.append(FieldChange("email", self.person.email or None, email))
        return values

    def _tell_new_account(self) -> None:
        message = (
            "新しい利用者です。パスワードは付けません。パスワードでサインインする人には、"
            "管理者が利用者の画面で発行してください。"
        )
        self.doubts.append(Doubt("account_new", "staff_number", message, review=False))
        if self.index != self.group.first:
            return
        near = self._near_number()
        if near is not None:
            message = (
                f"職員番号{near.number}の「{near.name}」と、先頭の0を除いて同じ番号です。"
                "同じ人なら番号をそろえてください。"
            )
            self.doubts.append(Doubt("number_zeros", "staff_number", message))
            return
        same = self.staff.by_name.get(name_key(str(self.row.fields["name"])), [])
        if same:
            known = "、".join(person.number or person.username for person in same)
            message = f"同じ氏名の利用者がいます（{known}）。別の人か確認してください。"
            self.doubts.append(Doubt("same_name", "name", message))

    def _near_number(self) -> Person | None:
        return self.staff.by_plain_number.get(number_key(self.number).lstrip("0"))

    def _new_person(self) -> NewPerson:
        return NewPerson(
            username=self.number,
            display_name=str(self.row.fields["name"]).strip(),
            staff_number=self.number,
            email=self._email(tell=False) or "",
        )

    def _email(self, *, tell: bool = True) -> str | None:
        email = self.row.fields.get("email")
        if not isinstance(email, str):
            return None
        try:
            validate_email(email)
        except ValidationError:
            if tell:
                message = f"メールアドレス「{email[:40]}」を読めないため、登録しません。"
                self.doubts.append(Doubt("email_unreadable", "email", message, review=False))
            return None
        return email

    # --- the post

    def _role(self) -> str:
        """Return the role; a post without a name keeps the one in hand."""
        title = self.row.fields.get("role")
        if not title:
            held = next((post for post in self._held_here() if post.holds_on(self.day)), None)
            return held.role if held is not None else MembershipRole.STAFF.value
        reading = read_role(title)
        if not reading.is_certain and not any(post.role == reading.role for post in self._held_here()):
            message = (
                f"「{title}」を、課の承認ができる「{role_label(reading.role)}」として登録する案です。"
                "確認してください。"
            )
            others = tuple({"role": role.label} for role in MembershipRole if role.value != reading.role)
            self.doubts.append(Doubt("role_unsure", "role", message, True, others))
        return reading.role

    def _held_here(self) -> list[Post]:
        posts = self.person.posts if self.person is not None else ()
        return [post for post in posts if post.section_id == self.match.id]

    def _compare_post(self, role: str) -> tuple[Post | None, dict[str, Any]]:
        """Return the post that already is what the row says, with what changes of its days."""
        same = [post for post in self._held_here() if post.role == role]
        post = next((post for post in same if post.holds_on(self.day)), None)
        post = post or next((post for post in same if post.starts_on > self.day), None)
        if post is None:
            return None, {}
        values: dict[str, Any] = {}
        if post.starts_on > self.day:
            values["starts_on"] = self.day
            self.changes.append(FieldChange("valid_from", post.starts_on, self.day))
        last = day_of(self.row.fields.get("valid_to"))
        if last is not None and last != post.ends_on:
            values["ends_on"] = last
            self.changes.append(FieldChange("valid_to", post.ends_on, last))
        return post, values

    # --- posts that end

    def _ends(self, role: str, post: Post | None) -> tuple[tuple[int, datetime.date | None], ...]:
        found: list[Post] = []
        if post is None:
            found = [held for held in self._held_here() if held.holds_on(self.day)]
            if found:
                words = "、".join(role_label(held.role) for held in found)
                self.changes.append(FieldChange("role", words, role_label(role)))
        elsewhere = self._left_out()
        found += elsewhere
        ends = tuple((held.id, self._last_day(held)) for held in found)
        if elsewhere:
            words = "、".join(self._ended_words(held) for held in elsewhere)
            self.changes.append(FieldChange("ends", words, None))
        # What began on this very day was entered for it, perhaps by hand: it is no transfer to take it back.
        taken_back = [held for held in found if self._last_day(held) is None]
        if taken_back or len(elsewhere) > 1 or (elsewhere and post is not None):
            asked = "、".join(self._ended_words(held) for held in (elsewhere or taken_back))
            message = f"この一覧にない所属・役割（{asked}）を終える案です。確認してください。"
            self.doubts.append(Doubt("posts_end", "ends", message))
        return ends

    def _left_out(self) -> list[Post]:
        """Return the posts that the person's rows no longer name; only the row of the home section asks."""
        if self.person is None or self.index != self.group.home:
            return []
        left = [
            post
            for post in self.person.posts
            if post.holds_on(self.day) and post.section_id not in self.group.section_ids
        ]
        if left and not self.group.is_whole:
            message = "この人の行に取り込めない行があるため、ほかの所属は終えません。"
            self.doubts.append(Doubt("posts_kept", "ends", message))
            return []
        return left

    def _last_day(self, post: Post) -> datetime.date | None:
        last = self.day - ONE_DAY
        return last if post.starts_on <= last else None

    def _ended_words(self, post: Post) -> str:
        last = self._last_day(post)
        when = f"{last:%Y/%m/%d}まで" if last is not None else "取り消し"
        return f"{post.section} {role_label(post.role)}（{when}）"
