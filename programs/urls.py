"""Addresses of this app's pages."""

from django.urls import path

from programs import views

app_name = "programs"
urlpatterns = [
    path("links/<slug:code>/", views.program_link_list, name="program_link_list"),
]
