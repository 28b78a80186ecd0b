"""Many records at once give what one after the other gives: the same rows, the same revisions."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import FieldDoesNotExist
from django.db import IntegrityError

from history.enums import RevisionAct, Through
from history.models import Revision
from history.services import Authorship, columns, create_columns, create_record, create_records
from organization.models import Bureau, Membership, Section, User
from strategy.models import Kpi
from tests.factories.organization import SectionFactory, UserFactory

pytestmark = pytest.mark.django_db
AT = datetime(2024, 5, 28, 9, 0, tzinfo=UTC)


def authorship() -> Authorship:
    return Authorship(by=None, at=AT, through=Through.IMPORT, why="一覧")


def kpi(code: str) -> Kpi:
    return Kpi(
        code=code,
        name='「引用」"と\\と\n改行と％ %s と\u2028',
        unit="人",
        decimals=None,
        baseline_value=Decimal("-12.50"),
        unconfirmed={"unit": {"confidence": "0.8", "reason": "単位がない"}},
    )


def contents(record: object) -> dict[str, str | None]:
    revision = Revision.objects.for_record(record).get()
    assert (revision.act, revision.why, revision.at) == (RevisionAct.CREATED.value, "一覧", AT)
    return json.loads(revision.new or "")


def fields(record: object) -> dict[str, object]:
    return {f.attname: getattr(record, f.attname) for f in record._meta.concrete_fields}


def test_many_records_equal_single_ones():
    one = create_record(kpi("K0"), authorship=authorship())

    many = create_records([kpi(f"K{number}") for number in range(1, 3)], authorship=authorship())

    for found in Kpi.objects.filter(pk__in=[made.pk for made in many]).order_by("code"):
        own = {"id": str(found.pk), "code": found.code}
        assert contents(found) == {**contents(one), **own}
        assert fields(found) == {**fields(Kpi.objects.get(code="K0")), "id": found.pk, "code": found.code}
    assert [made.code for made in many] == ["K1", "K2"]


def test_dates_and_references_equal_single_ones():
    section, user = SectionFactory(), UserFactory()
    one, two = (
        Membership(user=user, section=section, role="staff", starts_on=date(2024, 4, day)) for day in (1, 2)
    )

    create_record(one, authorship=authorship())
    create_records([two], authorship=authorship())

    assert contents(two) == {**contents(one), "id": str(two.pk), "starts_on": "2024-04-02"}
    assert fields(Membership.objects.get(pk=two.pk)) == fields(two)


@pytest.mark.parametrize("count", [1, 49, 50, 121])
def test_columns_are_written_in_order_whatever_their_length(monkeypatch, count):
    monkeypatch.setattr(columns, "_PART", 60)
    names = [f"{number}課" for number in range(count)]

    ids = create_columns(Section, {"name": names}, {"position": 3}, authorship=authorship())

    assert list(Section.objects.order_by("id").values_list("id", "name", "position")) == [
        (pk, name, 3) for pk, name in zip(ids, names, strict=True)
    ]
    revisions = Revision.objects.order_by("id").values_list("record_type", "record_id", "new")
    assert [(kind, pk, json.loads(new)["name"]) for kind, pk, new in revisions] == [
        ("organization.section", pk, name) for pk, name in zip(ids, names, strict=True)
    ]


def test_no_columns_write_nothing():
    assert list(create_columns(Section, {"name": []}, authorship=authorship())) == []
    assert Revision.objects.count() == 0


@pytest.mark.parametrize("names", [["一課"], ["一課", "二課", "三課"]])
def test_columns_of_different_lengths_are_refused(monkeypatch, names):
    monkeypatch.setattr(columns, "_PART", 2)

    with pytest.raises(ValueError, match="values to unpack"):
        create_columns(Section, {"position": [1, 2], "name": names}, authorship=authorship())

    assert Section.objects.count() == 0


def test_an_id_is_never_given_twice():
    first = create_record(Bureau(name="市長公室"), authorship=authorship())
    pk = first.pk
    Bureau.objects.filter(pk=pk).delete()

    (second,) = create_columns(Bureau, {"name": ["総務部"]}, authorship=authorship())
    third = create_record(Bureau(name="財政部"), authorship=authorship())

    assert pk < second < third.pk


def test_a_broken_row_leaves_nothing_of_the_others():
    Bureau.objects.create(pk=1_000, name="市長公室")

    with pytest.raises(IntegrityError):
        create_columns(Bureau, {"name": ["総務部", None]}, authorship=authorship())

    assert list(Bureau.objects.values_list("name", flat=True)) == ["市長公室"]
    assert Revision.objects.count() == 0


def test_a_column_the_model_has_not_is_refused():
    with pytest.raises(FieldDoesNotExist, match="bureau_name"):
        create_columns(Section, {"name": ["課"], "bureau_name": ["部"]}, authorship=authorship())


def test_passwords_of_many_are_never_kept():
    users = [User(username=name, password="pbkdf2$secret") for name in ("a", "b")]

    create_records(users, authorship=authorship())

    assert not Revision.objects.filter(new__contains="secret").exists()


@pytest.mark.parametrize(
    "values",
    [
        [],
        [{}, {"a": "、", "b": None}, [], [1, "二"], None],
        [{"a": ["x", "\ue000", "y"]}, {"b": "\ue000"}],
        ["\ue000", "\ue000", "a", 0, False],
        [{"a": ', "\ue000", '}, [2]],
    ],
)
def test_json_written_at_once_is_that_of_each_value(values):
    texts = columns._json_texts(json.JSONEncoder(ensure_ascii=False), values)

    assert texts == [None if value is None else json.dumps(value, ensure_ascii=False) for value in values]


def test_columns_updated_equal_saved_records():
    first, second = (create_record(kpi(code), authorship=authorship()) for code in ("K1", "K2"))
    section = SectionFactory()
    membership = Membership.objects.create(
        user=UserFactory(), section=SectionFactory(), role="staff", starts_on=date(2024, 4, 1)
    )

    columns.update_columns(
        Kpi,
        [second.pk, first.pk],
        {"baseline_value": [Decimal("0.5"), None], "unconfirmed": [{"name": {"reason": "、"}}, {}]},
    )
    columns.update_columns(
        Membership, [membership.pk], {"section_id": [section.pk], "ends_on": [date(2025, 3, 31)]}
    )

    first.baseline_value, first.unconfirmed = None, {}
    second.baseline_value, second.unconfirmed = Decimal("0.5"), {"name": {"reason": "、"}}
    for record in (first, second):
        assert fields(Kpi.objects.get(pk=record.pk)) == fields(record)
    membership.refresh_from_db()
    assert (membership.section, membership.ends_on) == (section, date(2025, 3, 31))
