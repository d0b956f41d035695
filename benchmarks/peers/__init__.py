"""A small Django project that keeps the same decisions with django-auditlog and django-pghistory."""
