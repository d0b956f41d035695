"""The head of the page: the strip of facts, the banners, who is told and in which language."""

from dataclasses import replace
from typing import Final

from governance.pages import formats, outcomes
from governance.pages.pieces import Banner, Fact, Tab
from governance.pages.why.known import Known

AUDIENCES: Final = {"subject": "Person concerned", "reviewer": "Reviewer", "examiner": "Examiner"}

REMOTE: Final = (
    "The artefact's digest holds its description fast, not the model that answers there. Each explanation asks "
    "it for the recorded score first; a replay finds out whether it answers otherwise today."
)


def facts(known: Known) -> tuple[Fact, ...]:
    answer = known.answer
    told = [_outcome(known)]
    if answer.decision.score is not None:
        told.append(_score(known))
    told.append(_model(known))
    if answer.role_of_ai:
        name, detail = outcomes.ROLES_OF_AI.get(answer.role_of_ai, (answer.role_of_ai, ""))
        told.append(Fact("Role of the AI", name, detail))
    return (*told, _record(known))


def _outcome(known: Known) -> Fact:
    decision = known.answer.decision
    if decision.erased:
        return Fact("Outcome", "Erased", tone="neutral", icon="eraser", badge=True)
    if known.damage:
        return Fact("Outcome", "Unreadable", tone="bad", icon="database-off", badge=True)
    shown = outcomes.badge(decision.label, decision.adverse)
    detail = {True: "against the person", False: "not against the person", None: ""}
    return Fact(
        "Outcome",
        shown.text,
        detail[decision.adverse],
        tone=shown.tone,
        icon=shown.icon,
        badge=True,
    )


def _score(known: Known) -> Fact:
    decision = known.answer.decision
    task = known.specification.task if known.specification else "binary"
    shown = known.score(decision.score or 0.0)
    if task == "multiclass":
        return Fact("Probability", shown, "of the outcome that was chosen")
    against = "" if decision.threshold is None else f"threshold {known.score(decision.threshold)}"
    return Fact("Prediction" if task == "regression" else "Score", shown, against)


def _model(known: Known) -> Fact:
    model = known.answer.model
    digest = model.artefact_digest or ""
    return Fact("Model", model.name, model.version, code=digest, short=formats.digest(digest))


def _record(known: Known) -> Fact:
    proof = known.answer.proof
    placed = proof.leaf_index is not None
    plain = Fact(
        "Record",
        "In the log" if placed else "Accepted",
        f"leaf {formats.count(proof.leaf_index or 0)}" if placed else "place follows",
        tone="good" if placed else "info",
        icon="lock" if placed else "clock",
        code=proof.leaf_hash,
        short=formats.digest(proof.leaf_hash),
    )
    if known.damage:
        return replace(plain, value="Damaged", tone="bad", icon="shield-x")
    return plain


def banners(known: Known) -> tuple[Banner, ...]:
    answer = known.answer
    found = []
    if known.damage:
        found.append(
            Banner(
                "bad",
                "This record is not what was sealed",
                f"{known.damage} Its header and place in the log still stand; what it said cannot be shown.",
            )
        )
    if answer.decision.erased:
        erased = answer.decision.erased
        found.append(
            Banner("info", f"Erased on {formats.moment(erased.at)}", erased.detail),
        )
    if answer.model.violations:
        found.append(
            Banner(
                "warn",
                f"{outcomes.violations(answer.model.violations)} when it decided",
                "The decision is recorded all the same: a log that refuses events is not a log.",
            )
        )
    if known.remote and not known.for_subject:
        found.append(Banner("info", "This model is asked over the network", REMOTE))
    if known.for_subject:
        found.append(
            Banner(
                "info",
                "As the person concerned is told",
                "Outcome, their own data, the part played by the AI and the principal reasons. "
                "No score, threshold, weight or name.",
            )
        )
    return tuple(found)


def audiences(known: Known) -> tuple[Tab, ...]:
    """Whom to show it as told to, of those this reader may."""
    return tuple(
        Tab(AUDIENCES[name], known.url(audience=name), name == known.answer.audience)
        for name in known.audiences
    )


def languages(known: Known) -> tuple[Tab, ...]:
    """Languages of the reasons, when there are several to choose from."""
    offered = known.specification.languages if known.specification else ()
    if len(offered) < 2:
        return ()
    return tuple(
        Tab(formats.language(code), known.url(lang=code), code == known.language)
        for code in offered
    )
