"""Verification in a real browser: it proves what holds, and cannot be talked into what does not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from playwright.sync_api import Page, Route, expect

from audit import merkle, publisher, sequencer
from audit.checkpoint import Checkpoint, VerifierKey, ed25519_signer, sign_note
from audit.checkpoints import checkpoint_store
from governance.registry.model import add_model
from tests.browsing import SignIn, browser, playwright, sign_in, site
from tests.factories import HIRING, USE_CASE, VOICE, World, odd, record, world

__all__ = ["browser", "playwright", "sign_in", "site", "world"]
pytestmark = pytest.mark.browser

PROOF = "**/api/v1/log/proofs/inclusion*"
KEYS = "**/api/v1/log/keys"
STEPS = ("fetch", "leaf", "path", "root", "signature", "body")


@pytest.fixture(autouse=True)
def cheap_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the world's passwords were made; another count would hash them anew and end the session."""
    monkeypatch.setattr("django.contrib.auth.hashers.PBKDF2PasswordHasher.iterations", 1)


def opened(sign_in: SignIn, entry: str, name: str = "carla") -> Page:
    """The page of an entry, once the check has come to a conclusion."""
    page = sign_in(name)
    page.goto(f"/log/verify/{entry}/")
    concluded(page)
    return page


def concluded(page: Page) -> None:
    expect(page.locator("#verdict")).not_to_have_attribute("data-state", "running", timeout=15_000)


def states(page: Page) -> dict[str, str | None]:
    return {
        key: page.locator(f"[data-step={key}]").get_attribute("data-state")
        for key in STEPS
        if page.locator(f"[data-step={key}]").count()
    }


def verdict(page: Page) -> str | None:
    return page.locator("#verdict").get_attribute("data-state")


def values(page: Page, key: str) -> str:
    return page.locator(f"[data-step={key}] [data-details]").text_content() or ""


def changed(page: Page, url: str, change: Callable[[dict[str, Any]], None]) -> None:
    """From now on this browser receives another answer than the server gave."""

    def tamper(route: Route) -> None:
        answer = route.fetch()
        said = answer.json()
        change(said)
        route.fulfill(response=answer, body=json.dumps(said))

    page.route(url, tamper)


def again(page: Page) -> None:
    page.get_by_role("button", name="Check again").click()
    concluded(page)


def flip(text: str) -> str:
    """The hex text with its last bit turned."""
    return text[:-1] + format(int(text[-1], 16) ^ 1, "x")


class TestWhatHolds:
    def test_every_step_is_computed_in_the_browser(self, sign_in: SignIn, world: World) -> None:
        entry = world.entry(world.denied)
        page = opened(sign_in, entry)
        assert states(page) == {
            "fetch": "done", "leaf": "ok", "path": "ok", "root": "ok", "signature": "ok", "body": "ok",
        }  # fmt: skip
        assert verdict(page) == "ok"
        assert "proven in this browser" in page.inner_text("#verdict")
        note = checkpoint_store().latest()
        assert note is not None
        assert note.partition("\n\n")[0] in values(page, "signature")

    def test_the_values_shown_are_those_of_the_tree(self, sign_in: SignIn, world: World) -> None:
        entry = world.entry(world.denied)
        page = opened(sign_in, entry)
        with connection.cursor() as cursor:
            cursor.execute("SELECT header, leaf_hash FROM audit_entry WHERE id = %s", [entry])
            header, leaf_hash = map(bytes, cursor.fetchone())
            cursor.execute("SELECT leaf_hash FROM audit_entry_leaf ORDER BY leaf_index")
            leaves = [bytes(row[0]) for row in cursor.fetchall()]
        assert f"header     {header.decode()}" in values(page, "leaf")
        assert f"computed   {leaf_hash.hex()}" in values(page, "leaf")
        assert f"computed    {merkle.root(leaves).hex()}" in values(page, "root")

    def test_without_the_right_to_bodies_the_rest_still_holds(
        self, sign_in: SignIn, world: World
    ) -> None:
        page = opened(sign_in, world.entry(world.denied), "dana")
        assert "body" not in states(page)
        assert verdict(page) == "ok"

    def test_an_erased_persons_entry_verifies(self, sign_in: SignIn, world: World) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                'SELECT id, header FROM audit_entry WHERE position(\'"kind":"erasure"\'::bytea in header) > 0'
            )
            _, header = cursor.fetchone()
            subject = json.loads(bytes(header))["subject"]
            cursor.execute(
                "SELECT id FROM audit_entry WHERE position(%s in header) > 0 AND"
                ' position(\'"kind":"decision"\'::bytea in header) > 0',
                [subject.encode()],
            )
            (entry,) = cursor.fetchone()
        assert verdict(opened(sign_in, str(entry))) == "ok"


class TestTampering:
    def test_the_switch_on_the_page(self, sign_in: SignIn, world: World) -> None:
        page = opened(sign_in, world.entry(world.denied))
        page.get_by_label("Flip one bit of the header").check()
        concluded(page)
        assert (verdict(page), states(page)["leaf"], states(page)["root"]) == ("bad", "bad", "bad")
        assert states(page)["path"] == "done"
        assert "the lowest bit of byte" in values(page, "leaf")
        page.get_by_label("Flip one bit of the header").uncheck()
        concluded(page)
        assert verdict(page) == "ok"

    @pytest.mark.parametrize(
        ("change", "step"),
        [
            (
                lambda said: said.update(header=said["header"].replace("consumer", "Consumer")),
                "leaf",
            ),
            (lambda said: said.update(leaf_hash=flip(said["leaf_hash"])), "leaf"),
            (lambda said: said["hashes"].__setitem__(0, flip(said["hashes"][0])), "root"),
            (lambda said: said["hashes"].pop(), "path"),
            (lambda said: said["hashes"].append("00" * 32), "path"),
            (lambda said: said.update(leaf_index=said["leaf_index"] ^ 1), "root"),
            (lambda said: said.update(leaf_index=said["size"]), "path"),
            (lambda said: said.update(size=said["size"] + 1), "root"),
        ],
    )
    def test_an_answer_changed_on_the_way(
        self, sign_in: SignIn, world: World, change: Callable[[dict[str, Any]], None], step: str
    ) -> None:
        page = opened(sign_in, world.entry(world.denied))
        changed(page, PROOF, change)
        again(page)
        assert (verdict(page), states(page)[step]) == ("bad", "bad")

    def test_header_leaf_and_proof_of_another_entry(self, sign_in: SignIn, world: World) -> None:
        page = opened(sign_in, world.entry(world.denied))
        other = page.request.get(
            f"/api/v1/log/proofs/inclusion?entry={world.entry(world.approved)}"
        ).json()
        changed(page, PROOF, lambda said: said.update(other))
        again(page)
        assert (verdict(page), states(page)["leaf"]) == ("bad", "bad")
        assert "of another entry" in page.inner_text("[data-step=leaf]")

    def test_a_checkpoint_nobody_signed(self, sign_in: SignIn, world: World) -> None:
        page = opened(sign_in, world.entry(world.denied))

        def swap(said: dict[str, Any]) -> None:
            text, _, signature = said["checkpoint"].rpartition(" ")
            kind = "B" if signature[20] == "A" else "A"
            said["checkpoint"] = f"{text} {signature[:20]}{kind}{signature[21:]}"

        changed(page, PROOF, swap)
        again(page)
        assert (verdict(page), states(page)["signature"]) == ("bad", "bad")
        assert states(page)["root"] == "ok"

    def test_a_server_that_lies_about_tree_and_key_is_found_by_the_key_one_holds(
        self, sign_in: SignIn, world: World
    ) -> None:
        page = opened(sign_in, world.entry(world.denied))
        true_key = page.request.get("/api/v1/log/keys").json()["checkpoint_keys"][0]["vkey"]
        sign, public = ed25519_signer(bytes(32))

        def other_tree(said: dict[str, Any]) -> None:
            root = bytes.fromhex(said["leaf_hash"])
            text = Checkpoint(settings.AUDIT_ORIGIN, 1, root).text()
            note = sign_note(text, settings.AUDIT_ORIGIN, sign, public)
            said.update(leaf_index=0, size=1, hashes=[], root=root.hex(), checkpoint=note)

        def other_key(said: dict[str, Any]) -> None:
            said["checkpoint_keys"][0]["vkey"] = str(VerifierKey.of(settings.AUDIT_ORIGIN, public))

        changed(page, PROOF, other_tree)
        changed(page, KEYS, other_key)
        again(page)
        # A lie that hangs together: the page says on whose word the key stands.
        assert verdict(page) == "ok"
        assert "compare it with one you have from elsewhere" in page.inner_text(
            "[data-step=signature]"
        )
        page.locator("#own-key").fill(true_key)
        page.locator("#own-key").blur()
        concluded(page)
        assert (verdict(page), states(page)["signature"]) == ("bad", "bad")

    def test_the_key_one_holds(self, sign_in: SignIn, world: World) -> None:
        page = opened(sign_in, world.entry(world.denied))
        vkey = page.request.get("/api/v1/log/keys").json()["checkpoint_keys"][0]["vkey"]
        page.locator("#own-key").fill(vkey)
        page.locator("#own-key").blur()
        concluded(page)
        assert verdict(page) == "ok"
        assert "with the key you gave" in page.inner_text("[data-step=signature]")

    def test_stored_bytes_that_were_changed(self, sign_in: SignIn, world: World) -> None:
        page = opened(sign_in, world.entry(world.denied))
        page.route("**/body/", lambda route: route.fulfill(body=b"other bytes"))
        again(page)
        assert (verdict(page), states(page)["body"]) == ("bad", "bad")

    @pytest.mark.parametrize("url", [PROOF, KEYS])
    def test_a_server_that_does_not_answer(self, sign_in: SignIn, world: World, url: str) -> None:
        page = opened(sign_in, world.entry(world.denied))
        page.route(url, lambda route: route.abort())
        again(page)
        assert verdict(page) == "idle"
        assert not {"ok", "bad"} & set(states(page).values())
        assert "The server cannot be reached" in page.inner_text("#verdict")
        page.unroute(url)
        page.route(url, lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"))
        again(page)
        assert verdict(page) == "idle"
        assert "What answered is not the log (502" in page.inner_text("#verdict")

    def test_stored_bytes_that_cannot_be_reached(self, sign_in: SignIn, world: World) -> None:
        page = opened(sign_in, world.entry(world.denied))
        page.route("**/body/", lambda route: route.abort())
        again(page)
        assert (verdict(page), states(page)["body"]) == ("idle", "idle")
        assert states(page)["signature"] == "ok"

    def test_an_entry_from_before_a_new_epoch_holds(self, sign_in: SignIn, world: World) -> None:
        page = opened(sign_in, world.entry(world.denied))
        sign, public = ed25519_signer(bytes(32))
        name = settings.AUDIT_ORIGIN

        def of_an_earlier_epoch(said: dict[str, Any]) -> None:
            header = said["header"].replace(f'"log":"{name}"', '"log":"earlier.example/log"')
            leaf = merkle.leaf_hash(header.encode())
            note = sign_note(Checkpoint(name, 1, leaf).text(), name, sign, public)
            said.update(header=header, leaf_hash=leaf.hex(), root=leaf.hex(), checkpoint=note)
            said.update(leaf_index=0, size=1, hashes=[])

        def other_key(said: dict[str, Any]) -> None:
            said["checkpoint_keys"][0]["vkey"] = str(VerifierKey.of(name, public))

        changed(page, PROOF, of_an_earlier_epoch)
        changed(page, KEYS, other_key)
        again(page)
        assert (verdict(page), states(page)["leaf"]) == ("ok", "ok")
        assert "the log was named earlier.example/log" in page.inner_text("[data-step=leaf]")

    def test_a_browser_without_ed25519_is_never_shown_green(
        self, sign_in: SignIn, world: World
    ) -> None:
        page = sign_in("carla")
        page.add_init_script(
            "crypto.subtle.importKey = () => Promise.reject(new DOMException('', 'NotSupportedError'));"
        )
        page.goto(f"/log/verify/{world.entry(world.denied)}/")
        concluded(page)
        assert (verdict(page), states(page)["signature"]) == ("idle", "idle")
        assert "cannot check Ed25519" in page.inner_text("[data-step=signature]")


class TestNotYetIncluded:
    def test_the_page_waits_and_then_proves(self, sign_in: SignIn, world: World) -> None:
        plain = {"use_case": USE_CASE, "model": "credit-risk", "version": "1.0.0", "features": {},
                 "output": {"label": "deny"}}  # fmt: skip
        record([odd(plain, "odd-fresh")])
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM audit_entry ORDER BY id DESC LIMIT 1")
            (entry,) = cursor.fetchone()
        page = sign_in("carla")
        page.goto(f"/log/verify/{entry}/")
        expect(page.locator("#verdict")).to_contain_text("Accepted, not yet included")
        assert (verdict(page), states(page)["leaf"], states(page)["root"]) == (
            "running",
            "ok",
            "idle",
        )
        sequencer.catch_up()
        publisher.publish()
        expect(page.locator("#verdict")).to_have_attribute("data-state", "ok", timeout=15_000)


class TestACheckpointOneHolds:
    def compare(self, page: Page, note: str) -> tuple[str | None, str]:
        page.get_by_label("Signed checkpoint").fill(note)
        page.get_by_role("button", name="Compare").click()
        step = page.locator("[data-step=held]")
        expect(step).not_to_have_attribute("data-state", "running")
        return step.get_attribute("data-state"), step.inner_text()

    def test_the_log_went_on_from_it(self, sign_in: SignIn, world: World) -> None:
        kept = checkpoint_store().latest()
        assert kept is not None
        add_model(voice=VOICE, use_case=HIRING, slug="later", name="Later")
        sequencer.catch_up()
        publisher.publish()
        page = opened(sign_in, world.entry(world.denied))
        state, said = self.compare(page, kept)
        assert state == "ok"
        assert re.search(
            r"The first [\d,]+ leaves are still those your checkpoint signs; 1 leaf came after",
            said,
        )

    def test_the_same_one(self, sign_in: SignIn, world: World) -> None:
        page = opened(sign_in, world.entry(world.denied))
        kept = checkpoint_store().latest()
        assert kept is not None
        assert self.compare(page, kept)[0] == "ok"

    def test_one_that_was_altered_or_is_of_another_log(self, sign_in: SignIn, world: World) -> None:
        page = opened(sign_in, world.entry(world.denied))
        kept = checkpoint_store().latest()
        assert kept is not None
        origin, size, rest = kept.split("\n", 2)
        older = f"{origin}\n{int(size) - 1}\n{rest}"
        assert self.compare(page, older)[0] == "bad"
        assert "was not signed by" in self.compare(page, older)[1]
        assert "another log" in self.compare(page, kept.replace(origin, "other.log", 1))[1]
        assert self.compare(page, "hello")[0] == "bad"

    def test_a_log_that_lost_its_end(self, sign_in: SignIn, world: World) -> None:
        page = opened(sign_in, world.entry(world.denied))
        earlier = page.request.get(
            f"/api/v1/log/proofs/inclusion?entry={world.entry(world.denied)}"
        ).json()
        add_model(voice=VOICE, use_case=HIRING, slug="later", name="Later")
        sequencer.catch_up()
        publisher.publish()
        kept = checkpoint_store().latest()
        assert kept is not None
        changed(page, PROOF, lambda said: said.update(earlier))
        again(page)
        assert verdict(page) == "ok"
        state, said = self.compare(page, kept)
        assert state == "bad"
        assert "its end was cut off" in said


def test_the_browsers_tree_is_the_logs(sign_in: SignIn, world: World) -> None:
    """Inclusion for every index of every size to 40, consistency for every pair of sizes to 24."""
    page = sign_in("rita")
    page.goto("/log/")
    leaves = [merkle.leaf_hash(bytes([number])) for number in range(40)]
    tree = merkle_proofs(leaves)
    wrong = page.evaluate(
        """async ({ inclusion, consistency }) => {
            const { climb, grown, hex, unhex } = await import("/static/js/proofs.js");
            const wrong = [];
            for (const { index, size, leaf, hashes, root } of inclusion) {
                const way = await climb(index, size, unhex(leaf), hashes.map(unhex));
                if (hex(way.root) !== root) wrong.push([index, size]);
            }
            for (const { first, second, older, newer, hashes } of consistency) {
                const got = await grown(first, second, unhex(older), hashes.map(unhex));
                if (hex(got.older) !== older || hex(got.newer) !== newer) wrong.push([first, second]);
            }
            return wrong;
        }""",
        tree,
    )
    assert (len(tree["inclusion"]), len(tree["consistency"])) == (820, 276)
    assert wrong == []


def merkle_proofs(leaves: list[bytes]) -> dict[str, list[dict[str, Any]]]:
    def read(level: int, index: int, width: int) -> bytes:
        assert (level, index) == (0, 0)
        return b"".join(leaves[:width])

    inclusion = [
        {
            "index": index,
            "size": size,
            "leaf": leaves[index].hex(),
            "hashes": [node.hex() for node in merkle.inclusion_proof(index, size, read)],
            "root": merkle.root(leaves[:size]).hex(),
        }
        for size in range(1, len(leaves) + 1)
        for index in range(size)
    ]
    consistency = [
        {
            "first": first,
            "second": second,
            "older": merkle.root(leaves[:first]).hex(),
            "newer": merkle.root(leaves[:second]).hex(),
            "hashes": [node.hex() for node in merkle.consistency_proof(first, second, read)],
        }
        for second in range(2, 25)
        for first in range(1, second)
    ]
    return {"inclusion": inclusion, "consistency": consistency}


class TestByKeyboard:
    def test_a_key_is_issued_and_copied(self, sign_in: SignIn, world: World) -> None:
        from tests.factories import PASSWORD

        page = sign_in("olu")
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.goto("/settings/keys/")
        page.get_by_role("link", name="Issue a key").first.press("Enter")
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.get_by_label("Name", exact=True).fill("Loan origination")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Copy the key now")
        page.get_by_role("button", name="Copy").first.press("Enter")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert re.fullmatch(r"rk_[0-9a-f]{10}_[A-Za-z0-9_-]{43}", copied)
        page.reload()
        expect(page.get_by_role("heading", level=2).first).to_have_text("API keys")
        assert copied not in page.content()

    def test_the_list_of_entries_is_filtered_without_leaving_the_page(
        self, sign_in: SignIn, world: World
    ) -> None:
        page = sign_in("alex")
        page.goto("/log/")
        page.get_by_label("Kind").select_option("erasure")
        expect(page.locator("#entries tbody tr")).to_have_count(1)
        assert page.url.endswith("?kind=erasure")
