"""Addresses of this app's pages.

They share the name `strategy:` with the pages of definitions that need rounds or judgements and therefore
stand in evaluations (`evaluations.urls.definition_urlpatterns`); `tsukuba_kpi.urls` joins the two.
"""

from django.urls import URLPattern, path

from strategy.views import definitions, formulas, new_kpis, places, plans

app_name = "strategy"

urlpatterns: list[URLPattern] = [
    path("", definitions.kpi_definition_list, name="kpi_definition_list"),
    path("formulas/", formulas.formulas, name="formulas"),
    path("check/", definitions.kpi_definition_check, name="kpi_definition_check"),
    path("plans/", plans.plan_choose, name="plan_choose"),
    path("plans/<slug:code>/", plans.plan_settings, name="plan_settings"),
    path("plans/<slug:code>/kpis/new/", new_kpis.plan_kpis_add, name="plan_kpis_add"),
    path("plans/<slug:code>/nodes/new/", plans.plan_node_add, name="plan_node_add"),
    path("plans/<slug:code>/nodes/<int:pk>/", plans.plan_node_edit, name="plan_node_edit"),
    path("plans/<slug:code>/places/", places.place_review, name="place_review"),
]
