"""Invented programs of invented cities, for laying out at random. Every document has a manner of its own."""

import random
from dataclasses import dataclass


def _words(text: str) -> list[str]:
    return text.split()


_TOPICS = _words(
    "図書館 公園 学校給食 商店街 観光 農業 水道 道路 橋りょう 防災 消防団 子育て 保育所 学童クラブ 介護予防 "
    "高齢者の見守り 障がい者の就労 地域交通 コミュニティバス 空き家 ごみの減量 生活排水 緑地 文化財 "
    "市民ホール スポーツ 移住 婚姻 姉妹都市 デジタル化 窓口サービス マイナンバーカード 統計 広報紙 "
    "ふるさと納税 男女共同参画 人権 消費生活 市民農園 企業立地 創業 職業訓練 国民健康保険 予防接種 がん検診 "
    "食育 自殺対策 動物愛護 墓地 市営住宅 区画整理 雨水 河川"
)
_PEOPLE = _words(
    "市民 高齢者 子ども 児童生徒 保護者 事業者 来庁者 若者 障がいのある方 外国人住民 農業者 利用者 自治会"
)
_AIMS = _words(
    "安全で快適な暮らし 地域の活力 心身の健康 事務の効率化 利便性の向上 まちのにぎわい 生きがいづくり "
    "負担の軽減 情報の共有 自立した生活 環境への負荷の低減 郷土への愛着 将来を担う人材"
)
_AIM_VERBS = _words(
    "図る。 推進する。 確保する。 目指す。 支える。 高める。 実現する。 促す。 育む。 守る。 つくる。 "
    "広げる。"
)
_MEANS = _words(
    "講座 相談会 説明会 パンフレットの配布 補助金の交付 施設の点検 備品の更新 ホームページでの周知 "
    "アンケート調査 巡回指導 訪問支援 出前授業 専門家の派遣 研修 協議会の運営 システムの保守 広報活動 "
    "イベント 現地調査 関係団体との連絡調整 計画の見直し ボランティアの育成 見学会 委託業務の監督"
)
_MEANS_VERBS = _words(
    "行う。 実施する。 開催する。 支援する。 進める。 委託する。 提供する。 設ける。 運営する。 助成する。"
)
_UNITS = _words("件 人 名 回 世帯 団体 か所 冊 台 戸 校 日 枚 箇所 社")
_DONE = _words(
    "開催した。 実施した。 行った。 支援した。 交付した。 整備した。 更新した。 配布した。 受け付けた。 "
    "達成した。 見直した。 増加した。 図った。 設置した。 つながった。 進めた。"
)
_STATES = _words("図られている。 定着しつつある。 課題となっている。 見込みである。 必要である。")
_BUREAUS = _words(
    "総務部 企画部 市民生活部 健康福祉部 こども未来部 産業観光部 都市整備部 環境部 教育部 消防本部 市長公室 "
    "上下水道局 まちづくり推進部 デジタル政策局 危機管理部 文化スポーツ局 議会事務局"
)
_SECTION_STEMS = _words(
    "総務 人事 財政 秘書 広報 市民 税務 保険年金 環境保全 廃棄物対策 社会福祉 長寿支援 こども家庭 保育 "
    "商工振興 観光交流 農政 都市計画 建築指導 道路管理 公園緑地 住宅政策 学校教育 生涯学習 文化振興 "
    "スポーツ推進 予防 警防 下水道 水道業務 危機対策 デジタル推進 移住定住・ふるさと納税 駅周辺にぎわい創出 "
    "ゼロカーボンシティ推進 多文化共生・男女共同参画"
)
_SECTION_ENDS = _words("課 課 課 課 室 室 センター 担当室 係")
_NAME_ENDS = _words("事業 事業 事業 事務 業務 推進事業 運営事業 支援事業 管理事業 整備事業 補助金 対策費")


@dataclass
class Manner:
    """How one city writes: forms of sentences, marks, digits."""

    polite: bool
    full_width: bool
    comma: str
    mark: str
    nominal: float
    marked_list: float
    long_texts: float


def manner(rng: random.Random) -> Manner:
    """Return a random manner."""
    return Manner(
        polite=rng.random() < 0.15,
        full_width=rng.random() < 0.7,
        comma=rng.choice("、、、，"),
        mark=rng.choice(["・", "・", "・", "○", "●", "■", "①", "(1)", "（１）", "１．", "【"]),
        nominal=rng.choice([0.0, 0.1, 0.3, 0.6]),
        marked_list=rng.choice([0.1, 0.3, 0.6]),
        long_texts=rng.choice([0.2, 0.5, 0.8]),
    )


def number(rng: random.Random, how: Manner, most: int = 9_999) -> str:
    """Return a number as the city prints it."""
    text = f"{rng.choice([rng.randint(1, 30), rng.randint(1, most)]):,}"
    if how.full_width:
        return "".join("，" if character == "," else chr(ord(character) + 0xFEE0) for character in text)
    return text


def _polite(text: str, how: Manner) -> str:
    if not how.polite:
        return text
    for plain, polite in (
        ("した。", "しました。"), ("った。", "りました。"), ("けた。", "けました。"),
        ("めた。", "めました。"),
        ("する。", "します。"), ("図る。", "図ります。"), ("行う。", "行います。"), ("める。", "めます。"),
        ("ける。", "けます。"),
    ):  # fmt: skip
        if text.endswith(plain):
            return text.removesuffix(plain) + polite
    return text


def _aim(rng: random.Random, how: Manner) -> str:
    lead = rng.choice(
        [
            f"{rng.choice(_PEOPLE)}が安心して利用できる{rng.choice(_TOPICS)}の環境を整え",
            f"{rng.choice(_TOPICS)}に関する理解を深め",
            f"{rng.choice(_TOPICS)}を通じて{rng.choice(_PEOPLE)}の交流の機会をつくり",
            f"老朽化が進む{rng.choice(_TOPICS)}の機能を保ち",
            f"「{rng.choice(_TOPICS)}のまち」として",
        ]
    )
    return _polite(f"{lead}{how.comma}{rng.choice(_AIMS)}を{rng.choice(_AIM_VERBS)}", how)


def _deed(rng: random.Random, how: Manner) -> str:
    means, more = rng.sample(_MEANS, 2)
    lead = rng.choice(
        [
            f"{rng.choice(_PEOPLE)}を対象とした{means}や{more}",
            f"{rng.choice(_TOPICS)}に係る{means}及び{more}",
            f"年{number(rng, how, 12)}回の{means}",
            f"{means}（{rng.choice(_TOPICS)}を含む）",
            f"{rng.choice(_TOPICS)}と連携し{how.comma}{means}",
        ]
    )
    if rng.random() < how.nominal:
        return lead if lead.endswith(("交付", "配布", "派遣", "点検")) else f"{lead}の実施"
    return _polite(f"{lead}を{rng.choice(_MEANS_VERBS)}", how)


def _result(rng: random.Random, how: Manner) -> str:
    unit = rng.choice(_UNITS)
    count = f"{number(rng, how)}{unit}"
    form = rng.random()
    if form < how.nominal / 2 + 0.05:
        return rng.choice(
            [
                f"{rng.choice(_MEANS)}　{count}（前年度{number(rng, how)}{unit}）",
                f"{rng.choice(_TOPICS)}の利用：{count}",
                f"{rng.choice(_MEANS)}を{count}実施",
            ]
        )
    if form > 0.93:
        return f"{rng.choice(_TOPICS)}については{how.comma}{rng.choice(_AIMS)}が{rng.choice(_STATES)}"
    lead = rng.choice(
        [
            f"{rng.choice(_MEANS)}に{count}が参加し{how.comma}{rng.choice(_AIMS)}を",
            f"{rng.choice(_TOPICS)}の{rng.choice(_MEANS)}を{count}",
            f"令和{number(rng, how, 6)}年{number(rng, how, 12)}月から{rng.choice(_MEANS)}を",
            f"目標値{count}に対し{how.comma}実績は{number(rng, how)}{unit}となり{how.comma}"
            + f"{rng.choice(_AIMS)}を",
        ]
    )
    return _polite(f"{lead}{rng.choice(_DONE)}", how)


def _mark(how: Manner, index: int, rng: random.Random) -> str:
    if how.mark == "①":
        return chr(ord("①") + index)
    if how.mark == "(1)":
        return f"({index + 1})"
    if how.mark == "（１）":
        return f"（{chr(0xFF11 + index)}）"
    if how.mark == "１．":
        return f"{chr(0xFF11 + index)}．"
    if how.mark == "【":
        return f"【{rng.choice(_TOPICS)}】"
    return how.mark


def _text(rng: random.Random, how: Manner, sentence, longest: int) -> str:
    count = rng.randint(1, longest if rng.random() < how.long_texts else 2)
    sentences = [sentence(rng, how) for _ in range(count)]
    if count > 1 and rng.random() < how.marked_list:
        return "\n".join(_mark(how, index, rng) + text for index, text in enumerate(sentences))
    text = ""
    for index, one in enumerate(sentences):
        if index and (not text.endswith("。") or rng.random() < 0.2):
            text += "\n"
        text += one
    return text


def invented_programs(rng: random.Random, count: int) -> list[dict]:
    """Return records with order, number, name, bureau, section, purpose, summary, results (None: －)."""
    how = manner(rng)
    units = [
        (bureau, rng.choice(_SECTION_STEMS) + rng.choice(_SECTION_ENDS))
        for bureau in rng.sample(_BUREAUS, rng.randint(1, 6))
        for _ in range(rng.randint(1, 4))
    ]
    records = []
    value = rng.randint(1, 30)
    for index in range(count):
        bureau, section = units[index * len(units) // count]
        topic, other = rng.sample(_TOPICS, 2)
        name = rng.choice(
            [topic, f"{topic}・{other}", f"{topic}における{rng.choice(_AIMS)}", f"第２次{topic}計画"]
        )
        name += rng.choice(_NAME_ENDS)
        if rng.random() < 0.1:
            name += f"（旧：{other}{rng.choice(_NAME_ENDS)}）"
        records.append(
            {
                "order": index + 1,
                "number": value,
                "name": name,
                "bureau": bureau,
                "section": section,
                "purpose": _text(rng, how, _aim, 2) if rng.random() < 0.95 else _aim(rng, how),
                "summary": _text(rng, how, _deed, 5),
                "results": None if rng.random() < 0.05 else _text(rng, how, _result, 7),
            }
        )
        value = max(1, value + (rng.choice([1, 1, 2, 5, 40, 700]) if rng.random() < 0.95 else -3))
    return records
