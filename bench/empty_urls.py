"""The product's addresses and one view that returns nothing: what the middleware alone costs."""

from django.http import HttpResponse
from django.urls import path

from tsukuba_kpi.urls import urlpatterns as product_urls

urlpatterns = [path("empty/", lambda request: HttpResponse("")), *product_urls]
