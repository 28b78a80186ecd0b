"""The numbers of KPIs: what is free, what is taken."""

import re
from typing import Final

from strategy.models import Kpi

# A KPI's number stands in addresses and in open data.
USABLE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,19}\Z")


def next_codes(count: int, *, demo: bool) -> list[str]:
    """Return codes for new KPIs: KPI-0001 and so on, the next free numbers; demo KPIs have their own."""
    prefix = "DEMO-" if demo else "KPI-"
    taken = Kpi.objects.filter(code__startswith=prefix).values_list("code", flat=True)
    last = max((int(c) for code in taken if (c := code.removeprefix(prefix)).isdecimal()), default=0)
    return [f"{prefix}{last + offset:04d}" for offset in range(1, count + 1)]
