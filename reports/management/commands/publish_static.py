"""Write everything that is published as a folder of files that any web server can serve."""

import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import resolve, reverse

from reports.calculations.static_links import file_of, links_in, with_relative_links
from reports.paper.typeset import Template, kept_pdf
from reports.selectors.papers import papers_folder, report_words
from reports.selectors.publications import latest_issues

MARKER = ".publish_static"
# Whoever opens the folder itself is led to the first page.
ENTRANCE = """<!DOCTYPE html>
<html lang="ja">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="refresh" content="0; url={page}">
    <title>公表ページ</title>
  </head>
  <body><main><h1>公表ページ</h1><p><a href="{page}">公表ページを開く</a></p></main></body>
</html>
"""


class Command(BaseCommand):
    """Walk the public pages from the first one and keep what each answers."""

    help = (
        "公表している内容を、静的なファイルのフォルダに書き出します（別の公開用ウェブサーバーに置くため）。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the folder."""
        parser.add_argument("folder", type=Path, metavar="FOLDER", help="書き出すフォルダ")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write into a folder beside it and put that in its place: readers never see half of it."""
        folder: Path = options["folder"].resolve()
        if folder.exists() and any(folder.iterdir()) and not (folder / MARKER).exists():
            raise CommandError(
                f"「{folder}」はこの命令が作ったフォルダではないため、置き換えません。"
                "空のフォルダか、前回書き出したフォルダを指定してください。"
            )
        fresh = folder.with_name(folder.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        count = write_site(fresh)
        (fresh / MARKER).write_text("publish_static\n", encoding="utf-8")
        old = folder.with_name(folder.name + ".old")
        shutil.rmtree(old, ignore_errors=True)
        if folder.exists():
            folder.rename(old)
        fresh.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
        self.stdout.write(f"{count}ファイルを「{folder}」に書き出しました。")


def write_site(folder: Path) -> int:
    """Write every public page and file, and the styles they use; return how many."""
    # Long reports are made behind a page where somebody waits; here they are needed at once.
    for issue in latest_issues():
        kept_pdf(Template.REPORT, report_words(issue.publication), papers_folder())
    start = reverse("reports:public_home")
    # The address of a plan without a year is there to be remembered: no page needs to link to it.
    codes = {plan.code for issue in latest_issues() for plan in issue.content.plans}
    waiting = [start, *(reverse("reports:public_plan", args=[code]) for code in sorted(codes))]
    seen = set(waiting)
    while waiting:
        address = waiting.pop()
        content, links = _fetch(address, start)
        _write(folder, address, content)
        fresh = sorted(set(links) - seen)
        seen.update(fresh)
        waiting += fresh
    entrance = ENTRANCE.format(page=file_of(start).lstrip("/"))
    (folder / "index.html").write_text(entrance, encoding="utf-8")
    return len(seen) + 1


def _fetch(address: str, start: str) -> tuple[bytes, list[str]]:
    if not address.startswith(start):
        return _asset(address), []
    request = RequestFactory().get(address)
    request.user = AnonymousUser()
    # Pages leave out what only a running product can answer (see the templates).
    request.is_static_copy = True  # type: ignore[attr-defined]
    match = resolve(address)
    response: HttpResponse = match.func(request, *match.args, **match.kwargs)
    if response.status_code != 200:
        raise CommandError(f"公開ページ「{address}」を書き出せません（状態 {response.status_code}）。")
    if not response["Content-Type"].startswith("text/html"):
        return response.content, []
    page, starts = response.content.decode(), (start, settings.STATIC_URL)
    return with_relative_links(page, address, starts).encode(), links_in(page, starts)


def _asset(address: str) -> bytes:
    name = address.removeprefix(settings.STATIC_URL)
    found = finders.find(name)
    if found is not None:
        return Path(found).read_bytes()
    with staticfiles_storage.open(name) as file:
        return bytes(file.read())


def _write(folder: Path, address: str, content: bytes) -> None:
    target = folder / file_of(address).lstrip("/")
    if folder not in target.resolve().parents:
        raise CommandError(f"公開ページの番地「{address}」がフォルダの外を指しています。")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
