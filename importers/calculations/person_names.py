"""Whether two written names can be one person's; pure."""

import re

from tsukuba_kpi.lib.japanese_text import match_key

_SPACES = re.compile(r"[\s　]+")


def name_key(name: str) -> str:
    """Return a name by which two spellings are equal: widths, letter case and spaces make no difference."""
    return _SPACES.sub("", match_key(name))


def is_resembling(one: str, other: str) -> bool:
    """Say whether family or given name is shared, as after a marriage; otherwise it is somebody else."""
    first, second = (set(_SPACES.split(name.strip())) - {""} for name in (one, other))
    if len(first) > 1 and len(second) > 1:
        return bool({name_key(part) for part in first} & {name_key(part) for part in second})
    left, right = name_key(one), name_key(other)
    return _shared(left, right) >= 2 or _shared(left[::-1], right[::-1]) >= 2


def _shared(one: str, other: str) -> int:
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count
