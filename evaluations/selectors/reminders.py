"""Who is reminded of what today: one digest a person, made of the lines of all rounds and sections."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Max
from django.utils import timezone

from evaluations.calculations.reminders import occasion_to_answer_for, occasion_to_enter
from evaluations.enums import Occasion
from evaluations.models import ReminderItem, ReminderMail, ReminderText, Round
from evaluations.selectors.outstanding import APPROVERS, Outstanding, Person, outstanding_of
from organization.models import User
from tsukuba_kpi.lib.fiscal_year import day_words

PLACES = ("氏名", "照会", "課室", "期限", "件数", "承認待ち", "残り日数", "超過日数", "URL")
# A place is one of the words above in braces; a brace around anything else is no place.
PLACE = re.compile(r"\{([^{}\n]{1,20})\}")


@dataclass(frozen=True)
class Wording:
    """Subject and body of one occasion, with places such as {期限} in them."""

    subject: str
    body: str


USUAL: Mapping[Occasion, Wording] = {
    Occasion.KICKOFF: Wording(
        "【照会】{照会}（期限 {期限}）",
        "{課室}の皆様\n\n「{照会}」の入力をお願いします。\n提出期限：{期限}\n入力するシート：{件数}件\n{URL}",
    ),
    Occasion.DUE_SOON: Wording(
        "【期限まで{残り日数}日】{照会}",
        "{課室}の皆様\n\n「{照会}」の提出期限まであと{残り日数}日です（{期限}）。\nまだ入力中のシート：{件数}件\n{URL}",
    ),
    Occasion.OVERDUE: Wording(
        "【期限超過】{照会}",
        "{課室}の皆様\n\n「{照会}」の提出期限（{期限}）を{超過日数}日過ぎています。\n"
        "まだ提出されていないシート：{件数}件\n至急入力してください。\n{URL}",
    ),
    Occasion.APPROVAL: Wording(
        "【承認待ち】{照会}",
        "{課室}の所属長・代決者様\n\n「{照会}」の承認をお願いします。\n提出期限：{期限}\n承認を待つシート：{承認待ち}件\n{URL}",
    ),
    Occasion.ESCALATION: Wording(
        "【期限超過・所属長あて】{照会}（{課室}）",
        "{課室}の所属長様\n\n「{照会}」の提出期限（{期限}）を{超過日数}日過ぎています。\n"
        "入力が終わっていないシート：{件数}件、承認を待つシート：{承認待ち}件\n課内で確認してください。\n{URL}",
    ),
}


@dataclass(frozen=True)
class Line:
    """One thing a person is reminded of."""

    occasion: Occasion
    owed: Outstanding


@dataclass(frozen=True)
class Digest:
    """Everything one person is told today, in one mail."""

    user: User
    lines: tuple[Line, ...]
    subject: str
    body: str

    @property
    def address(self) -> str:
        """Return the mail address, blank when none is known."""
        return self.user.email.strip()

    @property
    def occasions(self) -> str:
        """Return why, in words."""
        return "、".join(dict.fromkeys(line.occasion.label for line in self.lines))


def wordings() -> dict[Occasion, Wording]:
    """Return the words of every occasion: planning's where it has changed them."""
    changed = {
        Occasion(text.occasion): Wording(text.subject, text.body) for text in ReminderText.objects.all()
    }
    return {**USUAL, **changed}


def unknown_places(text: str) -> list[str]:
    """Return what stands in braces and is no place that can be filled in."""
    return [name for name in PLACE.findall(text) if name not in PLACES]


def digests_of(
    rounds: Sequence[Round], *, today: date, site_url: str = "", owed: Iterable[Outstanding] | None = None
) -> list[Digest]:
    """Return who is to be told what today. A constant number of queries.

    Whoever has had today's mail already is left out: one a day is enough. A mail whose sending broke off told
    nobody anything. `owed` is what is outstanding
    in these rounds, where a page has asked for it already.
    """
    told = _told(rounds)
    done_today = set(ReminderMail.objects.filter(day=today, is_sent=True).values_list("user_id", flat=True))
    lines: dict[int, list[Line]] = {}
    users: dict[int, User] = {}
    for each in outstanding_of(rounds, today=today) if owed is None else owed:
        for person, line in _lines_of(each, told, today):
            if person.user.pk not in done_today:
                users[person.user.pk] = person.user
                lines.setdefault(person.user.pk, []).append(line)
    texts = wordings()
    return [_digest(users[pk], found, texts, today, site_url) for pk, found in lines.items()]


Told = Mapping[tuple[int, int, int], Mapping[Occasion, date]]


def _told(rounds: Sequence[Round]) -> Told:
    rows = ReminderItem.objects.filter(round__in=rounds, mail__is_sent=True).order_by()
    keys = rows.values_list("mail__user_id", "round_id", "section_id", "occasion").annotate(Max("mail__day"))
    found: dict[tuple[int, int, int], dict[Occasion, date]] = {}
    for user, collection, section, occasion, day in keys:
        found.setdefault((user, collection, section), {})[Occasion(occasion)] = day
    return found


def _lines_of(owed: Outstanding, told: Told, today: date) -> list[tuple[Person, Line]]:
    found: list[tuple[Person, Line]] = []
    for person in owed.entering if owed.enters else ():
        occasion = occasion_to_enter(
            today=today,
            opens_on=owed.collection.opens_on,
            due_on=owed.due_on,
            days_before=owed.collection.remind_days,
            told=told.get((person.user.pk, owed.collection.pk, owed.section.pk), {}),
        )
        if occasion is not None:
            found.append((person, Line(occasion, owed)))
    late = owed.days_late(today) > 0
    approvers = tuple(p for p in owed.people if p.roles.intersection(APPROVERS))
    for person in owed.answering if late else approvers:
        occasion = occasion_to_answer_for(
            today=today,
            due_on=owed.due_on,
            enters=owed.enters,
            approves=owed.approves,
            told=told.get((person.user.pk, owed.collection.pk, owed.section.pk), {}),
        )
        if occasion is not None and not any(p.user == person.user for p, _ in found):
            found.append((person, Line(occasion, owed)))
    return found


# --- the words ----------------------------------------------------------------------------------------------


def _digest(
    user: User, lines: Sequence[Line], texts: Mapping[Occasion, Wording], today: date, site_url: str
) -> Digest:
    order = list(Occasion)
    ordered = tuple(sorted(lines, key=lambda line: order.index(line.occasion)))
    filled = [_filled(texts[line.occasion], user, line.owed, today, site_url) for line in ordered]
    more = f"（ほか{len(filled) - 1}件）" if len(filled) > 1 else ""
    body = "\n\n――――――――\n\n".join(each.body for each in filled)
    return Digest(user, ordered, f"{filled[0].subject}{more}"[:200], f"{body}\n")


def _filled(text: Wording, user: User, owed: Outstanding, today: date, site_url: str) -> Wording:
    """Fill the places in. What a name contains is never read as a place of its own."""
    left = (owed.due_on - today).days if owed.due_on else None
    values = {
        "氏名": str(user),
        "照会": owed.collection.name,
        "課室": owed.section.name,
        "期限": day_words(owed.due_on) if owed.due_on else "なし",
        "件数": str(owed.enters),
        "承認待ち": str(owed.approves),
        "残り日数": str(max(left, 0)) if left is not None else "－",
        "超過日数": str(owed.days_late(today)),
        "URL": site_url,
    }
    subject = PLACE.sub(lambda found: values.get(found[1], found[0]), text.subject)
    body = PLACE.sub(lambda found: values.get(found[1], found[0]), text.body)
    return Wording(" ".join(subject.split()), body.rstrip())


# --- to be pasted elsewhere ---------------------------------------------------------------------------------

HEADINGS = (
    "部局",
    "課室",
    "氏名",
    "役割",
    "メールアドレス",
    "提出期限",
    "未提出",
    "うち差戻し",
    "承認待ち",
    "超過日数",
    "最終サインイン",
    "最後に知らせた日",
)


def chasing_rows(owed: Iterable[Outstanding], *, today: date) -> list[list[str]]:
    """Return one line a person to be asked, for a spreadsheet or the city's own mailer."""
    rows = []
    for each in owed:
        people: Sequence[Person | None] = each.people or (None,)
        for person in people:
            seen = person.user.last_login if person else None
            rows.append(
                [
                    str(each.section.bureau or ""),
                    each.section.name,
                    str(person.user) if person else "",
                    person.role_words if person else "",
                    person.address if person else "",
                    each.due_on.isoformat() if each.due_on else "",
                    str(each.enters),
                    str(each.returned),
                    str(each.approves),
                    str(each.days_late(today)),
                    timezone.localtime(seen).date().isoformat() if seen else "",
                    person.told_on.isoformat() if person and person.told_on else "",
                ]
            )
    return rows


def chasing_text(owed: Iterable[Outstanding], collection: Round, *, today: date, site_url: str = "") -> str:
    """Return a text that can be pasted into a mail to everybody who still owes something."""
    lines = [f"「{collection.name}」で、まだ提出されていないものがあります。", ""]
    for each in owed:
        due = day_words(each.due_on) if each.due_on else "期限なし"
        late = each.days_late(today)
        told = f"（{late}日超過）" if late else ""
        waits = f"、承認待ち{each.approves}件" if each.approves else ""
        lines.append(f"・{each.section.name}：未提出{each.enters}件{waits}　期限 {due}{told}")
    lines += ["", f"期限までに入力と承認をお願いします。{site_url}".rstrip()]
    return "\n".join(lines)
