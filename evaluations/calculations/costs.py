"""What a program costs: the sum of its sources and of its labour, told with what is still missing.

Money is in 千円. A blank source is not 0: the sum then covers only what was entered, and says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

SOURCES = ("national", "prefectural", "bonds", "other", "general")
LABOUR = "labour"


@dataclass(frozen=True)
class CostTotal:
    """Direct cost, total with labour, and which of the parts nobody has entered."""

    direct: Decimal | None
    total: Decimal | None
    missing: tuple[str, ...]

    def differs_from(self, stated: Decimal | None) -> bool:
        """Return whether a stated total is another one than that of a complete sum."""
        return stated is not None and not self.missing and stated != self.total


def cost_total(parts: Mapping[str, Decimal | None]) -> CostTotal:
    """Return the sums of a program's costs; None where nothing at all was entered.

    国 1,200 ＋ 県 600 ＋ 地方債 0 ＋ その他 50 ＋ 一般財源 3,150 ＝ 直接事業費 5,000
    with 人件費 1,400: 総事業費 6,400.
    """
    sources = [value for name in SOURCES if (value := parts.get(name)) is not None]
    labour = parts.get(LABOUR)
    direct = sum(sources, Decimal(0)) if sources else None
    everything = [*sources, *([labour] if labour is not None else [])]
    return CostTotal(
        direct=direct,
        total=sum(everything, Decimal(0)) if everything else None,
        missing=tuple(name for name in (*SOURCES, LABOUR) if parts.get(name) is None),
    )
