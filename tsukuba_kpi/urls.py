"""Where every page hangs. An app's own addresses stand in its urls.py."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from evaluations.urls import definition_urlpatterns
from strategy.urls import urlpatterns as strategy_urlpatterns
from tsukuba_kpi import views

# One name for all pages of definitions, whichever floor they stand on (ADR 0015).
definition_pages = [*strategy_urlpatterns, *definition_urlpatterns]

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.health, name="health"),
    path("help/", views.help_page, name="help"),
    path("admin/", admin.site.urls),
    path("", include("organization.urls")),
    path("definitions/", include((definition_pages, "strategy"))),
    path("programs/", include("programs.urls")),
    path("work/", include("evaluations.urls")),
    path("imports/", include("importers.urls")),
    path("", include("reports.urls")),
]

if settings.DEBUG:
    from tsukuba_kpi.gallery import gallery

    urlpatterns.insert(0, path("gallery/", gallery, name="gallery"))
