"""What `dev.py` decides before anything is installed."""

import re
import socket
import sqlite3
from pathlib import Path

import pytest

from workbench import checking, environment, house, postgresql, running


def test_every_wanted_package_is_pinned_with_hashes_and_no_registry_is_named():
    assert checking.unpinned() == []
    for name in (environment.RUN, environment.DEV):
        text = (house.ROOT / name).read_text(encoding="utf-8")
        assert re.findall(r"https?://|--index-url|--find-links", text) == []


def test_unpinned_names_what_is_missing_unhashed_or_different(tmp_path, monkeypatch):
    monkeypatch.setattr(checking, "ROOT", tmp_path)
    (tmp_path / "requirements.in").write_text("Django>=5.2,<5.3\npsycopg[binary,pool]\n# a comment\n")
    (tmp_path / "requirements-dev.in").write_text("-r requirements.in\npytest_django\n")
    hashed = " \\\n    --hash=sha256:00\n"
    (tmp_path / "requirements.txt").write_text(f"django==5.2.1{hashed}    # via -r requirements.in\n")
    (tmp_path / "requirements-dev.txt").write_text(
        f"django==5.2.2{hashed}psycopg[binary,pool]==3.2{hashed}pytest-django==4.1\n"
    )

    assert checking.unpinned() == [
        "django の版が requirements.txt と requirements-dev.txt で異なります（dev.py lock）。",
        "requirements-dev.txt の pytest-django にハッシュがありません。",
        "requirements.in の psycopg が requirements.txt にありません（dev.py lock）。",
    ]


def test_environment_is_renewed_only_when_the_requirements_change(tmp_path, monkeypatch):
    installed = []
    monkeypatch.setattr(environment, "STAMP", tmp_path / "stamp.json")
    monkeypatch.setattr(environment, "PYTHON", tmp_path)  # it exists
    monkeypatch.setattr(environment, "with_uv", lambda file: installed.append(file) or True)

    for wanted in (environment.RUN, environment.RUN, environment.DEV, environment.RUN, environment.DEV):
        environment.ensure_environment(wanted)

    assert installed == [environment.RUN, environment.DEV]


def test_environment_that_cannot_be_made_is_told_with_the_way_out(tmp_path, monkeypatch):
    monkeypatch.setattr(environment, "STAMP", tmp_path / "stamp.json")
    monkeypatch.setattr(environment, "with_uv", lambda file: False)
    monkeypatch.setattr(environment, "with_pip", lambda file: False)

    with pytest.raises(house.Refusal, match="wheelhouse/"):
        environment.ensure_environment(environment.RUN)

    assert not environment.STAMP.exists()


@pytest.mark.parametrize("given", ["abc", "0", "65536", "-1", "８０００"])
def test_port_that_is_none_is_refused_with_a_sentence(monkeypatch, given):
    monkeypatch.setenv("PORT", given)

    with pytest.raises(house.Refusal, match="PORT は 1〜65535"):
        running.chosen_port()


@pytest.mark.parametrize(("given", "port"), [("", 8000), ("8123", 8123)])
def test_port_is_chosen_by_the_environment(monkeypatch, given, port):
    monkeypatch.setenv("PORT", given)

    assert running.chosen_port() == port


def test_port_in_use_is_told_before_anything_is_done():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(house.Refusal, match=f"ポート {port} はほかのプログラムが使っています"):
            running.refuse_taken_port(port)

    running.refuse_taken_port(port)


def test_applied_migrations_are_asked_of_the_database_itself(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    assert running.applied_migrations() == set()

    with sqlite3.connect(tmp_path / "tsukuba_kpi.sqlite3") as database:
        assert running.applied_migrations() == set()
        database.execute("CREATE TABLE django_migrations (app TEXT, name TEXT)")
        database.execute("INSERT INTO django_migrations VALUES ('history', '0001_initial')")
    database.close()

    assert running.applied_migrations() == {"history/0001_initial"}


def test_own_migrations_are_those_of_the_house():
    found = running.own_migrations()

    assert {"history/0003_refuse_changes", "strategy/0001_initial"} <= found
    assert {name.split("/")[0] for name in found} <= set(house.APPS)


def test_database_url_of_a_directory_with_signs_in_its_name(tmp_path, monkeypatch):
    directory = tmp_path / "市 100%25#1"
    directory.mkdir()
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("DATA_DIR", str(directory))
    with sqlite3.connect(directory / "tsukuba_kpi.sqlite3") as database:
        database.execute("CREATE TABLE django_migrations (app TEXT, name TEXT)")
        database.execute("INSERT INTO django_migrations VALUES ('history', '0001_initial')")
    database.close()

    assert running.applied_migrations() == {"history/0001_initial"}


@pytest.mark.skipif(postgresql.postgresql_programs() is None, reason="PostgreSQL がこの機械にありません")
def test_temporary_postgresql_answers_and_leaves_nothing_behind():
    import psycopg

    with postgresql.temporary_postgresql(postgresql.postgresql_programs()) as url:
        with psycopg.connect(url) as connection:
            answer = connection.execute("SELECT current_setting('server_encoding')").fetchone()
            directory = Path(connection.execute("SHOW data_directory").fetchone()[0]).parent
        assert directory.is_dir()

    assert answer == ("UTF8",)
    assert not directory.exists()
