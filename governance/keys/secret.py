"""The form of an API key: ``rk_<prefix>_<secret>``.

The prefix names the key in lists, logs and headers. The secret has 256 bits, so one SHA-256 is all
the hashing it needs: a slow hash protects guessable secrets, and this one cannot be guessed.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

_FORM = re.compile(r"\Ark_([0-9a-f]{10})_([A-Za-z0-9_-]{43})\Z")


@dataclass(frozen=True)
class Secret:
    prefix: str
    secret: str

    @property
    def text(self) -> str:
        """What the application sends."""
        return f"rk_{self.prefix}_{self.secret}"

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.secret.encode()).digest()

    def matches(self, digest: bytes) -> bool:
        return hmac.compare_digest(self.digest, digest)


def make() -> Secret:
    return Secret(secrets.token_hex(5), secrets.token_urlsafe(32))


def parse(text: str) -> Secret | None:
    """The parts of a key, or None when the text is not of that form."""
    found = _FORM.match(text)
    return Secret(found[1], found[2]) if found else None
