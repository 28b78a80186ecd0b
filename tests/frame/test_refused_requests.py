"""Nothing typed is lost, and every refusal says in Japanese what to do."""

import html
import re
from collections.abc import Callable

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from organization.models import User
from tests.factories.organization import UserFactory
from tsukuba_kpi.middleware import explain_refused_method
from tsukuba_kpi.unsent import page_of_form, unsent_form

AsUser = Callable[[User], Client]
SAME = {"HTTP_ORIGIN": "http://testserver"}
ELSEWHERE = {"HTTP_ORIGIN": "https://elsewhere.example"}
TEXT = "一行目\n二行目 <b>太字</b>"
FORM = {"answers-factors": TEXT, "version": "3", "act": "submit"}


def resending_form(page: str) -> tuple[str, dict[str, str]]:
    """Return action and fields of the form that sends the texts again."""
    form = re.search(r'<form action="([^"]*)" method="post" data-guard>(.*?)</form>', page, re.DOTALL)
    assert form is not None
    fields = dict(re.findall(r'<input type="(?:text|hidden)"[^>]*? name="([^"]+)" value="([^"]*)"', form[2]))
    fields |= dict(re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>\n?(.*?)</textarea>', form[2], re.DOTALL))
    return html.unescape(form[1]), {name: html.unescape(value) for name, value in fields.items()}


@pytest.fixture
def strict(db: None) -> Client:
    """Return a signed-in client whose forms need a token."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(UserFactory(), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_csrf_failure_shows_what_was_typed_and_sends_it_again(strict: Client) -> None:
    address = reverse("organization:password_change") + "?step=2"

    page = strict.post(address, FORM, **SAME)
    action, fields = resending_form(page.content.decode())
    again = strict.post(action, fields, **SAME)

    assert page.status_code == 403
    assert action == address
    assert {name: fields[name] for name in fields.keys() - {"csrfmiddlewaretoken", "opened_by"}} == FORM
    assert again.status_code == 200  # the token was taken: the form itself answers


@pytest.mark.parametrize(
    "headers",
    [{}, ELSEWHERE, {"HTTP_ORIGIN": "null"}, {**SAME, "HTTP_SEC_FETCH_SITE": "cross-site"}],
    ids=["unknown", "elsewhere", "hidden", "contradiction"],
)
def test_csrf_failure_of_a_foreign_page_only_shows_the_texts(strict: Client, headers: dict[str, str]) -> None:
    page = strict.post(reverse("help"), FORM, **headers).content.decode()

    assert 'method="post"' not in page
    assert html.escape(TEXT) in page


def test_csrf_failure_never_shows_a_password(strict: Client) -> None:
    page = strict.post(
        reverse("organization:sign_in"), {"username": "hanako", "password": "geheim-1"}, **SAME
    ).content.decode()

    assert "geheim-1" not in page
    assert "hanako" in page
    assert 'method="post"' not in page


def test_form_sent_after_the_session_ended_keeps_its_texts(db: None) -> None:
    page = Client().post(reverse("organization:account"), FORM, **SAME)

    assert page.status_code == 403
    assert "サインインの有効時間が過ぎました" in page.content.decode()
    assert resending_form(page.content.decode())[1]["answers-factors"] == TEXT


def test_form_kept_over_the_end_of_a_session_is_sent_after_signing_in_again(db: None) -> None:
    client = Client(enforce_csrf_checks=True)
    address = reverse("organization:password_change")
    client.get(reverse("organization:sign_in"))
    token = client.cookies["csrftoken"].value
    first = client.post(address, {**FORM, "csrfmiddlewaretoken": token}, **SAME)
    action, fields = resending_form(first.content.decode())
    client.force_login(UserFactory(), backend="django.contrib.auth.backends.ModelBackend")

    second = client.post(action, {**fields, "csrfmiddlewaretoken": "old" * 8}, **SAME)
    action, fields = resending_form(second.content.decode())
    third = client.post(action, fields, **SAME)

    assert (first.status_code, second.status_code, third.status_code) == (403, 403, 200)
    assert fields["answers-factors"] == TEXT


def test_foreign_form_without_session_is_led_to_the_sign_in_page(db: None) -> None:
    response = Client().post(reverse("organization:account"), FORM, **ELSEWHERE)

    assert (response.status_code, response["Location"]) == (302, "/account/sign-in/?next=/")


def test_signed_out_reader_comes_back_to_the_page_they_asked_for(db: None) -> None:
    response = Client().get(reverse("help") + "?a=1")

    assert response["Location"] == "/account/sign-in/?next=/help/%3Fa%3D1"


# --- two people at one computer ---------------------------------------------------------------------


def test_a_form_another_person_opened_is_neither_taken_nor_shown(db: None, as_user: AsUser) -> None:
    first, second = UserFactory(), UserFactory()
    page = as_user(first).get(reverse("organization:password_change")).content.decode()
    assert f'name="opened_by" value="{first.pk}"' in page

    client = Client(enforce_csrf_checks=True)
    client.force_login(second)
    refused = client.post(reverse("home"), {**FORM, "opened_by": str(first.pk)}, **SAME)

    assert refused.status_code == 409
    assert "別の人が開いた画面です" in refused.content.decode()
    assert "一行目" not in refused.content.decode()


def test_a_form_of_an_ended_session_is_sent_again_only_by_the_same_person(db: None, as_user: AsUser) -> None:
    first, second = UserFactory(), UserFactory()
    form = {**FORM, "opened_by": str(first.pk)}
    page = Client().post(reverse("organization:account"), form, **SAME).content.decode()
    action, fields = resending_form(page)

    assert fields["opened_by"] == str(first.pk)
    assert as_user(second).post(action, fields).status_code == 409
    assert as_user(first).post(action, fields).status_code == 405, "the page takes no forms: it was asked"


def test_signing_out_changes_the_token_by_which_pages_know_their_sign_in(db: None, as_user: AsUser) -> None:
    client = as_user(UserFactory())
    client.get(reverse("help"))
    before = client.cookies["csrftoken"].value

    client.post(reverse("organization:sign_out"))

    assert client.cookies["csrftoken"].value != before


@pytest.mark.parametrize(
    ("referer", "expected"),
    [
        ("http://testserver/sheets/1/?a=1", "/sheets/1/?a=1"),
        ("http://testserver//elsewhere.example/", "/elsewhere.example/"),
        ("https://elsewhere.example/sheets/", ""),
        ("", ""),
    ],
)
def test_page_of_form_is_a_path_of_this_site(rf: RequestFactory, referer: str, expected: str) -> None:
    assert page_of_form(rf.post("/x", HTTP_REFERER=referer)) == expected


def test_unsent_form_is_never_sent_to_another_host(rf: RequestFactory) -> None:
    request = rf.post("/", FORM, PATH_INFO="//elsewhere.example/", **SAME)

    assert unsent_form(request).action == "/%2Felsewhere.example/"


@pytest.mark.parametrize(
    ("status", "words"),
    [(403, "この操作はできません"), (404, "ページが見つかりません"), (405, "直接開けません")],
)
def test_refusal_has_a_page_in_japanese(strict: Client, status: int, words: str) -> None:
    if status == 405:
        response = strict.get(reverse("organization:sign_out"))
    elif status == 404:
        response = strict.get("/no/such/page/")
    else:
        response = strict.get(reverse("admin:index"), follow=True)

    assert response.status_code == status
    assert words in response.content.decode()


def test_refused_method_still_names_the_allowed_ones(strict: Client) -> None:
    response = strict.get(reverse("organization:sign_out"))

    assert response["Allow"] == "POST, OPTIONS"


def test_refused_method_keeps_an_answer_that_has_a_body(rf: RequestFactory) -> None:
    from django.http import HttpResponseNotAllowed

    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponseNotAllowed(["POST"], b'{"detail": "POST"}')

    assert explain_refused_method(view)(rf.get("/")).content == b'{"detail": "POST"}'


def test_server_error_page_needs_no_database() -> None:
    from django.template.loader import get_template

    page = get_template("500.html").render()

    assert "処理できませんでした" in page


@pytest.mark.parametrize("code", ["400", "403", "404", "405"])
def test_error_pages_render_without_a_user(code: str, rf: RequestFactory) -> None:
    from django.template.loader import get_template

    assert f"エラー番号 {code}" in get_template(f"{code}.html").render({}, rf.get("/"))


# --- the first password ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["home", "help", "organization:account", "admin:index"])
def test_one_time_password_must_be_replaced_first(db: None, name: str) -> None:
    client = Client()
    client.force_login(
        UserFactory(must_change_password=True), backend="django.contrib.auth.backends.ModelBackend"
    )

    response = client.get(reverse(name))

    assert (response.status_code, response["Location"]) == (302, reverse("organization:password_change"))
