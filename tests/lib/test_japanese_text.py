"""Keys, widths, escapes, characters lost in cp932, and codes of a plan's nodes."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsukuba_kpi.lib.japanese_text import (
    clean_control,
    full_width_count,
    match_key,
    not_in_cp932,
    parse_node_code,
    restore_kanji,
    roman_numeral,
    search_key,
    spellings,
    unescape_ooxml,
)

# --- keys --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("産業振興課", "産業　振興 課\n"),
        ("ＩＣＴ教育の推進", "ICT教育の推進"),
        ("Ict", "iＣＴ"),
        ("Ⅰ-１-（１）", "I－1‐(1)"),
        ("5～10", "5〜10"),
        ("5～10", "5~10"),
        ("A−B", "A―B"),
        ("葛󠄀城", "葛城"),
        ("ﾊﾞｽ", "バス"),
        ("か\u3099ス", "がス"),
        ("市⺠の声", "市民の声"),
        ("⼾数", "戸数"),
        ("10㎡", "10m2"),
        ("ゼロ\u200bカーボン", "ゼロカーボン"),
    ],
)
def test_match_key_makes_spellings_of_one_text_equal(one: str, other: str) -> None:
    assert match_key(one) == match_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("サービス", "サ-ビス"),  # the prolonged sound mark is a letter
        ("バス", "ハス"),
        ("かな", "カナ"),
        ("国際交流室", "国際都市推進課"),
        ("1.5", "15"),
        ("５０％以上", "５０以上"),
    ],
)
def test_match_key_keeps_different_texts_apart(one: str, other: str) -> None:
    assert match_key(one) != match_key(other)


@given(st.text())
def test_match_key_applied_twice_changes_nothing(text: str) -> None:
    assert match_key(match_key(text)) == match_key(text)


@given(st.text(alphabet="つくばサービス市民ⅠⅡ（）－～ 　Ａa1"))
def test_match_key_ignores_spaces_put_anywhere(text: str) -> None:
    assert match_key("　".join(text)) == match_key(text)


def test_search_key_finds_katakana_by_hiragana() -> None:
    assert search_key("つくバス　サービス") == search_key("ツクばす サービス") == "つくばすさーびす"


@pytest.mark.parametrize("word", ["バス", "ばす", "ﾊﾞｽ"])
def test_spellings_hold_both_kana(word: str) -> None:
    assert {"バス", "ばす"} <= spellings(word)


@pytest.mark.parametrize("word", ["SNS2", "ＳＮＳ２"])
def test_spellings_hold_both_widths(word: str) -> None:
    assert {"SNS2", "ＳＮＳ２"} <= spellings(word)


def test_restore_kanji_turns_radicals_back_and_leaves_the_rest() -> None:
    assert restore_kanji("市⺠の⻑寿（⾼齢者）Ａ①") == "市民の長寿（高齢者）Ａ①"


# --- widths, control characters, encodings ------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("", 0),
        ("abc", 3),
        ("あいう", 6),
        ("ｱｲｳ", 3),
        ("Ⅰ－①", 6),
        ("か\u3099", 2),
        ("葛󠄀", 2),
        ("A\n", 1),
        ("𠮷", 2),
    ],
)
def test_full_width_count_in_half_width_columns(text: str, columns: int) -> None:
    assert full_width_count(text) == columns


@given(st.text(), st.text())
def test_full_width_count_adds_up(one: str, other: str) -> None:
    assert full_width_count(one + other) == full_width_count(one) + full_width_count(other)


@pytest.mark.parametrize(
    ("escaped", "text"),
    [
        ("一行目_x000D_\n二行目", "一行目\r\n二行目"),
        ("_x005F_x000D_", "_x000D_"),
        ("a_x005f_b", "a_b"),
        ("_xD842__xDFB7_", "𠮷"),
        ("_xD842_", "_xD842_"),
        ("_x00_", "_x00_"),
        ("_x0041__x005F_x0042_", "A_x0042_"),
        ("snake_x_case", "snake_x_case"),
    ],
)
def test_unescape_ooxml(escaped: str, text: str) -> None:
    assert unescape_ooxml(escaped) == text


@given(st.text())
def test_unescape_ooxml_gives_back_what_was_escaped(text: str) -> None:
    escaped = "".join(f"_x{ord(c):04X}_" if c in "_\r" else c for c in text)

    assert unescape_ooxml(escaped) == text


def test_clean_control_keeps_tab_and_one_kind_of_line_end() -> None:
    assert clean_control("a\r\nb\rc\x0bd\u2028e\tf\x00\x07g\x7f\ufffe") == "a\nb\nc\nd\ne\tfg"


@given(st.text(alphabet=st.characters()))
def test_clean_control_leaves_what_every_database_takes(text: str) -> None:
    cleaned = clean_control(text)

    assert cleaned.encode() is not None
    assert not [c for c in cleaned if ord(c) < 0x20 and c not in "\n\t"]
    assert clean_control(cleaned) == cleaned


def test_not_in_cp932_accepts_what_windows_encodes() -> None:
    assert not_in_cp932("Ⅰ～－①髙﨑∥㈱㎡ヱ") == []


def test_not_in_cp932_reports_each_lost_character_once_in_order() -> None:
    assert not_in_cp932("𠮷野〜葛󠄀城𠮷−é") == ["𠮷", "〜", "葛󠄀", "−", "é"]


# --- node codes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "goal", "policy", "measure", "rest"),
    [
        ("Ⅰ　つくばの特性をいかした", 1, None, None, "つくばの特性をいかした"),
        ("Ⅳ　公共交通網", 4, None, None, "公共交通網"),
        ("Ⅰ", 1, None, None, ""),
        ("I　多様な担い手", 1, None, None, "多様な担い手"),
        ("Ⅱ．若い世代", 2, None, None, "若い世代"),
        ("基本目標１　まちをつくる", 1, None, None, "まちをつくる"),
        ("基本目標Ⅲ 緑", 3, None, None, "緑"),
        ("Ⅰ－１", 1, 1, None, ""),
        ("Ⅰ-１　産業", 1, 1, None, "産業"),
        ("Ⅰ-１-（１）科学技術の振興", 1, 1, 1, "科学技術の振興"),
        ("Ⅰ－１－（１）", 1, 1, 1, ""),
        ("Ⅱ－２－（１）　産前産後の伴走型支援", 2, 2, 1, "産前産後の伴走型支援"),
        ("I-1-(1)", 1, 1, 1, ""),
        ("Ｉ-１-（１）名", 1, 1, 1, "名"),
        ("VI-2-(3)都市", 6, 2, 3, "都市"),
        ("ⅳ-2-(3)都市", 4, 2, 3, "都市"),
        ("1-1-(1)", 1, 1, 1, ""),
        ("1-1-1", 1, 1, 1, ""),
        ("Ⅰ - １ - （ １ ）名", 1, 1, 1, "名"),
        ("Ⅰ‐１−（１）名", 1, 1, 1, "名"),
        ("Ⅰ-１（１）名", 1, 1, 1, "名"),
        ("Ⅰ-１-①名", 1, 1, 1, "名"),
        ("Ⅰ-１-⑴名", 1, 1, 1, "名"),
        ("Ⅻ-１２-（１２）名", 12, 12, 12, "名"),
        ("Ⅱ-３-（２）２４時間つながる教育相談の実施", 2, 3, 2, "２４時間つながる教育相談の実施"),
    ],
)
def test_parse_node_code_reads_loose_spellings(
    text: str, goal: int, policy: int | None, measure: int | None, rest: str
) -> None:
    code = parse_node_code(text)

    assert code is not None
    assert (code.goal, code.policy, code.measure, code.rest, code.certain) == (
        goal,
        policy,
        measure,
        rest,
        True,
    )


@pytest.mark.parametrize(
    "text",
    [
        "", "　", "IT活用の推進", "ICT教育", "Iターン者数", "X線検査", "Vリーグ", "1人当たり",
        "１人当たりの公園面積", "1", "１　市民",
        "60歳以上の就業者", "Ⅱ期工事", "Ⅲ度", "2019-04-01", "029-883-1111", "1-2歳児の保育", "3-5", "5～10",
        "施策１", "Ⅰ-１-（０）",
        "Ⅰ-100", "Ⅰ-1-(1)-①", "Ⅰ-1-1-1", "1-1-1-1", "目標１０００人", "I have", "地方創生関係交付金事業",
        "Ⅰ～Ⅲ", "0-1-(1)",
    ],
)  # fmt: skip
def test_parse_node_code_leaves_names_alone(text: str) -> None:
    code = parse_node_code(text)

    assert code is None or (text == "3-5" and (code.goal, code.policy) == (3, 5))


@pytest.mark.parametrize("text", ["Ⅰつくばの特性", "Ⅰ-１-１人当たり", "I 活用", "Ⅰ-１産業"])
def test_parse_node_code_is_uncertain_where_nothing_parts_code_and_name(text: str) -> None:
    code = parse_node_code(text)

    assert code is not None
    assert not code.certain


_codes = st.tuples(
    st.integers(1, 12), st.one_of(st.none(), st.integers(1, 99)), st.one_of(st.none(), st.integers(1, 99))
)


@given(_codes, st.sampled_from(["つくばのまち", "２４時間の相談", "子ども・若者", ""]))
def test_parse_node_code_reads_what_it_prints(numbers: tuple[int, int | None, int | None], name: str) -> None:
    goal, policy, measure = numbers
    measure = measure if policy is not None else None
    printed = "-".join(
        part
        for part in (
            roman_numeral(goal),
            None if policy is None else str(policy).translate(_FULL),
            None if measure is None else f"（{measure}）".translate(_FULL),
        )
        if part is not None
    )

    code = parse_node_code(f"{printed}　{name}")

    assert code is not None
    assert (code.goal, code.policy, code.measure, code.rest) == (goal, policy, measure, name)
    assert code.printed == printed
    assert code.ascii == "-".join(str(number) for number in (goal, policy, measure) if number is not None)


_FULL = str.maketrans(string.digits, "０１２３４５６７８９")


@given(st.text(alphabet="ⅠⅡⅩIVX123１２（）()-－・.　 目標施策人市①⑴"))
def test_parse_node_code_never_raises_and_keeps_the_name_inside_the_text(text: str) -> None:
    code = parse_node_code(text)

    assert code is None or text.strip(" \t\n　.．、,，:：").endswith(code.rest)


@pytest.mark.parametrize("number", [0, 40])
def test_roman_numeral_refuses_what_has_none(number: int) -> None:
    with pytest.raises(ValueError, match="no roman numeral"):
        roman_numeral(number)
