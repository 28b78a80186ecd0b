"""Days as staff lists write them: 2025/4/1, 令和7年4月1日, R7.4.1, 20250401, or a date cell."""

import datetime
import re
import unicodedata

from importers.sources.grids import Value, decimal_of

_WESTERN = re.compile(
    r"(?P<year>(?:19|20)[0-9]{2})(?:[年./-])(?P<month>[0-9]{1,2})(?:[月./-])(?P<day>[0-9]{1,2})日?\Z"
)
_COMPACT = re.compile(r"(?P<year>(?:19|20)[0-9]{2})(?P<month>[0-9]{2})(?P<day>[0-9]{2})\Z")
_ERA = re.compile(
    r"(?P<era>令和|平成|昭和|令|平|昭|r|h|s)(?P<number>元|[0-9]{1,2})(?:[年./-])(?P<month>[0-9]{1,2})(?:[月./-])(?P<day>[0-9]{1,2})日?\Z"
)
_BASES = {"令": 2018, "r": 2018, "平": 1988, "h": 1988, "昭": 1925, "s": 1925}
_SPACES = re.compile(r"\s+")
_WEEKDAY = re.compile(r"\([月火水木金土日]\)\Z")
_CLOCK = re.compile(r"(?<=[0-9日])[t ]?[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?\Z")


# Systems of staff write the last day they know, 9999-12-31, where there is no end.
NEVER = 2999


def read_day(value: Value) -> datetime.date | None:
    """Return the day a cell says, None for anything that is no complete day."""
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    if isinstance(value, bool) or value is None or isinstance(value, datetime.time | datetime.timedelta):
        return None
    text = value if isinstance(value, str) else f"{decimal_of(value):f}"
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    plain = _SPACES.sub("", _WEEKDAY.sub("", _CLOCK.sub("", plain)))
    for pattern in (_WESTERN, _COMPACT, _ERA):
        match = pattern.match(plain)
        if match is not None:
            return _day(match)
    return None


def _day(match: re.Match[str]) -> datetime.date | None:
    parts = match.groupdict()
    if "year" in parts:
        year = int(parts["year"])
    else:
        number = 1 if parts["number"] == "元" else int(parts["number"])
        year = _BASES[parts["era"][0]] + number
    try:
        return datetime.date(year, int(parts["month"]), int(parts["day"]))
    except ValueError:
        return None
