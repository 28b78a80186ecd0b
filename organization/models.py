"""Who: users, bureaus, sections with their years, and who belongs where from when to when."""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from organization.enums import MembershipRole, SiteRole, SuccessionKind


@dataclass(frozen=True)
class Access:
    """What a user may do on one day: their site roles and their roles in sections."""

    roles: frozenset[SiteRole]
    sections: dict[int, frozenset[MembershipRole]]
    section_names: dict[int, str] = field(default_factory=dict)
    day: date = date.min  # the day for which this is the answer

    @property
    def posts(self) -> list[str]:
        """Return the sections with the roles in them, in words: 産業振興課 担当者."""
        found = (
            f"{name} {'・'.join(role.label for role in MembershipRole if role in self.sections[pk])}"
            for pk, name in self.section_names.items()
        )
        # Documents spell bureaus differently, and one section may then stand there more than once.
        return list(dict.fromkeys(found))

    @property
    def role_labels(self) -> list[str]:
        """Return the site roles in words, in the order of the enum."""
        return [role.label for role in SiteRole if role in self.roles]

    @property
    def section_ids(self) -> frozenset[int]:
        """Return the sections the user works in."""
        return frozenset(self.sections)

    @property
    def approver_section_ids(self) -> frozenset[int]:
        """Return the sections whose sheets the user may approve (as chief or deputy)."""
        approving = {MembershipRole.CHIEF, MembershipRole.DEPUTY}
        return frozenset(pk for pk, roles in self.sections.items() if roles & approving)

    @property
    def is_planning(self) -> bool:
        """Return whether the user reviews and decides for the whole city."""
        return SiteRole.PLANNING in self.roles

    @property
    def is_administrator(self) -> bool:
        """Return whether the user keeps accounts, sections and imports."""
        return SiteRole.ADMINISTRATOR in self.roles

    @property
    def is_committee(self) -> bool:
        """Return whether the user is a member of the external committee."""
        return SiteRole.COMMITTEE in self.roles

    @property
    def reads_all(self) -> bool:
        """Return whether the user reads the sheets of every section at any state."""
        return bool(self.roles & {SiteRole.PLANNING, SiteRole.ADMINISTRATOR})


class UserManager(DjangoUserManager["User"]):
    """Users of the product; a superuser of the command line may also enter the admin."""


class User(AbstractUser):
    """A person who signs in. Rights come from memberships and site roles with their dates."""

    display_name = models.CharField("氏名", max_length=60, blank=True)
    staff_number = models.CharField("職員番号", max_length=20, null=True, blank=True)
    is_demo = models.BooleanField("デモ用", default=False)
    must_change_password = models.BooleanField(
        "パスワードの変更が必要", default=False, help_text="管理者が発行した一度限りのパスワードのとき"
    )

    objects: ClassVar[UserManager] = UserManager()

    class Meta(AbstractUser.Meta):
        verbose_name = "利用者"
        verbose_name_plural = "利用者"
        constraints = [
            models.UniqueConstraint(
                fields=["staff_number"],
                name="user_staff_number_unique",
                violation_error_message="この職員番号はすでに登録されています。",
            )
        ]

    def __str__(self) -> str:
        return self.display_name or self.username

    @cached_property
    def access(self) -> Access:
        """Return what the user may do today (two queries, kept for the request; see ADR 0004)."""
        today = timezone.localdate()
        roles = frozenset(SiteRole(grant.role) for grant in self.role_grants.valid_on(today))
        sections: dict[int, set[MembershipRole]] = {}
        names: dict[int, str] = {}
        for membership in self.memberships.valid_on(today).select_related("section"):
            sections.setdefault(membership.section_id, set()).add(MembershipRole(membership.role))
            names[membership.section_id] = membership.section.name
        return Access(roles, {pk: frozenset(found) for pk, found in sections.items()}, names, today)


class BureauQuerySet(models.QuerySet["Bureau"]):
    """Named filters over bureaus."""

    def for_year(self, fiscal_year: int) -> "BureauQuerySet":
        """Keep the bureaus that exist in a fiscal year."""
        return self.filter(_exists_in(fiscal_year))


def _exists_in(fiscal_year: int) -> Q:
    return (Q(opened_fiscal_year__isnull=True) | Q(opened_fiscal_year__lte=fiscal_year)) & (
        Q(closed_fiscal_year__isnull=True) | Q(closed_fiscal_year__gte=fiscal_year)
    )


class Bureau(models.Model):
    """A bureau (部・局・公室) in the years it exists."""

    name = models.CharField("部局名", max_length=80)
    position = models.PositiveIntegerField("並び順", default=0)
    opened_fiscal_year = models.PositiveSmallIntegerField("設置年度", null=True, blank=True)
    closed_fiscal_year = models.PositiveSmallIntegerField(
        "最終年度", null=True, blank=True, help_text="存在した最後の年度"
    )
    is_demo = models.BooleanField("デモデータ", default=False)

    objects = BureauQuerySet.as_manager()

    class Meta:
        verbose_name = "部局"
        verbose_name_plural = "部局"
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                "name",
                Coalesce("opened_fiscal_year", Value(0)),
                "is_demo",
                name="bureau_unique",
                violation_error_message="同じ部局がすでに登録されています。",
            ),
            models.CheckConstraint(
                name="bureau_years_in_order",
                condition=Q(closed_fiscal_year__gte=F("opened_fiscal_year"))
                | Q(closed_fiscal_year__isnull=True)
                | Q(opened_fiscal_year__isnull=True),
                violation_error_message="最終年度は設置年度より前にできません。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def exists_in(self, fiscal_year: int) -> bool:
        """Return whether the bureau exists in a fiscal year."""
        return (
            (self.opened_fiscal_year or fiscal_year)
            <= fiscal_year
            <= (self.closed_fiscal_year or fiscal_year)
        )


class SectionQuerySet(models.QuerySet["Section"]):
    """Named filters over sections."""

    def for_year(self, fiscal_year: int) -> "SectionQuerySet":
        """Keep the sections that exist in a fiscal year."""
        return self.filter(_exists_in(fiscal_year))


class Section(models.Model):
    """A section (課・室・センター) in the years it exists.

    A section that gets another name or bureau is closed, and another one opened;
    a SectionSuccession joins them.
    """

    name = models.CharField("課室名", max_length=80)
    bureau = models.ForeignKey(
        Bureau, on_delete=models.PROTECT, null=True, blank=True, related_name="sections", verbose_name="部局"
    )
    code = models.CharField("所属コード", max_length=20, blank=True)
    position = models.PositiveIntegerField("並び順", default=0)
    opened_fiscal_year = models.PositiveSmallIntegerField("設置年度", null=True, blank=True)
    closed_fiscal_year = models.PositiveSmallIntegerField(
        "最終年度", null=True, blank=True, help_text="存在した最後の年度"
    )
    allows_self_approval = models.BooleanField(
        "自己承認を認める", default=False, help_text="職員が一人の課室で、企画部門が認めた場合のみ"
    )
    is_demo = models.BooleanField("デモデータ", default=False)

    objects = SectionQuerySet.as_manager()

    class Meta:
        verbose_name = "課室"
        verbose_name_plural = "課室"
        ordering = ["bureau__position", "position", "id"]
        constraints = [
            models.UniqueConstraint(
                "name",
                Coalesce("bureau", Value(0)),
                Coalesce("opened_fiscal_year", Value(0)),
                "is_demo",
                name="section_unique",
                violation_error_message="同じ課室がすでに登録されています。",
            ),
            models.CheckConstraint(
                name="section_years_in_order",
                condition=Q(closed_fiscal_year__gte=F("opened_fiscal_year"))
                | Q(closed_fiscal_year__isnull=True)
                | Q(opened_fiscal_year__isnull=True),
                violation_error_message="最終年度は設置年度より前にできません。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the section's page."""
        return reverse("reports:section_detail", args=[self.pk])


class SectionSuccession(models.Model):
    """One line of a reorganisation: what became of a section on 1 April of a fiscal year."""

    predecessor = models.ForeignKey(
        Section, on_delete=models.PROTECT, related_name="successions", verbose_name="旧課室"
    )
    successor = models.ForeignKey(
        Section,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="predecessions",
        verbose_name="新課室",
    )
    fiscal_year = models.PositiveSmallIntegerField("改正年度")
    kind = models.CharField("区分", max_length=10, choices=SuccessionKind.choices())
    note = models.TextField("備考", blank=True)

    class Meta:
        verbose_name = "組織改正"
        verbose_name_plural = "組織改正"
        ordering = ["fiscal_year", "id"]
        constraints = [
            models.UniqueConstraint(
                "predecessor",
                Coalesce("successor", Value(0)),
                "fiscal_year",
                name="succession_unique",
                violation_error_message="同じ組織改正がすでに登録されています。",
            ),
            models.CheckConstraint(
                name="succession_successor_unless_abolished",
                condition=Q(kind=SuccessionKind.ABOLISH.value, successor__isnull=True)
                | (~Q(kind=SuccessionKind.ABOLISH.value) & Q(successor__isnull=False)),
                violation_error_message="廃止のときは新課室を空にし、それ以外では指定してください。",
            ),
            models.CheckConstraint(
                name="succession_between_two_sections",
                condition=Q(successor__isnull=True) | ~Q(predecessor=F("successor")),
                violation_error_message="旧課室と新課室が同じです。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor} → {self.successor or '廃止'}"


class TermQuerySet(models.QuerySet[Any]):
    """Named filters over records with a first and a last day."""

    def valid_on(self, day: date) -> "TermQuerySet":
        """Keep what is valid on a day."""
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day), starts_on__lte=day)


class Membership(models.Model):
    """A person's role in a section for a time; one person may be in two sections (兼務)."""

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="memberships", verbose_name="利用者"
    )
    section = models.ForeignKey(
        Section, on_delete=models.PROTECT, related_name="memberships", verbose_name="課室"
    )
    role = models.CharField("役割", max_length=10, choices=MembershipRole.choices())
    starts_on = models.DateField("開始日")
    ends_on = models.DateField("終了日", null=True, blank=True)

    objects = TermQuerySet.as_manager()

    class Meta:
        verbose_name = "所属"
        verbose_name_plural = "所属"
        ordering = ["section_id", "role", "user_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "section", "role", "starts_on"],
                name="membership_unique",
                violation_error_message="同じ所属がすでに登録されています。",
            ),
            models.CheckConstraint(
                name="membership_days_in_order",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                violation_error_message="終了日は開始日より前にできません。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.section} {self.get_role_display()} {self.user}"


class RoleGrant(models.Model):
    """A site role (planning, committee, administrator, reader) of a person for a time."""

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="role_grants", verbose_name="利用者"
    )
    role = models.CharField("権限", max_length=15, choices=SiteRole.choices())
    starts_on = models.DateField("開始日")
    ends_on = models.DateField("終了日", null=True, blank=True)

    objects = TermQuerySet.as_manager()

    class Meta:
        verbose_name = "全庁の権限"
        verbose_name_plural = "全庁の権限"
        ordering = ["role", "user_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "starts_on"],
                name="role_grant_unique",
                violation_error_message="同じ権限がすでに登録されています。",
            ),
            models.CheckConstraint(
                name="role_grant_days_in_order",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                violation_error_message="終了日は開始日より前にできません。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} {self.user}"


class FormDraft(models.Model):
    """What a person has typed into one form in one window of a browser, and not sent yet.

    `place` names the form, `turn` counts what was typed there; `typed` holds by box the text and what the
    box had shown. No record of the city: it has no revisions. Once the form was taken the row stays empty
    for a while (`done_at`), so that what arrives late from the same window is known to be nothing new.
    """

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="form_drafts", verbose_name="記入者"
    )
    place = models.CharField("フォーム", max_length=120)
    window = models.CharField("画面", max_length=32)
    turn = models.PositiveBigIntegerField("入力の回数")
    typed = models.JSONField("入力中の内容", default=dict, blank=True)
    at = models.DateTimeField("最後に入力した日時")
    done_at = models.DateTimeField("用済みになった日時", null=True, blank=True)

    class Meta:
        verbose_name = "フォームの下書き"
        verbose_name_plural = "フォームの下書き"
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "place", "window"], name="form_draft_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.place}"
