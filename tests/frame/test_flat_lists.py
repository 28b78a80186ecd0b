"""Lists taken away from the admin and brought back: exact, harmless, recorded."""

import csv
import io
import zipfile
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
import tablib
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from history.admin.workbook_formats import ListCSV, ListXLSX, UnreadableList
from history.models import Revision
from organization.models import Bureau, Membership, Section, User
from strategy.models import Kpi, Target
from tests.factories.organization import BureauFactory, MembershipFactory, SectionFactory, UserFactory
from tests.factories.strategy import KpiFactory, TargetFactory

XLSX, CSV = "0", "1"  # positions in the admin's list of formats


@pytest.fixture
def superuser(db: None) -> User:
    return UserFactory(username="root", is_superuser=True)


@pytest.fixture
def client(superuser: User, as_user: Callable[[User], Client]) -> Client:
    return as_user(superuser)


def address(model: Any, page: str) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}")


def export(client: Client, model: Any, form: str = CSV) -> bytes:
    return client.post(address(model, "export"), {"format": form, "resource": "0"}).content


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def csv_of(rows: list[dict[str, Any]], encoding: str = "utf-8-sig") -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


def preview(client: Client, model: Any, content: bytes, form: str = CSV) -> Any:
    file = SimpleUploadedFile("list", content)
    return client.post(address(model, "import"), {"import_file": file, "format": form, "resource": "0"})


def confirm(client: Client, model: Any, page: Any) -> Any:
    fields = page.context["confirm_form"].initial
    return client.post(address(model, "process_import"), {**fields, "resource": "0"}, follow=True)


def workbook(*rows: tuple[Any, ...]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# --- through the admin ------------------------------------------------------------


def test_list_brought_back_creates_and_changes_with_revisions(client: Client, superuser: User) -> None:
    BureauFactory(name="経済部", position=1)
    rows = rows_of(export(client, Bureau))
    rows[0]["部局名"] = "経済局"
    rows.append({**rows[0], "ID": "", "部局名": "福祉部", "並び順": "2"})

    page = preview(client, Bureau, csv_of(rows))
    before = list(Bureau.objects.values_list("name", flat=True))
    confirm(client, Bureau, page)

    assert before == ["経済部"]
    assert list(Bureau.objects.values_list("name", "position")) == [("経済局", 1), ("福祉部", 2)]
    assert list(Revision.objects.order_by("id").values_list("act", "field", "old", "by", "through")) == [
        ("changed", "name", "経済部", superuser.pk, "import"),
        ("created", "", None, superuser.pk, "import"),
    ]


def test_preview_shows_old_and_new_without_inline_style(client: Client) -> None:
    BureauFactory(name="経済部")
    rows = rows_of(export(client, Bureau))
    rows[0]["部局名"] = "<i>経済局</i>"

    page = preview(client, Bureau, csv_of(rows)).content.decode()

    assert "<del>経済部</del> <ins>&lt;i&gt;経済局&lt;/i&gt;</ins>" in page
    assert "style=" not in page


@pytest.mark.parametrize("form", [XLSX, CSV])
def test_list_brought_back_unchanged_changes_nothing(client: Client, form: str) -> None:
    MembershipFactory(section=SectionFactory(code="0100", allows_self_approval=True))
    TargetFactory(kpi=KpiFactory(name="=1+1", note="-見込\n二行目"), value=Decimal("-12.50000000"))
    models = (Bureau, Section, Membership, Kpi, Target)
    before = [list(model.objects.values()) for model in models]

    for model in models:
        page = preview(client, model, export(client, model, form), form)
        confirm(client, model, page)

    assert [list(model.objects.values()) for model in models] == before
    assert Revision.objects.count() == 0


def test_list_is_confirmed_only_by_who_previewed_it_and_only_once(
    client: Client, as_user: Callable[[User], Client]
) -> None:
    page = preview(client, Bureau, csv_of([{"ID": "", "部局名": "福祉部", "並び順": "1"}]))
    other = as_user(UserFactory(is_superuser=True))

    stolen = confirm(other, Bureau, page)
    before = Bureau.objects.count()
    confirm(client, Bureau, page)
    again = confirm(client, Bureau, page)

    assert "この取込の確認はできません" in stolen.content.decode()
    assert (before, Bureau.objects.count()) == (0, 1)
    assert "すでに実行されたか" in again.content.decode()


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", ""])
def test_confirmation_reads_no_other_file(client: Client, name: str) -> None:
    response = client.post(
        address(Bureau, "process_import"),
        {"import_file_name": name, "original_file_name": "x", "format": CSV, "resource": "0"},
    )

    assert response.status_code == 200
    assert response.context["errors"]


def test_row_with_an_unknown_id_is_refused(client: Client) -> None:
    page = preview(client, Bureau, csv_of([{"ID": "99", "部局名": "福祉部", "並び順": "1"}]))

    assert "ID 99 のデータはありません" in page.content.decode()
    assert "confirm_form" not in page.context


def test_row_taken_away_before_somebody_elses_save_is_refused(client: Client) -> None:
    kpi = KpiFactory(name="前")
    taken = export(client, Kpi)
    Kpi.objects.filter(pk=kpi.pk).update(name="ほかの人", version=2)

    page = preview(client, Kpi, taken)

    assert "書き出した後に変更されています" in page.content.decode()


def test_row_that_breaks_a_rule_is_refused_with_its_sentence(client: Client) -> None:
    BureauFactory(name="経済部")

    page = preview(client, Bureau, csv_of([{"ID": "", "部局名": "経済部", "並び順": "1"}]))

    assert "同じ部局がすでに登録されています" in page.content.decode()


def test_choice_is_written_and_read_in_words(client: Client) -> None:
    membership = MembershipFactory(role="chief")
    rows = rows_of(export(client, Membership))

    exported = rows[0]["役割"]
    rows[0]["役割"] = "代決者"
    confirm(client, Membership, preview(client, Membership, csv_of(rows)))

    membership.refresh_from_db()
    assert (exported, membership.role) == ("所属長", "deputy")


@pytest.mark.parametrize("form", [XLSX, CSV])
def test_unreadable_file_is_told(client: Client, form: str) -> None:
    page = preview(client, Bureau, b"\xff\xfe\x00\x81\x00", form)

    assert page.status_code == 200
    assert page.context["form"].errors["import_file"]


def test_list_of_users_holds_no_password(client: Client) -> None:
    user = UserFactory()
    user.set_password("geheimes-Wort")
    user.save()

    content = export(client, User).decode("utf-8-sig")

    assert "argon2" not in content
    assert "ID,ユーザー名,氏名" in content


# --- the formats themselves ------------------------------------------------------------


def table(*rows: tuple[Any, ...]) -> tablib.Dataset:
    return tablib.Dataset(*rows[1:], headers=list(rows[0]))


@pytest.mark.parametrize("text", ["=1+1", "==1+1", "+1", "-x", "@SUM(A1)", "\t=1", "\r=1", "'=1", "'x"])
def test_csv_defuses_what_looks_like_a_formula_and_reads_it_back(text: str) -> None:
    written = ListCSV().export_data(table(("名",), (text,)))

    cell = next(csv.DictReader(io.StringIO(written.decode("utf-8-sig"), newline="")))["名"]
    assert cell == "'" + text
    assert ListCSV().create_dataset(written)["名"] == [text]


def test_csv_leaves_a_negative_number_alone() -> None:
    assert ListCSV().export_data(table(("値",), (Decimal("-12.50"),))) == "\ufeff値\r\n-12.50\r\n".encode()


def test_workbook_holds_no_live_formula() -> None:
    written = ListXLSX().export_data(table(("名", "値"), ("=1+1", Decimal("-12.5")), ("@x", 3)))

    sheet = openpyxl.load_workbook(io.BytesIO(written)).active
    assert [(c.value, c.data_type) for row in sheet.iter_rows(min_row=2) for c in row] == [
        ("=1+1", "s"),
        (-12.5, "n"),
        ("@x", "s"),
        (3, "n"),
    ]
    assert ListXLSX().create_dataset(written)["名"] == ["=1+1", "@x"]


def test_number_with_more_digits_than_a_workbook_holds_stays_text() -> None:
    exact = Decimal("1234567890123456.78")

    written = ListXLSX().export_data(table(("値",), (exact,)))

    assert ListXLSX().create_dataset(written)["値"] == ["1234567890123456.78"]


def test_csv_of_excel_is_read_as_cp932() -> None:
    assert ListCSV().create_dataset("名,値\r\nⅠ－１～,１\r\n".encode("cp932")).dict == [
        {"名": "Ⅰ－１～", "値": "１"}
    ]


def test_workbook_with_a_wrong_dimension_keeps_every_row() -> None:
    content = workbook(("名",), ("一",), ("二",), ("三",))
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                assert b'ref="A1:A4"' in part
                part = part.replace(b'ref="A1:A4"', b'ref="A1:A2"')
            target.writestr(name, part)

    assert ListXLSX().create_dataset(out.getvalue())["名"] == ["一", "二", "三"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (workbook(("名",), ("=1+1",)), "セル A2 に数式があります"),
        (workbook(("名", "名"), ("一", "二")), "同じ見出し"),
        (workbook(("名",), ("一", "二")), "2行目に、見出しのない列の値"),
        (workbook(("名",), *[("一",)] * 20_001), "大きすぎます"),
        (b"PK nothing", "読み取れません"),
    ],
    ids=["formula", "same heading", "value without heading", "too long", "no workbook"],
)
def test_workbook_is_refused_with_the_place(content: bytes, words: str) -> None:
    with pytest.raises(UnreadableList, match=words):
        ListXLSX().create_dataset(content)


def test_workbook_with_one_far_cell_is_refused_quickly() -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = "名"
    book.active.cell(1_048_576, 1, "遠く")
    out = io.BytesIO()
    book.save(out)

    with pytest.raises(UnreadableList, match="大きすぎます"):
        ListXLSX().create_dataset(out.getvalue())


def test_csv_broken_in_its_quotes_is_refused() -> None:
    with pytest.raises(UnreadableList, match="行目を読み取れません"):
        ListCSV().create_dataset('名\r\n"開いたまま'.encode())


cells = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12)


@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=6))
def test_csv_and_workbook_bring_every_text_back(rows: list[tuple[str, str]]) -> None:
    kept = [row for row in rows if any(row)]
    dataset = table(("名", "値"), *kept)

    for form in (ListCSV(), ListXLSX()):
        back = form.create_dataset(form.export_data(dataset))
        assert [tuple(row) for row in back] == kept
