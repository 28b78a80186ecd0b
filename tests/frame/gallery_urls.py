"""The product's addresses with the gallery, which otherwise hangs there only in DEBUG."""

from django.urls import path

from tsukuba_kpi.gallery import gallery
from tsukuba_kpi.urls import urlpatterns as product

urlpatterns = [*product, path("gallery/", gallery, name="gallery")]
