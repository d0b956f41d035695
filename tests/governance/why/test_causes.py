"""Why there is no explanation, in words: every cause that a worker may record has its own."""

from explain.refusals import ANOTHER_TRY, CAUSES
from governance.why.causes import CAUSES as WORDS
from governance.why.causes import UNKNOWN, told


def test_every_cause_has_words_of_its_own() -> None:
    assert set(WORDS) == {*CAUSES, "no_profile"} - {""}
    assert len({one.title for one in WORDS.values()}) == len(WORDS)
    assert {cause for cause, one in WORDS.items() if one.way in ("again", "log")} == set(
        ANOTHER_TRY
    )


def test_rows_from_before_causes_were_kept_have_words_too() -> None:
    assert told("refused", "") is UNKNOWN["refused"]
    assert told("failed", "") is UNKNOWN["failed"]
    assert told("pending", "") is None


def test_nobody_is_sent_for_reasons_of_what_went_well() -> None:
    found = WORDS["artefact_missing"]
    assert found.to_person(True) == found.to_person(None)
    assert found.to_person(True).endswith("Its reasons have to come from a person: ask for them.")
    assert found.to_person(False).endswith("The decision stands as it was recorded.")
    # It may answer yet.
    assert WORDS["unreachable"].to_person(True) == WORDS["unreachable"].meaning
