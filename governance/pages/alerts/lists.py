"""Batches named for blind review, and requests to train anew."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.urls import reverse

from fairness.alerts import AlertView, RetrainingView
from fairness.behind import BatchView
from governance.comparing.inbox import MOST
from governance.pages import actors, formats
from governance.pages.alerts import words
from governance.pages.alerts.inbox import tabs
from governance.pages.pieces import Cell, Column, Empty, Tab, Table
from governance.pages.tables import row

BATCHES: Final = (
    Column("Batch"),
    Column("Decisions", "num"),
    Column("Named by"),
    Column("When, UTC", "time"),
    Column("Digest of its entries", "hash", wide=True),
    Column("Alert"),
    Column("Log entry", wide=True),
)
REQUESTS: Final = (
    Column("Raised by"),
    Column("Window"),
    Column("Asked, UTC", "time"),
    Column("Version that came of it"),
    Column("Log entry", wide=True),
)


@dataclass(frozen=True, slots=True)
class BatchLine:
    name: str
    many: str
    by: str
    when: str
    digest: str
    digest_short: str
    entry: str
    entry_url: str


@dataclass(frozen=True, slots=True)
class RequestLine:
    """``model_ref`` empty: no version came of it yet; ``may_link``: the reader may say which one did."""

    id: UUID
    window: str
    asked: str
    model_ref: str
    version_url: str
    entry: str
    entry_url: str
    linked_url: str
    may_link: bool


@dataclass(frozen=True, slots=True)
class ListPage:
    tabs: tuple[Tab, ...]
    title: str
    sub: str
    table: Table
    said: str


def batch_line(one: BatchView, names: Mapping[str, str], *, verify: bool) -> BatchLine:
    return BatchLine(
        name=one.name,
        many=words.FEW if one.many is None else formats.plural(one.many, "decision"),
        by=actors.called(one.actor, names),
        when=formats.moment(one.made_at),
        digest=one.digest,
        digest_short=formats.digest(one.digest),
        entry=formats.digest(str(one.entry_id)),
        entry_url=_verify(one.entry_id, verify),
    )


def request_line(one: RetrainingView, *, verify: bool, may_link: bool) -> RequestLine:
    return RequestLine(
        id=one.id,
        window=words.window(one.since, one.until),
        asked=formats.moment(one.asked_at),
        model_ref=one.model_ref,
        version_url=_version(one.model_ref),
        entry=formats.digest(str(one.entry_id)),
        entry_url=_verify(one.entry_id, verify),
        linked_url=_verify(one.linked_entry, verify) if one.linked_entry else "",
        may_link=may_link and not one.model_ref,
    )


def batches_page(
    batches: Sequence[BatchView],
    alerts: Mapping[UUID, AlertView],
    homes: Mapping[str, str],
    names: Mapping[str, str],
    verifiable: Container[str],
) -> ListPage:
    """``homes``: names of use cases; ``verifiable``: those whose lines the reader may check."""
    rows = tuple(
        row(
            BATCHES,
            Cell(one.name, detail=homes.get(one.use_case, one.use_case)),
            Cell("few" if one.many is None else formats.count(one.many)),
            Cell(actors.cell(one.actor, names)),
            Cell(formats.brief(one.made_at), title=formats.moment(one.made_at)),
            Cell(one.digest, short=formats.digest(one.digest), title="digest"),
            _alert(one.alert, alerts),
            _entry(one.entry_id, one.use_case in verifiable),
        )
        for one in batches
    )
    empty = Empty(
        "No batch so far",
        "On the page of an alert, the decisions behind it are named as a batch for blind review.",
        reverse("alerts"),
        "To the alerts",
    )
    return ListPage(
        tabs("batches"),
        "Batches",
        "Decisions named for a blind review: a name, a number, and the digest of their entries in order.",
        Table("Batches, the newest first", BATCHES, rows, empty),
        _said(len(rows), "batch", "batches"),
    )


def requests_page(
    requests: Sequence[RetrainingView],
    alerts: Mapping[UUID, AlertView],
    homes: Mapping[str, str],
    verifiable: Container[str],
) -> ListPage:
    rows = tuple(
        row(
            REQUESTS,
            _alert(one.alert, alerts, homes.get(one.use_case, one.use_case)),
            Cell(words.window(one.since, one.until)),
            Cell(formats.brief(one.asked_at), title=formats.moment(one.asked_at)),
            Cell(one.model_ref or "none yet", url=_version(one.model_ref)),
            _entry(one.entry_id, one.use_case in verifiable),
        )
        for one in requests
    )
    empty = Empty(
        "Nobody was asked to train anew",
        "Where a fairness policy says so, an alert emits a request with its window and reason. A version that "
        "came of it is linked on the alert's page.",
        reverse("alerts"),
        "To the alerts",
    )
    return ListPage(
        tabs("retrainings"),
        "Requests to train anew",
        "Emitted by an alert where the policy says so, and the versions that came of them.",
        Table("Requests to train anew, the newest first", REQUESTS, rows, empty),
        _said(len(rows), "request", "requests"),
    )


def _said(many: int, one: str, more: str) -> str:
    if not many:
        return ""
    counted = formats.plural(many, one, more)
    return f"The newest {counted}." if many == MOST else f"{counted}, all there are."


def _alert(alert: UUID | None, known: Mapping[UUID, AlertView], detail: str = "") -> Cell:
    if alert is None or alert not in known:
        return Cell(formats.NONE, detail=detail)
    return Cell(words.title(known[alert]), detail=detail, url=reverse("alert", args=[alert]))


def _entry(entry: UUID, verifiable: bool) -> Cell:
    return Cell(formats.digest(str(entry)), url=_verify(entry, verifiable))


def _verify(entry: UUID | None, verifiable: bool) -> str:
    return reverse("log-verify", args=[entry]) if verifiable and entry else ""


def _version(model_ref: str) -> str:
    return reverse("version", args=model_ref.split("@", 1)) if model_ref else ""
