"""Who may do what with every address: the one literal table of the sweep in `test_rights.py`.

A rule names an address, a method and what it is used on, and puts each role into one group:

    yes      the page is shown or the act is done (a form may still find faults in what was typed)
    refused  403: the thing is known to the person, the act is not theirs
    absent   404: for this person the thing does not exist

Whoever is in no group must fail the test, so every rule speaks of every role. `anonymous` is sent to
the sign-in page and need not be named; a public page names it under `yes`. A method without a rule
must answer 405 to everybody. docs/adding.md shows how a new page gets its rules.

In the world of the tests "own" means 産業振興課: `clerk`, `chief` and `deputy` are of that section,
`other_clerk` and `other_chief` of 広報戦略課, and the objects below belong to 産業振興課.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from evaluations.enums import RoundState, SheetState
from evaluations.models import Round
from history.services import Authorship
from importers.calculations.rows import Location, SourceRow
from importers.sources.wire import encode
from organization.models import User
from reports.models import Publication
from reports.services import publish_round
from strategy.models import Plan, PlanNode
from tests.factories.importers import ImportRowFactory, ImportRunFactory
from tests.factories.world import World
from tests.rights_of_round_books import ROUND_BOOK_OBJECTS, ROUND_BOOK_RULES
from tests.rights_of_sheets import SHEET_OBJECTS, SHEET_RULES
from tests.rights_rule import (
    EVERYBODY,
    IMPORTERS,
    KEEPERS,
    NOT_ADMINISTRATORS,
    NOT_KEEPERS,
    NOT_PLANNING,
    SIGNED_IN,
    Rule,
)


def finish(collection: Round) -> Round:
    """End a round with every sheet finalised."""
    for sheets in (collection.kpi_sheets, collection.program_evaluations):
        sheets.update(state=SheetState.FINALISED)
    Round.objects.filter(pk=collection.pk).update(state=RoundState.FINALISED)
    collection.refresh_from_db()
    return collection


def described(node: PlanNode) -> PlanNode:
    node.description = "市民向けの説明"
    node.save()
    return node


def issue(world: World, collection: Round | None = None) -> Publication:
    """Publish a round once, whoever asks first."""
    collection = collection or world.round
    found = Publication.objects.filter(round=collection).first()
    authorship = Authorship(by=world.planning, at=datetime(2026, 9, 1, tzinfo=UTC))
    return found or publish_round(collection=finish(collection), authorship=authorship)


def published(world: World) -> Plan:
    """Return the plan whose round has been published."""
    issue(world)
    return world.plan


def previewed_import(user: User, *, kind: str = "actuals") -> int:
    """Return a run under review that a person has brought in."""
    run = ImportRunFactory(kind=kind, created_by=user, stored_file=SimpleUploadedFile("a.csv", b"a"))
    fields = {"kpi": "指標", "fiscal_year": 2024, "target": None, "actual": None, "status": None}
    source = encode(SourceRow(Location("a.csv", row=1), fields))
    ImportRowFactory(run=run, position=1, fields=fields, source=source)
    run.tables = [{"place": "a.csv", "fingerprint": "f" * 64, "title": "", "missing": [], "columns": []}]
    run.save()
    return run.pk


def previewed_pdf(user: User) -> int:
    """Return a run of a list of programs whose row stands on the page of a PDF."""
    page = (Path(__file__).parents[1] / "fixtures" / "midoridai" / "programs_r6.pdf").read_bytes()
    run = ImportRunFactory(
        kind="programs", format="pdf", created_by=user, stored_file=SimpleUploadedFile("a.pdf", page)
    )
    place = {"file": "a.pdf", "page": 1, "row": 2, "box": [17, 85, 823, 174]}
    ImportRowFactory(run=run, position=1, location=place)
    return run.pk


# Tables of inputs that bring no row.
NO_ROWS = {
    f"{name}-{form}_FORMS": "0" for name in ("parts", "breaks", "rows") for form in ("TOTAL", "INITIAL")
}

# What an address is used on: a function that prepares the world and returns the address's arguments.
OBJECTS: dict[str, Callable[[World], dict[str, Any]]] = {
    "nothing": lambda world: {},
    "clerk": lambda world: {"pk": world.of_industry.clerk.pk},
    "clerk's membership": lambda world: {"pk": world.of_industry.clerk.memberships.get().pk},
    "reader's role": lambda world: {"pk": world.reader.role_grants.get().pk},
    "section": lambda world: {"pk": world.industry.pk},
    "bureau": lambda world: {"pk": world.industry.bureau_id},
    "plan": lambda world: {"code": world.plan.code},
    "plan's node": lambda world: {"code": world.plan.code, "pk": world.measure.pk},
    "file": lambda world: {"form": "csv"},
    "plan's file": lambda world: {"code": world.plan.code, "form": "csv"},
    "node": lambda world: {"pk": world.goal.pk},
    "kpi": lambda world: {"code": world.industry_kpi.code},
    "scheme": lambda world: {"pk": world.plan.rating_scheme_id},
    "program": lambda world: {"pk": world.industry_program.program_id},
    "program in the API": lambda world: {
        "fiscal_year": world.industry_program.fiscal_year,
        "key": str(world.industry_program.program.number),
    },
    "finished round": lambda world: {"pk": finish(world.round).pk},
    "kpi to publish": lambda world: {"pk": finish(world.round).pk, "code": world.industry_kpi.code},
    "node to publish": lambda world: {
        "pk": finish(world.round).pk,
        "code": world.plan.code,
        "key": described(world.goal).ascii_code,
    },
    "program to publish": lambda world: {
        "pk": finish(world.program_round).pk,
        "key": str(world.industry_program.program.number),
    },
    "published plan": lambda world: {"code": published(world).code},
    "published year": lambda world: {"code": published(world).code, "fiscal_year": 2019},
    "published node": lambda world: {
        "code": published(world).code,
        "fiscal_year": 2019,
        "key": world.goal.ascii_code,
    },
    "published kpi": lambda world: {
        "code": published(world).code,
        "fiscal_year": 2019,
        "kpi_code": world.industry_kpi.code,
    },
    "published paper": lambda world: {"pk": issue(world).pk, "kpi_code": world.industry_kpi.code},
    "published kpi code": lambda world: {"code": issue(world) and world.industry_kpi.code},
    "publication": lambda world: {"pk": issue(world).pk},
    "published program's paper": lambda world: {
        "pk": issue(world, world.program_round).pk,
        "key": str(world.industry_program.program.number),
    },
    "published node's paper": lambda world: {
        "pk": issue(world).pk,
        "code": world.plan.code,
        "key": world.goal.ascii_code,
    },
    "published list": lambda world: {"pk": issue(world).pk, "code": world.plan.code},
    "published table": lambda world: {"pk": issue(world).pk, "key": "kpis", "form": "csv"},
    "published program": lambda world: {
        "fiscal_year": issue(world, world.program_round).round.fiscal_year,
        "key": str(world.industry_program.program.number),
    },
    "planning's import": lambda world: {"pk": previewed_import(world.planning)},
    "row of planning's PDF": lambda world: {"pk": previewed_pdf(world.planning), "position": 1},
    "row of planning's import": lambda world: {"pk": previewed_import(world.planning), "position": 1},
    "clerk's import": lambda world: {"pk": previewed_import(world.of_industry.clerk)},
    "row of clerk's import": lambda world: {"pk": previewed_import(world.of_industry.clerk), "position": 1},
    # Even the one that planning brought in while they were an administrator is theirs no more.
    "list of staff": lambda world: {"pk": previewed_import(world.planning, kind="staff")},
    "row of a list of staff": lambda world: {
        "pk": previewed_import(world.planning, kind="staff"),
        "position": 1,
    },
    "form": lambda world: {"place": "sheet_return.kpi.1"},
    "form in a window": lambda world: {"place": "sheet_return.kpi.1", "window": "0123456789abcdef"},
    **SHEET_OBJECTS,
    **ROUND_BOOK_OBJECTS,
}

RULES: tuple[Rule, ...] = (
    # --- programs ------------------------------------------------------------------------------------
    Rule("programs:program_link_list", "GET", on="plan", yes=KEEPERS, refused=NOT_KEEPERS),
    Rule("programs:program_link_list", "POST", on="plan", yes="planning", refused=NOT_PLANNING),
    # --- frame ---------------------------------------------------------------------------------------
    Rule("home", "GET", yes=SIGNED_IN),
    Rule("health", "GET", yes=EVERYBODY),
    Rule("help", "GET", yes=SIGNED_IN),
    # --- account -------------------------------------------------------------------------------------
    Rule("organization:account", "GET", yes=SIGNED_IN),
    Rule("organization:sign_in", "GET", yes=EVERYBODY),
    Rule("organization:sign_in", "POST", yes=EVERYBODY),
    Rule("organization:sign_out", "POST", yes=EVERYBODY),
    Rule("organization:password_change", "GET", yes=SIGNED_IN),
    Rule("organization:password_change", "POST", yes=SIGNED_IN),
    # Everybody keeps what they type themselves; it is handed out with the form it was typed into.
    Rule(
        "organization:form_draft_keep",
        "POST",
        on="form in a window",
        data={"turn": "1", "draft.reason": "途中"},
        yes=SIGNED_IN,
    ),
    Rule("organization:form_draft_discard", "POST", on="form", yes=SIGNED_IN),
    # --- organization --------------------------------------------------------------------------------
    Rule("organization:user_list", "GET", yes="administrator", refused=NOT_ADMINISTRATORS),
    Rule("organization:user_create", "GET", yes="administrator", refused=NOT_ADMINISTRATORS),
    Rule(
        "organization:user_create",
        "POST",
        data={"username": "new", "display_name": "新人"},
        yes="administrator",
        refused=NOT_ADMINISTRATORS,
    ),
    Rule("organization:user_detail", "GET", on="clerk", yes="administrator", refused=NOT_ADMINISTRATORS),
    Rule(
        "organization:user_detail",
        "POST",
        on="clerk",
        data={"username": "new", "display_name": "改名"},
        yes="administrator",
        refused=NOT_ADMINISTRATORS,
    ),
    Rule(
        "organization:user_activity",
        "POST",
        on="clerk",
        data={"is_active": "0"},
        yes="administrator",
        refused=NOT_ADMINISTRATORS,
    ),
    Rule(
        "organization:user_password_reset",
        "POST",
        on="clerk",
        yes="administrator",
        refused=NOT_ADMINISTRATORS,
    ),
    *(
        Rule(name, method, on=on, data=data, yes="administrator", refused=NOT_ADMINISTRATORS)
        for name, on, data in (
            ("organization:membership_create", "clerk", {"role": "chief", "starts_on": "2024-04-01"}),
            ("organization:role_grant_create", "clerk", {"role": "planning", "starts_on": "2024-04-01"}),
            ("organization:membership_edit", "clerk's membership", {"act": "delete"}),
            ("organization:role_grant_edit", "reader's role", {"act": "delete"}),
            ("organization:section_edit", "section", {"name": "改名課", "position": "1"}),
            ("organization:bureau_edit", "bureau", {"name": "改名部", "position": "1"}),
            ("organization:section_create", "nothing", {"name": "新設課", "position": "1"}),
            ("organization:bureau_create", "nothing", {"name": "新設部", "position": "1"}),
        )
        for method in ("GET", "POST")
    ),
    Rule("organization:section_list", "GET", yes="administrator", refused=NOT_ADMINISTRATORS),
    # --- reports -------------------------------------------------------------------------------------
    *(
        Rule(f"reports:{name}", "GET", yes=SIGNED_IN)
        for name in ("plan_list", "program_list", "section_list")
    ),
    *(
        Rule(f"reports:{name}", "GET", on=on, yes=SIGNED_IN)
        for name, on in (
            ("kpi_list_file", "plan's file"),
            ("plan_values_file", "plan's file"),
            ("program_list_file", "file"),
        )
    ),
    *(
        Rule(f"reports:{name}", "GET", on=on, yes=SIGNED_IN)
        for name, on in (
            ("plan_detail", "plan"),
            ("plan_years", "plan"),
            ("kpi_list", "plan"),
            ("node_detail", "node"),
            ("kpi_detail", "kpi"),
            ("program_detail", "program"),
            ("section_detail", "section"),
            ("bureau_detail", "bureau"),
        )
    ),
    Rule("reports:publication_create", "GET", on="finished round", yes="planning", refused=NOT_PLANNING),
    Rule("reports:publication_create", "POST", on="finished round", yes="planning", refused=NOT_PLANNING),
    Rule("reports:publication_report", "GET", on="finished round", yes="planning", refused=NOT_PLANNING),
    *(
        Rule(
            f"reports:publication_{what}",
            method,
            on=f"{what} to publish",
            yes="planning",
            refused=NOT_PLANNING,
        )
        for what in ("kpi", "program", "node")
        for method in ("GET", "POST")
    ),
    Rule("reports:publication_withdraw", "POST", on="finished round", yes="planning", refused=NOT_PLANNING),
    Rule("reports:publication_preview", "GET", on="finished round", yes="planning", refused=NOT_PLANNING),
    *(
        Rule(f"reports:{name}", "GET", yes=EVERYBODY)
        for name in ("public_home", "public_program_list", "public_data", "public_search", "public_history")
    ),
    *(
        Rule(f"reports:api_{name}", "GET", yes=EVERYBODY)
        for name in (
            "docs",
            "openapi",
            "plan_list",
            "kpi_list",
            "program_list",
            "publication_list",
            "code_list",
        )
    ),
    *(
        Rule(f"reports:api_{name}", "GET", on=on, yes=SIGNED_IN, absent="anonymous")
        for name, on in (
            ("plan", "plan"),
            ("node_list", "plan"),
            ("kpi", "kpi"),
            ("series", "kpi"),
            ("program", "program in the API"),
        )
    ),
    *(Rule(f"reports:{name}", "GET", on="plan", absent=EVERYBODY) for name in ("public_plan",)),
    *(
        Rule(f"reports:{name}", "GET", on=on, yes=EVERYBODY)
        for name, on in (
            ("public_plan", "published plan"),
            ("public_plan_year", "published year"),
            ("public_node", "published node"),
            ("public_kpi", "published kpi"),
            ("public_program", "published program"),
            ("public_data_file", "published table"),
            ("public_report", "publication"),
            ("public_report_book", "publication"),
            ("public_program_paper", "published program's paper"),
            ("public_node_paper", "published node's paper"),
            ("public_list_paper", "published list"),
            ("public_kpi_paper", "published paper"),
            ("api_plan", "published plan"),
            ("api_node_list", "published plan"),
            ("api_kpi", "published kpi code"),
            ("api_series", "published kpi code"),
            ("api_program", "published program"),
        )
    ),
    # --- imports -------------------------------------------------------------------------------------
    Rule("importers:import_run_list", "GET", yes=IMPORTERS, refused="committee reader outsider"),
    *(
        Rule("importers:import_run_create", method, yes=IMPORTERS, refused="committee reader outsider")
        for method in ("GET", "POST")
    ),
    *(
        Rule(f"importers:{name}", method, on=on, yes=KEEPERS, absent=NOT_KEEPERS)
        for name, method, on in (
            ("import_run_detail", "GET", "planning's import"),
            ("import_run_progress", "GET", "planning's import"),
            ("import_run_file", "GET", "planning's import"),
            ("import_run_columns", "GET", "planning's import"),
            ("import_run_columns", "POST", "planning's import"),
            ("import_row_edit", "GET", "row of planning's import"),
            ("import_row_edit", "POST", "row of planning's import"),
            ("import_row_picture", "GET", "row of planning's PDF"),
            ("import_run_decide", "POST", "planning's import"),
            ("import_run_sections", "POST", "planning's import"),
            ("import_run_answers", "POST", "planning's import"),
            ("import_run_apply", "POST", "planning's import"),
            ("import_run_discard", "POST", "planning's import"),
            ("import_run_undo", "POST", "planning's import"),
        )
    ),
    *(
        Rule(
            f"importers:{name}",
            method,
            on="clerk's import",
            yes=f"clerk {KEEPERS}",
            absent=" ".join(role for role in NOT_KEEPERS.split() if role != "clerk"),
        )
        for name, method in (
            ("import_run_detail", "GET"),
            ("import_run_progress", "GET"),
            ("import_run_file", "GET"),
            ("import_run_columns", "GET"),
            ("import_run_decide", "POST"),
            ("import_run_answers", "POST"),
            ("import_run_apply", "POST"),
            ("import_run_discard", "POST"),
            ("import_run_undo", "POST"),
        )
    ),
    # Who belongs where is read, kept and undone by administrators alone: planning knows of no such run.
    *(
        Rule(f"importers:{name}", method, on="list of staff", yes="administrator", absent=NOT_ADMINISTRATORS)
        for name, method in (
            ("import_run_detail", "GET"),
            ("import_run_file", "GET"),
            ("import_run_columns", "POST"),
            ("import_run_decide", "POST"),
            ("import_run_apply", "POST"),
            ("import_run_discard", "POST"),
            ("import_run_undo", "POST"),
        )
    ),
    *(
        Rule("importers:import_row_edit", method, on=on, yes=yes, absent=absent)
        for method in ("GET", "POST")
        for on, yes, absent in (
            (
                "row of clerk's import",
                f"clerk {KEEPERS}",
                " ".join(role for role in NOT_KEEPERS.split() if role != "clerk"),
            ),
            ("row of a list of staff", "administrator", NOT_ADMINISTRATORS),
        )
    ),
    *ROUND_BOOK_RULES,
    # --- definitions -----------------------------------------------------------------------------------
    Rule("strategy:formulas", "GET", yes=SIGNED_IN),
    *(
        Rule(name, "GET", on=on, yes=KEEPERS, refused=NOT_KEEPERS)
        for name, on in (
            ("strategy:kpi_definition_list", "nothing"),
            ("strategy:kpi_definition_edit", "kpi"),
            ("strategy:kpi_parts_edit", "kpi"),
            ("strategy:kpi_responsibilities_edit", "kpi"),
            ("strategy:kpi_definition_grid", "nothing"),
            ("strategy:place_review", "plan"),
            ("strategy:plan_choose", "nothing"),
            ("strategy:plan_settings", "plan"),
            ("strategy:plan_node_add", "plan"),
            ("strategy:plan_kpis_add", "plan"),
            ("strategy:plan_node_edit", "plan's node"),
            ("strategy:rating_scheme_list", "nothing"),
            ("strategy:rating_scheme_detail", "scheme"),
            ("strategy:rating_scheme_edit", "scheme"),
        )
    ),
    *(
        Rule(name, "POST", on=on, data=data, yes="planning", refused=NOT_PLANNING)
        for name, on, data in (
            ("strategy:kpi_definition_check", "nothing", {}),
            ("strategy:place_review", "plan", {}),
            ("strategy:plan_settings", "plan", {"version": "1"}),
            ("strategy:plan_node_add", "plan", {"version": "1"}),
            ("strategy:plan_kpis_add", "plan", {"version": "1"}),
            ("strategy:plan_node_edit", "plan's node", {"do": "remove", "version": "1"}),
            ("strategy:kpi_definition_edit", "kpi", {"do": "save"}),
            ("strategy:kpi_definition_preview", "kpi", {}),
            ("strategy:kpi_parts_edit", "kpi", NO_ROWS),
            ("strategy:kpi_responsibilities_edit", "kpi", {**NO_ROWS, "version": "1"}),
            ("strategy:kpi_definition_grid", "nothing", {"do": "save"}),
            ("strategy:rating_scheme_list", "nothing", {}),
            ("strategy:rating_scheme_detail", "scheme", {"do": "confirm"}),
            ("strategy:rating_scheme_edit", "scheme", {"do": "save"}),
        )
    ),
    *SHEET_RULES,
)
