"""The doors of governance: read the request, call one verb or query, answer."""
