"""Bringing a person in: an account with a password, or an invitation to choose one."""

from dataclasses import dataclass
from uuid import UUID

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse

from audit.door import Conflict, Invalid, Voice
from governance.journal import note
from governance.models import User
from governance.roles import nothing_here, require


@dataclass(frozen=True)
class Invitation:
    """``path`` opens the page to choose a password, once, within three days. Hand it over safely."""

    user: UUID
    path: str


@transaction.atomic
def create_user(*, voice: Voice, email: str, name: str, password: str) -> UUID:
    """An account that can sign in at once. Raises Invalid, or Conflict if the address is taken.

    For administrators of the whole installation. The account holds no role yet.
    """
    require(voice, "people:write", use_case="")
    user = _account(email, name)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise _invalid("password", " ".join(error.messages)) from error
    user.set_password(password)
    user.save(update_fields=["password"])
    note(voice, kind="policy", act="user_created", facts={"user": str(user.pk)})
    return user.pk


@transaction.atomic
def invite(*, voice: Voice, email: str, name: str) -> Invitation:
    """An account without a password, and the path where its owner chooses one."""
    require(voice, "people:write", use_case="")
    user = _account(email, name)
    note(voice, kind="policy", act="user_invited", facts={"user": str(user.pk)})
    return Invitation(user.pk, _password_path(user))


@transaction.atomic
def renew_invitation(*, voice: Voice, user: UUID) -> Invitation:
    """A new path to choose a password, for an invitation that ran out or a password forgotten.

    Whoever holds the path can become that user, so its making is a line in the log; a second factor
    still protects an account that has one.
    """
    require(voice, "people:write", use_case="")
    row = User.objects.filter(pk=user, is_active=True).first()
    if row is None:
        raise nothing_here()
    note(voice, kind="policy", act="password_link_made", facts={"user": str(row.pk)})
    return Invitation(row.pk, _password_path(row))


def _account(email: str, name: str) -> User:
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise _invalid("email", "This is not an email address.") from error
    if not 0 < len(name.strip()) <= 120:
        raise _invalid("name", "Give a name of 1 to 120 characters.")
    if User.objects.filter(email=email).exists():
        raise Conflict("There is an account with this email address.")
    user = User.objects.create_user(email, name=name.strip())
    # The sign-in pages know an address only by this row; nobody types it in, so it counts as checked.
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def _password_path(user: User) -> str:
    key = default_token_generator.make_token(user)
    arguments = {"uidb36": user_pk_to_url_str(user), "key": key}
    return reverse("account_reset_password_from_key", kwargs=arguments)


def _invalid(field: str, detail: str) -> Invalid:
    error = {"pointer": f"/{field}", "code": "invalid", "detail": detail}
    return Invalid("The account cannot be made so.", errors=[error])
