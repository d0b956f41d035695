"""For load balancers and monitoring: /healthz, /readyz, /metrics."""

from dataclasses import asdict
from hmac import compare_digest

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from governance import metrics as counted
from governance.gauges import Gauges
from governance.readiness import readiness

LOOPBACK = frozenset({"127.0.0.1", "::1"})


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers. Nothing else is asked, so a restart is what a failure calls for."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when ready or degraded, 503 when not. Sentences are for those who may see the metrics."""
    found = readiness()
    told = [asdict(condition) for condition in found.conditions]
    if not for_operators(request):
        told = [{"name": one["name"], "held": one["held"]} for one in told]
    answer = JsonResponse(
        {"status": found.status, "conditions": told},
        status=503 if found.status == "unready" else 200,
    )
    if answer.status_code != 200:
        answer["Retry-After"] = "5"
    return answer


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text format: the counters of all web processes, and what the database knows."""
    if not for_operators(request):
        raise Http404
    gauges = CollectorRegistry()
    gauges.register(Gauges())
    text = counted.generate(counted.registry()) + counted.generate(gauges)
    return HttpResponse(text, content_type=CONTENT_TYPE_PLAIN_0_0_4)


def for_operators(request: HttpRequest) -> bool:
    """With RATIONALE_METRICS_TOKEN set, who sends it; else who calls from this machine, unproxied."""
    if settings.METRICS_TOKEN:
        sent = request.headers.get("Authorization", "")
        return compare_digest(sent.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    # Behind a proxy on this machine everybody seems to call from here.
    proxied = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return request.META.get("REMOTE_ADDR") in LOOPBACK and not proxied
