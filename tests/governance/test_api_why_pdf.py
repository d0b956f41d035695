"""GET /api/v1/decisions/{id}/why.pdf: a document, for whom, and noted."""

from __future__ import annotations

import pytest

from tests.factories import World, world
from tests.governance.views.conftest import noted

__all__ = ["world"]


def path(name: str, audience: str = "reviewer") -> str:
    return f"/api/v1/decisions/{name}/why.pdf?audience={audience}"


def test_a_document_is_a_reading_of_its_own_kind(world: World) -> None:
    answer = world.client("rita").get(path(world.denied, "subject"))
    entry = world.entry(world.denied)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-1.")
    assert answer.headers["Content-Disposition"] == (
        f'attachment; filename="why-{entry}-subject.pdf"'
    )
    assert [(purpose, read) for _, purpose, read in noted()] == [("why:subject:pdf", entry)]
    again = world.client("rita").get(path(world.denied, "subject"))
    assert again.content == answer.content


def test_the_page_links_to_it_for_the_audience_shown(world: World) -> None:
    page = world.client("rita").get(f"/decisions/{world.denied}?audience=subject&lang=de")
    url = page.context["page"].pdf_url
    entry = world.entry(world.denied)
    assert url == f"/api/v1/decisions/{entry}/why.pdf?audience=subject&lang=de"
    assert f'href="{url.replace("&", "&amp;")}"' in page.content.decode()
    assert world.client("rita").get(url).status_code == 200


def test_a_pending_one_says_when_to_come_again(world: World) -> None:
    answer = world.client("rita").get(path(world.pending))
    assert (answer.status_code, answer.headers["Retry-After"]) == (200, "2")


@pytest.mark.parametrize(
    ("who", "audience", "expected"),
    [
        ("rita", "examiner", 403),
        ("hal", "subject", 404),
        ("dana", "subject", 403),
        ("rita", "x", 422),
    ],
)
def test_who_may_not(world: World, who: str, audience: str, expected: int) -> None:
    answer = world.client(who).get(path(world.denied, audience))
    assert (answer.status_code, answer.headers["Content-Type"]) == (
        expected,
        "application/problem+json",
    )
    assert noted() == []
