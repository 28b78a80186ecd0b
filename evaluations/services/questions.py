"""What a first round asks, as data: the fields of the city's printed evaluation sheets (DOMAIN §3).

From then on the form is the round's own: a new round starts from the last one's questions, and the
planning division changes them while the round prepares.
"""

from dataclasses import dataclass

from evaluations.enums import QuestionKind, QuestionTarget
from evaluations.models import Round, RoundQuestion


@dataclass(frozen=True, kw_only=True)
class Question:
    """One field of a form. Choices make it a choice; a limit counts characters."""

    key: str
    label: str
    help_text: str = ""
    choices: tuple[str, ...] = ()
    limit: int | None = None
    is_required: bool = True
    is_public: bool = True


_HIGH_TO_LOW = ("高", "中", "低")
_OVERALL = ("A 成果を維持して継続", "B 向上に努めつつ継続", "C 見直して継続", "D 休止・廃止を検討")

KPI_QUESTIONS: tuple[Question, ...] = (
    Question(
        key="factors",
        label="効果発現要因",
        help_text="実績がこの値になった要因を、取り組みと外部の事情に分けて書きます。",
        limit=800,
    ),
    Question(
        key="problems",
        label="課題",
        help_text="目標に向けて障害となっていること、改善が必要なことを書きます。",
        limit=800,
    ),
    Question(
        key="next_actions",
        label="今後の取組",
        help_text="課題に対して、いつ、何をするかを書きます。",
        limit=800,
    ),
    Question(key="effectiveness", label="有効性", choices=_HIGH_TO_LOW, help_text="目標の達成に役立ったか"),
    Question(key="efficiency", label="効率性", choices=_HIGH_TO_LOW, help_text="費用と手間に見合ったか"),
    Question(key="overall", label="総合評価", choices=_OVERALL),
)

PROGRAM_QUESTIONS: tuple[Question, ...] = (
    Question(
        key="progress",
        label="進捗状況",
        choices=("順調", "概ね順調", "やや遅れている", "遅れている"),
    ),
    Question(key="effectiveness", label="有効性", choices=_HIGH_TO_LOW, help_text="目的の達成に役立ったか"),
    Question(key="efficiency", label="効率性", choices=_HIGH_TO_LOW, help_text="費用と手間に見合ったか"),
    Question(key="overall", label="総合評価", choices=_OVERALL),
    Question(
        key="problems",
        label="課題",
        help_text="成果をさらに上げるうえで障害となっていること。なければ「なし」と書きます。",
        limit=600,
    ),
    Question(
        key="direction",
        label="今後の方向性",
        choices=("拡充", "継続", "改善", "統合", "縮小", "休止・廃止", "完了"),
    ),
    Question(
        key="direction_reason",
        label="方向性の理由・来年度の改善内容",
        help_text="なぜその方向性か、来年度は何を変えるかを書きます。",
        limit=600,
    ),
)


def first_questions(collection: Round) -> list[RoundQuestion]:
    """Return the questions of a round that has none before it."""
    return [
        RoundQuestion(
            round=collection,
            target=target.value,
            key=question.key,
            label=question.label,
            help_text=question.help_text,
            kind=(QuestionKind.CHOICE if question.choices else QuestionKind.TEXT).value,
            choices=list(question.choices),
            limit=question.limit,
            is_required=question.is_required,
            is_public=question.is_public,
            position=position,
        )
        for target, questions in (
            (QuestionTarget.KPI, KPI_QUESTIONS),
            (QuestionTarget.PROGRAM, PROGRAM_QUESTIONS),
        )
        for position, question in enumerate(questions, start=1)
    ]


def questions_like(collection: Round, previous: Round) -> list[RoundQuestion]:
    """Return the questions of the round before, for a new round."""
    copied = ("target", "key", "label", "help_text", "kind", "choices", "limit", "is_required", "is_public")
    return [
        RoundQuestion(
            round=collection,
            position=question.position,
            program_kind=question.program_kind,
            **{name: getattr(question, name) for name in copied},
        )
        for question in previous.questions.all()
    ]
