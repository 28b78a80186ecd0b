"""What a post's name in a staff list means for the rights of its holder; pure.

Approving for a section is a right: only a name that says so beyond doubt gives it without a question.
"""

import re
import unicodedata
from dataclasses import dataclass

STAFF, CHIEF, DEPUTY = "staff", "chief", "deputy"

_CERTAIN = {
    CHIEF: re.compile(r"(?:所属長|承認者|chief|(?:課|室|所|館|園|センター|事務局|公室)長)\Z"),
    DEPUTY: re.compile(r"(?:代決者?|deputy)\Z"),
}
_LIKELY = {
    DEPUTY: re.compile(r"補佐|副|代理|次長|次席"),
    CHIEF: re.compile(r"(?:局|部|校|院|署|本部|支所|出張所|会館|図書館)長\Z"),
}
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】")
_SAYS_NOTHING = re.compile(r"[(\[【](?:兼|兼務|併任|本務|主務)[)\]】]")
_TWO_POSTS = re.compile(r"(?<=[長佐幹事査任])(?:兼務?|併任|・|、|/)(?=.)")
_IN_PLACE = re.compile("事務取扱|心得|代行|職務代理")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class RoleReading:
    """The role (staff, chief, deputy) that a post's name suggests, and whether a person has to confirm it."""

    role: str
    is_certain: bool = True


def read_role(title: object) -> RoleReading:
    """Return what a post's name says; a name without any word of leading is that of staff."""
    text = _SPACES.sub("", unicodedata.normalize("NFKC", str(title or ""))).casefold()
    plain = _BRACKETS.sub("", text)
    if _IN_PLACE.search(text) or _TWO_POSTS.search(plain):
        # 事務取扱 and two posts in one cell: the higher of them is proposed, and asked about.
        roles = {read_role(part).role for part in _TWO_POSTS.split(_IN_PLACE.sub("", plain)) if part}
        highest = next((role for role in (CHIEF, DEPUTY) if role in roles), STAFF)
        return RoleReading(highest, is_certain=highest == STAFF)
    reading = _read_post(plain or text)
    beside = [_read_post(said[1:-1]).role for said in _BRACKETS.findall(_SAYS_NOTHING.sub("", text))]
    if beside and {reading.role, *beside} != {STAFF}:  # 課長（代理）, 主幹（課長）, 課長（相当）
        return RoleReading(reading.role, is_certain=False)
    return reading


def _read_post(text: str) -> RoleReading:
    """Return what one post without brackets says."""
    for role, pattern in _CERTAIN.items():
        if pattern.search(text) and not _LIKELY[DEPUTY].search(text):
            return RoleReading(role)
    for role, pattern in _LIKELY.items():
        if pattern.search(text):
            return RoleReading(role, is_certain=False)
    return RoleReading(STAFF)
