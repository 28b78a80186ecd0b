"""What planning should look at before a publication: gaps, doubtful targets, texts not meant for everybody.

The words are looked for, not understood: a warning asks a person to look, and keeps nothing back by itself.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal

from evaluations.enums import ValueStatus
from reports.calculations.publication_choices import (
    DESCRIPTION,
    KPI_TEXTS,
    NODE_TEXTS,
    NOTES,
    PROGRAM_TEXTS,
)
from reports.calculations.published import (
    Content,
    PublishedKpi,
    PublishedNode,
    PublishedPlan,
    PublishedProgram,
    PublishedYear,
)
from strategy.enums import Direction
from tsukuba_kpi.lib.choices import LabelledEnum
from tsukuba_kpi.lib.figures import format_figure
from tsukuba_kpi.lib.japanese_text import match_key


class WarningKind(LabelledEnum):
    """Why a person should look before publishing; the most serious first."""

    PERSON = "person", "人の名前らしいことば"
    CONTACT = "contact", "電話番号・メールアドレス"
    INTERNAL = "internal", "庁内のメモらしいことば"
    PENDING = "pending", "実績が集計中"
    NO_ACTUAL = "no_actual", "実績がない"
    NO_TARGET = "no_target", "目標値がない"
    TOO_EASY = "too_easy", "目標の150％を超える実績"
    NOT_FINAL = "not_final", "速報・見込の実績"


@dataclass(frozen=True)
class PublicationWarning:
    """One thing to look at: in which record and field, and the words or figures that drew attention."""

    kind: WarningKind
    name: str
    kpi_code: str | None
    program_key: str | None
    field: str
    excerpt: str
    node_key: tuple[str, str] | None = None


_TOO_EASY = Decimal("1.5")
_AROUND = 12
# Names end in a title. Words that only look like one (皆様, 利用者様, お母さん …) are taken out first.
_NO_PERSON = re.compile(
    r"(?:[一-龥]{0,6}者|皆|みな|お?客|お子|子ども|お?母|お?父|お?兄|お?姉|おかあ|おとう|おにい|おねえ|おじい|おばあ|おじ|おば"
    r"|職員|学生|生徒|児童|園児|親御|奥|娘|息子|お年寄り|市民|住民|町民|会員|団体|農家|お店|業者|企業|会社|各位|ご家族|たく|だん"
    r"|有|模|仕|多|同|異|一|外|王|神|殿)(?:の皆|の方)?(?:様|さん|さま|氏|くん|ちゃん)"
)
# The most frequent family names: with them a title of office is a person, without them it is an office.
_FAMILY = (
    "佐藤|鈴木|高橋|髙橋|田中|伊藤|渡辺|渡邊|渡邉|山本|中村|小林|加藤|吉田|山田|佐々木|山口|松本|井上|木村|斎藤|齋藤|斉藤"
    "|齊藤|清水|山崎|山﨑|阿部|池田|橋本|山下|石川|中島|中嶋|前田|藤田|小川|後藤|岡田|長谷川|村上|近藤|石井|坂本|遠藤|青木"
    "|藤井|西村|福田|太田|三浦|岡本|松田|中川|中野|原田|小野|竹内|金子|和田|中山|藤原|石田|上田|柴田|酒井|宮崎|宮﨑|横山"
    "|宮本|内田|高木|安藤|谷口|大野|丸山|今井|河野|藤本|村田|武田|上野|杉山|増田|菅原|平野|大塚|千葉|久保|小島|野口|飯田"
    "|新井|菊地|菊池|松井|野村|飯塚|大久保|沼尻|塚本|飯島|木下|関口|五十嵐|(?<![一-龥])[林森原関岡東堀](?=部長|課長|係長|さん|氏|様)"
)
_OFFICE = (
    "部長|課長|係長|次長|室長|主任|主査|主幹|主事|補佐|局長|所長|館長|園長|校長|市長|町長|議員|委員|会長|社長|理事|教授|准教授"
    "|先生|医師|弁護士|博士|くん|ちゃん|さん|氏|様|君|殿"
)
_PERSON = re.compile(
    r"[一-龥々ヶ]{2,5}[ 　]?[一-龥々ヶ]{0,3}[ 　]?"
    r"(?:氏(?!名|族|神|子)|さん(?!か|せ|ご|ぽ|ま)|様(?!式|子|相|態)|君(?!津))"
    r"|[一-龥々ヶ]{2,4}(?:くん|ちゃん)"
    r"|[一-龥々ヶ]{1,4}[ぁ-んァ-ヴー]{2,4}氏(?!名)"
    r"|(?<![ぁ-ん一-龥])[ぁ-ん]{2,4}(?:氏|さん(?!か|せ|ご|ぽ|ま))"
    r"|[ァ-ヴー]{2,10}[ ・]?[ァ-ヴー]{0,10}(?:氏(?!名)|さん(?!か)|様(?!式))"
    r"|[A-Za-z]{2,20}(?:[ .・][A-Za-z]{1,20}){0,3}(?:氏|さん|様(?!式))|(?:Mr|Mrs|Ms|Dr)\.? ?[A-Z][a-z]+"
    rf"|(?:{_FAMILY})[ 　]?[一-龥々ぁ-ん]{{0,3}}?[ 　]?(?:{_OFFICE})"
    rf"|担当者?(?:は|が|の|[ 　])*(?:{_FAMILY})"
    r"|(?:担当者?|氏名|記入者|作成者|連絡先)[ 　]*[:：][ 　]*[一-龥々ァ-ヴ]{2,8}"
)
_CONTACT = re.compile(
    r"(?<![0-9])0[0-9]{1,4}[-(‐ー− ]?[0-9]{1,4}[-)‐ー− ][0-9]{3,4}(?![0-9])"
    r"|(?<![0-9])0[789]0[0-9]{8}(?![0-9])"
    r"|(?:内線|電話|携帯|(?i:\btel|\bfax|\bext?\.))[ :.]*[0-9][0-9-]{2,}"
    r"|[0-9]{2,4}-[0-9]{4} ?(?=\(?(?:直通|代表|内線))|〒 ?[0-9]{3}-[0-9]{4}"
    r"|[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}"
)
_INTERNAL = re.compile(
    r"内部(?:限り|資料|メモ|用|検討|情報|では)|庁内(?:限り|メモ|用)|[部対社]外秘|極秘|マル秘|㊙|(?<![一-龥ぁ-ん])秘(?![一-龥ぁ-んァ-ヴー])"
    r"|取扱注意|(?:公表|公開)(?:は?しない|不可)|非公[開表]|口外|外部に(?:は)?出さない|オフレコ"
    r"|(?<![必主重需概])要(?:確認|検討|調整|修正|相談|協議|整理|追記|加筆|差し?替)|確認中|精査中|未定稿|未定|未確認|未記入|未入力|未作成|未決裁"
    r"|仮(?:置き|値|の数値|の値|データ)|暫定値|\(仮\)|(?:後|あと)で(?:書|記入|修正|確認|直|追記|埋|差し?替)|後日(?:記入|修正|確認|追記|差し?替)"
    r"|作成中|下書き|ドラフト|草案|案文|たたき台|叩き台|コピペ|ダミー|(?:テスト|サンプル)(?:データ|入力)"
    r"|ここに(?:記入|入力|書)|(?:記入|入力|記載)例|(?:記入|入力)してください"
    r"|([○◯●△□■◇☆×])\1+|(?<![一二三四五六七八九〇])〇{2,}(?![一二三四五六七八九年])|\?\?|\*{3,}|※※"
    r"|(?i:\b(?:tbd|fixme|todo|wip|x{3,})\b)|TODO|[【\[(<]メモ|メモ[:：]"
    r"|※企画|企画課へ|財政課と(?:協議|調整)中|調整中|査定前|内示前|議[会決]前|議[会員](?:対応|説明)"
    r"|[市部課次係室]長(?:の)?(?:了解|確認|決裁|説明|レク)(?:済|前|待|予定)"
    r"|(?i:https?://(?:[a-z0-9-]+(?=[/:]|$)|[^/\s]{1,100}\.(?:local|lan|internal|intra)\b|10\.|192\.168\.|172\.(?:1[6-9]|2[0-9]|3[01])\.))"
    r"|\\\\[\w.-]+\\|(?<![A-Za-z])[A-Z]:\\"
    r"|\A\s*(?i:テスト|test|サンプル|sample|dummy|あ+|a{3,}|1{3,}|同上)\s*\Z"
)


def warnings_of(content: Content, *, names: Collection[str] = ()) -> list[PublicationWarning]:
    """Return everything to look at, the most serious first; `names` are those of the staff."""
    people = _people(names)
    found = [
        *(
            warning
            for plan in content.plans
            for kpi in plan.kpis
            if kpi.is_published
            for warning in _of_kpi(kpi, content.fiscal_year, people)
        ),
        *(warning for plan in content.plans for warning in _of_plan(plan, people)),
        *(warning for program in content.programs for warning in _of_program(program, people)),
    ]
    order = list(WarningKind)
    return sorted(found, key=lambda warning: order.index(warning.kind))


def doubts_in_words(text: str, *, names: Collection[str] = ()) -> list[str]:
    """Return what to look at in words that are published as they are typed, such as an amendment's."""
    return [f"{kind.label}：{excerpt}" for kind, excerpt in _doubts_in(text, _people(names))]


def _people(names: Collection[str]) -> list[str]:
    return [name for name in (match_key(each) for each in names) if len(name) >= 3]


def _of_kpi(kpi: PublishedKpi, fiscal_year: int, people: list[str]) -> Iterator[PublicationWarning]:
    year = kpi.year(fiscal_year)
    for kind, words in _figures(year, kpi.direction):
        yield PublicationWarning(kind, kpi.name, kpi.code, None, "", words)
    notes = "\n".join(each.note for each in kpi.years if each.note)
    texts = {
        NOTES: notes,
        "rationale": kpi.rationale,
        "method": kpi.method,
        **{a.key: a.text for a in kpi.answers},
    }
    labels = {**KPI_TEXTS, **{answer.key: answer.label for answer in kpi.answers}}
    for field, text in texts.items():
        for kind, excerpt in _doubts_in(text, people):
            yield PublicationWarning(
                kind, kpi.name, kpi.code, None, field, f"{labels.get(field, field)}：{excerpt}"
            )


def _figures(year: PublishedYear | None, direction: str) -> Iterator[tuple[WarningKind, str]]:
    if year is None or not year.status:
        yield WarningKind.NO_ACTUAL, "当年度の実績が登録されていません"
    elif year.status == ValueStatus.PENDING:
        yield WarningKind.PENDING, f"公表予定 {year.expected_on}" if year.expected_on else "公表予定日なし"
    elif year.status in (ValueStatus.PRELIMINARY, ValueStatus.ESTIMATED):
        yield WarningKind.NOT_FINAL, ValueStatus(year.status).label
    if year is None or (year.target is None and not year.target_word):
        yield WarningKind.NO_TARGET, "当年度の目標値が登録されていません"
    rate = year.achievement_rate if year else None
    if rate is not None and _is_too_easy(rate, direction):
        yield WarningKind.TOO_EASY, f"達成率 {format_figure(rate * 100, 1, '％')}"


def _is_too_easy(rate: Decimal, direction: str) -> bool:
    """Tell whether an actual is half as good again as its target; where less is better, below 2/3 of it."""
    if direction == Direction.DOWN.label:
        return Decimal(0) <= rate * _TOO_EASY < 1
    return rate > _TOO_EASY


def _of_plan(plan: PublishedPlan, people: list[str]) -> Iterator[PublicationWarning]:
    for kind, excerpt in _doubts_in(plan.summary, people):
        yield PublicationWarning(kind, plan.name, None, None, "", f"計画の概要：{excerpt}")
    for node in plan.all_nodes():
        yield from _of_node(plan, node, people)


def _of_node(plan: PublishedPlan, node: PublishedNode, people: list[str]) -> Iterator[PublicationWarning]:
    name = f"{node.code} {node.name}".strip() or node.level_name
    texts = {DESCRIPTION: node.description, **{answer.key: answer.text for answer in node.answers}}
    for field, text in texts.items():
        for kind, excerpt in _doubts_in(text, people):
            words = f"{NODE_TEXTS.get(field, field)}：{excerpt}"
            yield PublicationWarning(kind, name, None, None, field, words, (plan.code, node.key))


def _of_program(program: PublishedProgram, people: list[str]) -> Iterator[PublicationWarning]:
    texts = {
        "purpose": (PROGRAM_TEXTS["purpose"], program.purpose),
        "summary": (PROGRAM_TEXTS["summary"], program.summary),
        "results": (PROGRAM_TEXTS["results"], program.results),
        **{answer.key: (answer.label, answer.text) for answer in program.answers},
    }
    for field, (label, text) in texts.items():
        for kind, excerpt in _doubts_in(text, people):
            yield PublicationWarning(kind, program.name, None, program.key, field, f"{label}：{excerpt}")


def _doubts_in(text: str, people: list[str]) -> Iterator[tuple[WarningKind, str]]:
    plain = _half_width(text)
    cleared = _NO_PERSON.sub(lambda match: "＿" * len(match.group()), plain)
    for match in _PERSON.finditer(cleared):
        yield WarningKind.PERSON, _excerpt(plain, match)
    key = match_key(text)
    for name in people:
        if name in key:
            yield WarningKind.PERSON, f"職員の名前「{name}」"
    for kind, pattern in ((WarningKind.CONTACT, _CONTACT), (WarningKind.INTERNAL, _INTERNAL)):
        for match in pattern.finditer(plain):
            yield kind, _excerpt(plain, match)


_FULL_WIDTH = str.maketrans(
    {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {"−": "-", "‐": "-", "–": "-"}
)


def _half_width(text: str) -> str:
    """Return the text with full-width ASCII made half-width, character by character."""
    return text.translate(_FULL_WIDTH)


def _excerpt(text: str, match: re.Match[str]) -> str:
    start, end = max(match.start() - _AROUND, 0), min(match.end() + _AROUND, len(text))
    left, right = "…" if start else "", "…" if end < len(text) else ""
    return f"{left}{text[start:end]}{right}".replace("\n", " ")
