"""Which fiscal year and edition a page looks at, and which there are to choose from."""

from dataclasses import dataclass

from django.http import QueryDict

from evaluations import permissions
from evaluations.enums import Edition, RoundState
from evaluations.models import Round
from organization.models import Bureau, Section, User
from reports.enums import Scope
from reports.models import StandingCount
from reports.permissions import audience_of
from strategy.models import Plan


@dataclass(frozen=True)
class Choice:
    """The years and rounds of a plan that a person may look at."""

    plan: Plan
    years: tuple[int, ...]
    rounds: tuple[Round, ...]


@dataclass(frozen=True)
class Period:
    """The year and edition looked at, with all that may be chosen, and the rounds that asked for them."""

    fiscal_year: int
    edition: Edition
    years: tuple[int, ...]
    rounds: tuple[Round, ...]

    @property
    def round(self) -> Round | None:
        """Return the round of the year and edition, if the city held one."""
        for found in self.rounds:
            if (found.fiscal_year, found.edition) == (self.fiscal_year, self.edition.value):
                return found
        return None

    @property
    def key(self) -> tuple[int, Edition]:
        """Return year and edition alone."""
        return self.fiscal_year, self.edition


def choice_of(plan: Plan, *, viewer: User, current_year: int) -> Choice:
    """Return which years of a plan there are to look at (one query)."""
    rounds = tuple(permissions.visible_rounds(viewer).filter(plans=plan).order_by("-fiscal_year", "-id"))
    asked = {found.fiscal_year for found in rounds}
    return Choice(plan, tuple(sorted(asked | plan_years(plan, current_year))), rounds)


def plan_years(plan: Plan, current_year: int) -> set[int]:
    """Return the fiscal years of a plan; of one whose years are not known the one that is, or the current."""
    first, last = plan.first_fiscal_year, plan.last_fiscal_year
    return set(range(first, last + 1)) if first and last else {last or first or current_year}


def edition_of(query: QueryDict) -> Edition:
    """Return the edition an address asks for, else the final one."""
    edition = query.get("edition", "")
    return Edition(edition) if edition in {each.value for each in Edition} else Edition.FINAL


def year_of(query: QueryDict) -> int | None:
    """Return the fiscal year an address asks for."""
    asked = query.get("fiscal_year", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) == 4 else None


def period_of(choice: Choice, query: QueryDict, *, viewer: User, current_year: int) -> Period:
    """Return the period the address asks for, else the open round's, else the newest year with figures."""
    year = year_of(query)
    if year not in choice.years:
        year = _default_year(choice, viewer, current_year)
    return Period(year, edition_of(query), choice.years, choice.rounds)


def _default_year(choice: Choice, viewer: User, current_year: int) -> int:
    for found in choice.rounds:
        if found.state == RoundState.OPEN:
            return int(found.fiscal_year)
    return newest_year(choice.plan, viewer, choice.years, current_year)


def newest_year(
    counted: Plan | Section | Bureau, viewer: User, years: tuple[int, ...], current_year: int
) -> int:
    """Return the newest of some years with an actual the person's audience sees, else the current or last."""
    rows = StandingCount.objects.filter(
        audience=audience_of(viewer).value, edition=Edition.FINAL.value, fiscal_year__in=years
    )
    if isinstance(counted, Plan):
        rows = rows.filter(plan=counted, scope=Scope.PLAN.value)
    else:
        scope = Scope.BUREAU if isinstance(counted, Bureau) else Scope.SECTION
        rows = rows.filter(scope=scope.value, scope_id=counted.pk)
    known = [year for year, counts in rows.values_list("fiscal_year", "counts") if counts.get("actual")]
    if known:
        return max(known)
    return current_year if current_year in years else years[-1]
