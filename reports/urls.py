"""Addresses of this app's pages."""

from django.urls import path, re_path

from reports.views import api, open_data, papers, plans, public, publishing, reading, units

app_name = "reports"
urlpatterns = [
    path("plans/", plans.plan_list, name="plan_list"),
    path("plans/<slug:code>/", plans.plan_detail, name="plan_detail"),
    path("plans/<slug:code>/years/", plans.plan_years, name="plan_years"),
    path("plans/<slug:code>/years/values.<str:form>", plans.plan_values_file, name="plan_values_file"),
    path("plans/<slug:code>/kpis/", plans.kpi_list, name="kpi_list"),
    path("plans/<slug:code>/kpis/list.<str:form>", plans.kpi_list_file, name="kpi_list_file"),
    path("nodes/<int:pk>/", plans.node_detail, name="node_detail"),
    path("kpis/<slug:code>/", reading.kpi_detail, name="kpi_detail"),
    path("program-sheets/", reading.program_list, name="program_list"),
    path("program-sheets/list.<str:form>", reading.program_list_file, name="program_list_file"),
    path("program-sheets/<int:pk>/", reading.program_detail, name="program_detail"),
    path("sections/", units.section_list, name="section_list"),
    path("sections/<int:pk>/", units.section_detail, name="section_detail"),
    path("bureaus/<int:pk>/", units.bureau_detail, name="bureau_detail"),
    path("publications/rounds/<int:pk>/", publishing.publication_create, name="publication_create"),
    path(
        "publications/rounds/<int:pk>/withdraw/", publishing.publication_withdraw, name="publication_withdraw"
    ),
    path("publications/rounds/<int:pk>/preview/", publishing.publication_preview, name="publication_preview"),
    path(
        "publications/rounds/<int:pk>/kpis/<slug:code>/", publishing.publication_kpi, name="publication_kpi"
    ),
    path(
        "publications/rounds/<int:pk>/programs/<slug:key>/",
        publishing.publication_program,
        name="publication_program",
    ),
    path(
        "publications/rounds/<int:pk>/nodes/<slug:code>/<slug:key>/",
        publishing.publication_node,
        name="publication_node",
    ),
    path("publications/rounds/<int:pk>/report.pdf", papers.publication_report, name="publication_report"),
    path("public/", public.public_home, name="public_home"),
    path("public/search/", public.public_search, name="public_search"),
    path("public/history/", public.public_history, name="public_history"),
    path("public/plans/<slug:code>/", public.public_plan, name="public_plan"),
    path("public/plans/<slug:code>/<int:fiscal_year>/", public.public_plan_year, name="public_plan_year"),
    path(
        "public/plans/<slug:code>/<int:fiscal_year>/nodes/<slug:key>/", public.public_node, name="public_node"
    ),
    path(
        "public/plans/<slug:code>/<int:fiscal_year>/kpis/<slug:kpi_code>/",
        public.public_kpi,
        name="public_kpi",
    ),
    path("public/reports/<int:pk>.pdf", papers.public_report, name="public_report"),
    path("public/reports/<int:pk>.xlsx", papers.public_report_book, name="public_report_book"),
    path(
        "public/papers/<int:pk>/programs/<slug:key>.pdf",
        papers.public_program_paper,
        name="public_program_paper",
    ),
    path(
        "public/papers/<int:pk>/<slug:code>/nodes/<slug:key>.pdf",
        papers.public_node_paper,
        name="public_node_paper",
    ),
    path("public/papers/<int:pk>/<slug:code>/list.pdf", papers.public_list_paper, name="public_list_paper"),
    path("public/papers/<int:pk>/<slug:kpi_code>.pdf", papers.public_kpi_paper, name="public_kpi_paper"),
    path("public/data/", open_data.public_data, name="public_data"),
    re_path(
        r"^public/data/(?P<pk>[0-9]{1,12})/(?P<key>[a-z_]{1,40})\.(?P<form>csv|cp932\.csv|json|xlsx)$",
        open_data.public_data_file,
        name="public_data_file",
    ),
    path("public/programs/", public.public_program_list, name="public_program_list"),
    path("public/programs/<int:fiscal_year>/<slug:key>/", public.public_program, name="public_program"),
    # --- the read API; a change of meaning would be v2 beside it (docs/adr) ---
    path("api/v1/", api.api_docs, name="api_docs"),
    path("api/v1/openapi.json", api.api_openapi, name="api_openapi"),
    path("api/v1/plans/", api.api_plan_list, name="api_plan_list"),
    path("api/v1/plans/<slug:code>/", api.api_plan, name="api_plan"),
    path("api/v1/plans/<slug:code>/nodes/", api.api_node_list, name="api_node_list"),
    path("api/v1/kpis/", api.api_kpi_list, name="api_kpi_list"),
    path("api/v1/kpis/<slug:code>/", api.api_kpi, name="api_kpi"),
    path("api/v1/kpis/<slug:code>/series/", api.api_series, name="api_series"),
    path("api/v1/programs/", api.api_program_list, name="api_program_list"),
    path("api/v1/programs/<int:fiscal_year>/<slug:key>/", api.api_program, name="api_program"),
    path("api/v1/publications/", api.api_publication_list, name="api_publication_list"),
    path("api/v1/codes/", api.api_code_list, name="api_code_list"),
]
