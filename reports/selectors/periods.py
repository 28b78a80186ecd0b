"""Which fiscal year and edition a page looks at, and which there are to choose from."""

from dataclasses import dataclass

from django.http import QueryDict

from evaluations import permissions
from evaluations.enums import Edition, RoundState
from evaluations.models import Actual, Round
from organization.models import User
from strategy.models import Plan


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


def period_of(plan: Plan, query: QueryDict, *, viewer: User, current_year: int) -> Period:
    """Return the period the address asks for, else the open round's, else the newest year with figures."""
    rounds = tuple(permissions.visible_rounds(viewer).filter(plans=plan).order_by("-fiscal_year", "-id"))
    years = _years(plan, rounds, current_year)
    asked, edition = query.get("fiscal_year", ""), query.get("edition", "")
    year = int(asked) if asked.isascii() and asked.isdigit() and int(asked) in years else None
    return Period(
        fiscal_year=year if year is not None else _default_year(plan, rounds, years, current_year),
        edition=Edition(edition) if edition in {e.value for e in Edition} else Edition.FINAL,
        years=years,
        rounds=rounds,
    )


def _years(plan: Plan, rounds: tuple[Round, ...], current_year: int) -> tuple[int, ...]:
    first, last = plan.first_fiscal_year, plan.last_fiscal_year
    asked = {found.fiscal_year for found in rounds}
    if first is None or last is None:
        return tuple(sorted(asked | {last or first or current_year}))
    return tuple(sorted(asked | set(range(first, last + 1))))


def _default_year(plan: Plan, rounds: tuple[Round, ...], years: tuple[int, ...], current_year: int) -> int:
    for found in rounds:
        if found.state == RoundState.OPEN:
            return int(found.fiscal_year)
    newest = (
        Actual.objects.filter(kpi__placements__node__plan=plan, fiscal_year__in=years)
        .order_by("-fiscal_year")
        .values_list("fiscal_year", flat=True)
        .first()
    )
    if newest is not None:
        return int(newest)
    return current_year if current_year in years else years[-1]
