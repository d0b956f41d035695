"""The log's doors alone."""

from django.urls import include, path

urlpatterns = [path("api/v1/", include("audit.urls"))]
