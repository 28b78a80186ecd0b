"""Closed vocabularies of actuals, sheets and judgement."""

from dataclasses import dataclass
from datetime import date

from tsukuba_kpi.lib.choices import LabelledEnum


class ValueStatus(LabelledEnum):
    """What is known of a yearly figure. Only the first three carry a number."""

    FINAL = "final", "確定"
    PRELIMINARY = "preliminary", "速報"
    ESTIMATED = "estimated", "見込"
    PENDING = "pending", "集計中"
    NOT_SURVEYED = "not_surveyed", "調査未実施"
    UNKNOWN = "unknown", "未把握"
    NOT_APPLICABLE = "not_applicable", "該当なし"


NUMERIC_STATUSES = frozenset({ValueStatus.FINAL, ValueStatus.PRELIMINARY, ValueStatus.ESTIMATED})


class Reason(LabelledEnum):
    """Why there is no rate or no grade. The codes are a stable interface (`manage.py judge`)."""

    NO_ACTUAL = "no_actual", "実績が未入力"
    PENDING = "pending", "実績が集計中"
    NOT_SURVEYED = "not_surveyed", "当年度は調査未実施"
    UNKNOWN = "unknown", "実績が未把握"
    NOT_APPLICABLE = "not_applicable", "当年度は該当なし"
    NO_TARGET = "no_target", "目標値が未設定"
    NO_BASELINE = "no_baseline", "基準値が未設定"
    TARGET_EQUALS_BASELINE = "target_equals_baseline", "目標値と基準値が同じ"
    TARGET_ZERO = "target_zero", "目標値が０"
    BASELINE_ZERO = "baseline_zero", "基準値が０"
    NO_DIRECTION = "no_direction", "指標の向きが未設定"
    NO_AGGREGATION = "no_aggregation", "集計方法が未設定"
    REFERENCE_ONLY = "reference_only", "参考値のため判定しない"
    WORD_TARGET = "word_target", "目標が文言"
    RANGE_TARGET = "range_target", "目標が範囲"
    TARGET_BEHIND_BASELINE = "target_behind_baseline", "目標値が基準値より望ましくない側にある"
    PARTS_MISSING = "parts_missing", "内訳が揃っていない"
    JUDGED_BY_PARTS = "judged_by_parts", "それぞれの数値で判定する"
    DENOMINATOR_ZERO = "denominator_zero", "分母が０"
    YEAR_MISSING = "year_missing", "累計の途中に値のない年度がある"
    OUTSIDE_PERIOD = "outside_period", "計画期間より前の年度"
    HALF_YEAR = "half_year", "上半期の値は判定しない"
    NOT_IN_FORCE = "not_in_force", "この年度には使っていない指標"
    SERIES_BREAK = "series_break", "定義変更の前後で比較できない"
    NO_EXPECTED = "no_expected", "当年度の期待値が定まらない"
    NO_SCHEME = "no_scheme", "評価基準が未設定"
    NO_BAND = "no_band", "評価基準に当てはまる区分がない"


class Edition(LabelledEnum):
    """Which of the year's collections a value belongs to."""

    HALF = "half", "上半期"
    PRELIMINARY = "preliminary", "速報"
    FINAL = "final", "確定"


class RoundState(LabelledEnum):
    """Where a collection round stands."""

    PREPARING = "preparing", "準備中"
    OPEN = "open", "照会中"
    CLOSED = "closed", "締切"
    FINALISED = "finalised", "確定"
    PUBLISHED = "published", "公表"


# Rounds in which everything is settled.
LOCKED_ROUNDS = frozenset({RoundState.FINALISED, RoundState.PUBLISHED})


class NextStep(LabelledEnum):
    """What becomes of a grant program after its evaluation."""

    EXPAND = "expand", "発展"
    IMPROVE = "improve", "改善"
    CONTINUE = "continue", "継続"
    STOP = "stop", "中止"
    END = "end", "終了"


# What can be decided of a KPI, a program or a measure after its evaluation.
DECISIONS = ("拡充", "継続", "改善", "統合", "縮小", "休止・廃止", "完了")


class Occasion(LabelledEnum):
    """Why somebody is reminded, the most urgent first."""

    ESCALATION = "escalation", "期限超過（所属長へ）"
    OVERDUE = "overdue", "期限超過"
    APPROVAL = "approval", "承認待ち"
    DUE_SOON = "due_soon", "期限の前"
    KICKOFF = "kickoff", "照会の開始"


class QuestionTarget(LabelledEnum):
    """On which sheets a round asks a question."""

    KPI = "kpi", "KPIシート"
    PROGRAM = "program", "事務事業シート"


class QuestionKind(LabelledEnum):
    """How a question is answered."""

    TEXT = "text", "文章"
    CHOICE = "choice", "選択"


class SheetState(LabelledEnum):
    """Where a sheet stands on its way from the section to publication."""

    NOT_STARTED = "not_started", "未着手"
    DRAFTING = "drafting", "入力中"
    AWAITING_APPROVAL = "awaiting_approval", "課内承認待ち"
    SUBMITTED = "submitted", "提出済"
    RETURNED = "returned", "差戻し"
    REVIEWED = "reviewed", "点検済"
    EXTERNAL = "external", "外部評価"
    FINALISED = "finalised", "確定"
    PUBLISHED = "published", "公表"


class Act(LabelledEnum):
    """What a person does with a sheet."""

    EDIT = "edit", "保存"
    SUBMIT = "submit", "承認へ回す"
    WITHDRAW = "withdraw", "取り下げる"
    APPROVE = "approve", "承認する"
    RETURN = "return", "差し戻す"
    ASSESS = "assess", "所見を保存"
    REVIEW = "review", "点検済にする"
    REFER = "refer", "外部評価へ回す"
    OPINE = "opine", "意見を記録"
    REPLY = "reply", "意見に回答"
    FINALISE = "finalise", "確定する"
    CORRECT = "correct", "訂正する"
    REOPEN = "reopen", "再開する"
    RELOCK = "relock", "再び確定する"
    PUBLISH = "publish", "公表する"


class Way(LabelledEnum):
    """By which way a person writes the figure of one year in a grid (ADR: who writes which year)."""

    ENTER = "enter", "入力"
    CORRECT = "correct", "訂正"
    RECORD = "record", "記録"


class Actor(LabelledEnum):
    """In which capacity a person acts on a sheet."""

    STAFF = "staff", "課室の職員"
    APPROVER = "approver", "所属長・代決者"
    PLANNING = "planning", "企画部門"
    COMMITTEE = "committee", "外部評価委員"


SECTION_ACTORS = frozenset({Actor.STAFF, Actor.APPROVER})


@dataclass(frozen=True)
class Transition:
    """One permitted act: by whom, from which states, to which state (None: the state stays).

    `not_own`: refused to a person whose own entry it would approve, unless the section allows it.
    `reopened_only`: only on a sheet that was final and has been opened again for a time.
    """

    act: Act
    actor: Actor
    sources: frozenset[SheetState]
    target: SheetState | None
    needs_reason: bool = False
    not_own: bool = False
    reopened_only: bool = False


def _from(*states: SheetState) -> frozenset[SheetState]:
    return frozenset(states)


_TO_EDIT = _from(SheetState.NOT_STARTED, SheetState.DRAFTING, SheetState.RETURNED)
_WITH_PLANNING = _from(SheetState.SUBMITTED, SheetState.REVIEWED, SheetState.EXTERNAL)
_LOCKED = _from(SheetState.FINALISED, SheetState.PUBLISHED)

# While a sheet stands here its section still has something to do, and can be late with it.
WITH_SECTION = _TO_EDIT | _from(SheetState.AWAITING_APPROVAL)

# The one table from which buttons, checks, documentation and tests come (docs/workflow.md).
TRANSITIONS: tuple[Transition, ...] = (
    Transition(Act.EDIT, Actor.STAFF, _TO_EDIT, SheetState.DRAFTING),
    Transition(Act.SUBMIT, Actor.STAFF, _TO_EDIT, SheetState.AWAITING_APPROVAL),
    Transition(Act.WITHDRAW, Actor.STAFF, _from(SheetState.AWAITING_APPROVAL), SheetState.DRAFTING),
    Transition(
        Act.APPROVE,
        Actor.APPROVER,
        _from(SheetState.AWAITING_APPROVAL),
        SheetState.SUBMITTED,
        not_own=True,
    ),
    Transition(
        Act.RETURN,
        Actor.APPROVER,
        _from(SheetState.AWAITING_APPROVAL),
        SheetState.RETURNED,
        needs_reason=True,
    ),
    Transition(
        Act.WITHDRAW,
        Actor.APPROVER,
        _from(SheetState.SUBMITTED),
        SheetState.AWAITING_APPROVAL,
        needs_reason=True,
    ),
    Transition(Act.RETURN, Actor.PLANNING, _WITH_PLANNING, SheetState.RETURNED, needs_reason=True),
    Transition(Act.ASSESS, Actor.PLANNING, _WITH_PLANNING, None),
    Transition(Act.REVIEW, Actor.PLANNING, _from(SheetState.SUBMITTED), SheetState.REVIEWED),
    Transition(Act.REFER, Actor.PLANNING, _from(SheetState.REVIEWED), SheetState.EXTERNAL),
    Transition(Act.OPINE, Actor.COMMITTEE, _from(SheetState.EXTERNAL), None),
    Transition(Act.OPINE, Actor.PLANNING, _from(SheetState.EXTERNAL), None),
    Transition(Act.REPLY, Actor.STAFF, _from(SheetState.EXTERNAL), None),
    Transition(
        Act.FINALISE, Actor.PLANNING, _from(SheetState.REVIEWED, SheetState.EXTERNAL), SheetState.FINALISED
    ),
    Transition(Act.CORRECT, Actor.PLANNING, _LOCKED, None, needs_reason=True),
    Transition(
        Act.REOPEN, Actor.PLANNING, _from(SheetState.FINALISED), SheetState.RETURNED, needs_reason=True
    ),
    Transition(
        Act.RELOCK,
        Actor.PLANNING,
        _from(SheetState.RETURNED, SheetState.DRAFTING, SheetState.AWAITING_APPROVAL, SheetState.SUBMITTED),
        SheetState.FINALISED,
        reopened_only=True,
    ),
    Transition(Act.PUBLISH, Actor.PLANNING, _from(SheetState.FINALISED), SheetState.PUBLISHED),
)

LOCKED_STATES = _LOCKED


def round_permits(round_state: RoundState, transition: Transition, *, was_returned: bool) -> bool:
    """Return whether a round's state leaves room for an act.

    While it prepares nobody acts. After the closing a section may still approve what it had entered,
    and work on what came back. After the round's end sheets are only corrected and published.
    """
    if round_state is RoundState.OPEN:
        return True
    if round_state is RoundState.CLOSED:
        return transition.actor is not Actor.STAFF or was_returned or transition.act is Act.REPLY
    if round_state in {RoundState.FINALISED, RoundState.PUBLISHED}:
        published = round_state is RoundState.PUBLISHED
        return transition.sources <= LOCKED_STATES and not (published and transition.act is Act.REOPEN)
    return False


def reopening_permits(transition: Transition, *, reopened_until: date | None, today: date) -> bool:
    """Return whether a sheet that was opened again leaves room for an act; any other sheet always does.

    When its time is over its section does nothing more, and planning locks it again or gives it more time.
    """
    if reopened_until is None:
        return not transition.reopened_only
    return today <= reopened_until or transition.actor not in SECTION_ACTORS
