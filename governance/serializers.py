"""The shapes of the registry's and the people's API: ``…In`` what may be sent, ``…Out`` what is told."""

from typing import Any

from django.conf import settings
from django.core.validators import RegexValidator
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty

from audit.canonical import NotStrict, strict_loads
from audit.door import Malformed, TooLarge
from audit.forms import as_error
from explain.formats.registry import KINDS
from explain.policies import MOST_REASONS, RULES, THRESHOLDS
from explain.queries import ProfileView
from explain.reasons import LIMIT
from explain.recourse.policy import MOST_ANSWERS, MOST_CHANGES, Bounds, Wishes
from governance.models.registry import DIGEST, NUMBER, SLUG
from governance.registry.rows import VersionRow

TEXT = 10_000
EXACT = 2**53 - 1
# What the JSON parser refuses before this is asked; said here so that the description says it too.
PLAIN = RegexValidator(
    r"\A[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*\Z", "Control characters are not taken."
)


class Strict(serializers.Serializer[Any]):
    """Refuses members it does not know: a misspelt one would otherwise be lost without a word."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := sorted(set(data) - set(self.fields))):
            raise serializers.ValidationError(
                {
                    name: serializers.ErrorDetail("There is no such member.", "unknown")
                    for name in unknown
                }
            )
        return super().to_internal_value(data)


class Text(serializers.CharField):
    """A JSON string as it is: nothing trimmed, and no number taken for one."""

    def __init__(self, **options: Any) -> None:
        if not options.get("allow_blank"):
            options.setdefault("min_length", 1)
        super().__init__(trim_whitespace=False, **options)
        if not any(isinstance(found, RegexValidator) for found in self.validators):
            self.validators.append(PLAIN)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Number(serializers.FloatField):
    """A JSON number: no string, no truth value."""

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    """A JSON number without a fraction."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)


@extend_schema_field(
    {
        "type": "object",
        "propertyNames": {"pattern": r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*$"},
        "additionalProperties": {"$ref": "#/components/schemas/Json"},
    }
)
class Facts(serializers.DictField):
    """Any JSON object."""


class UseCaseIn(Strict):
    slug = Text(validators=[SLUG])
    name = Text(max_length=120)
    description = Text(max_length=TEXT, required=False, default="", allow_blank=True)
    jurisdiction = Text(max_length=60, required=False, default="", allow_blank=True)
    adverse_labels = serializers.ListField(
        child=Text(max_length=64), max_length=64, required=False, default=list
    )


class UseCaseOut(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    jurisdiction = serializers.CharField()
    adverse_labels = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()


class ModelIn(Strict):
    slug = Text(validators=[SLUG])
    use_case = Text(validators=[SLUG])
    name = Text(max_length=120)
    description = Text(max_length=TEXT, required=False, default="", allow_blank=True)


class ModelOut(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    use_case = serializers.CharField()
    owner = serializers.UUIDField(allow_null=True)
    owner_name = serializers.CharField()
    created_at = serializers.DateTimeField()


class VersionIn(Strict):
    number = Text(validators=[NUMBER])
    artefact_digest = Text(validators=[DIGEST], required=False, default="", allow_blank=True)
    notes = Text(max_length=TEXT, required=False, default="", allow_blank=True)
    facts = Facts(required=False, default=dict)


class VersionLinks(serializers.Serializer[Any]):
    self = serializers.CharField()
    proof = serializers.CharField(
        help_text="Inclusion proof of the entry that registered it; empty without an entry."
    )


class VersionOut(serializers.Serializer[Any]):
    model = serializers.CharField()
    number = serializers.CharField()
    model_ref = serializers.CharField()
    use_case = serializers.CharField()
    state = serializers.CharField()
    notes = serializers.CharField()
    artefact_digest = serializers.CharField()
    facts = serializers.DictField()
    entry_id = serializers.UUIDField(
        allow_null=True,
        help_text="The log entry that registered it; null if it is older than this field.",
    )
    created_by = serializers.UUIDField(allow_null=True)
    created_by_name = serializers.CharField()
    created_at = serializers.DateTimeField()
    retired_at = serializers.DateTimeField(allow_null=True)
    links = serializers.SerializerMethodField()

    @extend_schema_field(VersionLinks)
    def get_links(self, row: VersionRow) -> dict[str, str]:
        proof = f"/api/v1/log/proofs/inclusion?entry={row.entry_id}" if row.entry_id else ""
        return {"self": f"/api/v1/models/{row.model}/versions/{row.number}", "proof": proof}


class MeOut(serializers.Serializer[Any]):
    actor = serializers.CharField()
    name = serializers.CharField()
    acts = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="Acts by use case; the entry * holds what is allowed in every use case.",
    )


class ErasureByReferenceIn(Strict):
    use_case = Text(validators=[SLUG])
    subject = Text(max_length=256, help_text="Your own reference of the person.")
    reason = Text(max_length=1000, help_text="Why. Kept for ever, so no personal data here.")
    legal_basis = Text(max_length=200, required=False, default="", allow_blank=True)
    request_id = Text(max_length=128, required=False, default="", allow_blank=True)


class ErasureByPseudonymIn(Strict):
    use_case = Text(validators=[SLUG])
    subject_id = serializers.UUIDField(help_text="The pseudonym, as entries of the log name it.")
    reason = Text(max_length=1000, help_text="Why. Kept for ever, so no personal data here.")
    legal_basis = Text(max_length=200, required=False, default="", allow_blank=True)
    request_id = Text(max_length=128, required=False, default="", allow_blank=True)


class ErasureOut(serializers.Serializer[Any]):
    subject = serializers.UUIDField()
    use_case = serializers.CharField()
    entry_id = serializers.UUIDField()
    erased_at = serializers.DateTimeField()


class ExplainPolicyIn(Strict):
    rule = serializers.ChoiceField(choices=RULES)
    rate = serializers.FloatField(
        required=False,
        allow_null=True,
        default=None,
        min_value=0,
        max_value=1,
        help_text="For rule sample: the share drawn, above 0 and below 1.",
    )
    seed = serializers.IntegerField(required=False, default=0, min_value=-EXACT, max_value=EXACT)
    most_reasons = serializers.IntegerField(
        required=False,
        default=LIMIT,
        min_value=1,
        max_value=MOST_REASONS,
        help_text="Principal reasons given, unless the version's profile says otherwise.",
    )
    thresholds = serializers.DictField(
        child=serializers.FloatField(min_value=0, max_value=1),
        required=False,
        default=dict,
        help_text=(
            f"Where a quality figure becomes a warning, by name ({', '.join(THRESHOLDS)}): they make "
            "the version's own stricter, and never looser."
        ),
    )


class ExplainPolicyOut(serializers.Serializer[Any]):
    use_case = serializers.CharField()
    rule = serializers.ChoiceField(choices=RULES)
    words = serializers.CharField()
    rate = serializers.FloatField(allow_null=True)
    seed = serializers.IntegerField()
    most_reasons = serializers.IntegerField()
    thresholds = serializers.DictField(child=serializers.FloatField())
    actor = serializers.CharField(help_text="Who set it; empty while nobody has.")
    set_at = serializers.DateTimeField(allow_null=True)
    entry_id = serializers.UUIDField(allow_null=True, help_text="The log entry that set it.")


class BackfillIn(Strict):
    version = Text(
        max_length=130, required=False, default="", allow_blank=True, help_text="model@version"
    )
    since = serializers.DateTimeField(required=False, allow_null=True, default=None)
    until = serializers.DateTimeField(required=False, allow_null=True, default=None)
    adverse_only = serializers.BooleanField(required=False, default=False)


class BackfillOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    use_case = serializers.CharField()
    version = serializers.CharField(source="model_ref")
    since = serializers.DateTimeField(allow_null=True)
    until = serializers.DateTimeField(allow_null=True)
    adverse_only = serializers.BooleanField()
    state = serializers.ChoiceField(choices=("running", "done", "cancelled"))
    total = serializers.IntegerField(help_text="Decisions there were when it began.")
    seen = serializers.IntegerField()
    asked = serializers.IntegerField(help_text="Queued for explanation.")
    known = serializers.IntegerField(help_text="Explained, or waiting, before.")
    not_adverse = serializers.IntegerField()
    unprofiled = serializers.IntegerField()
    actor = serializers.CharField()
    started_at = serializers.DateTimeField()
    moved_at = serializers.DateTimeField()


class BoundsIn(Strict):
    lower = Number(required=False, allow_null=True, default=None)
    upper = Number(required=False, allow_null=True, default=None)


class RecourseIn(Strict):
    """Constraints of the caller's own. All of them narrow the version's policy."""

    freeze = serializers.ListField(
        child=Text(max_length=256),
        max_length=1000,
        required=False,
        default=list,
        help_text="Features that stay as they are.",
    )
    bounds = serializers.DictField(
        child=BoundsIn(),
        required=False,
        default=dict,
        help_text="By feature, bounds within those of the policy.",
    )
    max_changes = Whole(min_value=1, max_value=MOST_CHANGES, required=False, default=None)
    answers = Whole(min_value=1, max_value=MOST_ANSWERS, required=False, default=None)
    max_days = Number(
        min_value=0, required=False, default=None, help_text="No change that takes longer."
    )

    def wishes(self) -> Wishes:
        given = self.validated_data
        return Wishes(
            freeze=tuple(given["freeze"]),
            bounds={name: Bounds(**bounds) for name, bounds in given["bounds"].items()},
            max_changes=given["max_changes"],
            answers=given["answers"],
            max_days=given["max_days"],
        )


class ReplayIn(Strict):
    since = serializers.DateTimeField(required=False, default=None, help_text="Decided from here.")
    until = serializers.DateTimeField(required=False, default=None, help_text="Decided before.")


@extend_schema_field({"type": "string", "contentMediaType": "application/json"})
class JsonText(serializers.JSONField):
    """JSON in a part of a form, as text or as a file, which is what curl's @ makes of it. Read as
    strictly as a body, within AUDIT_MAX_BODY."""

    def get_value(self, dictionary: Any) -> Any:
        return dictionary.get(self.field_name, empty)  # JSONField makes a text of whatever it is

    def to_internal_value(self, data: Any) -> Any:
        raw = data.read(settings.AUDIT_MAX_BODY + 1) if hasattr(data, "read") else data.encode()
        if len(raw) > settings.AUDIT_MAX_BODY:
            raise TooLarge(f"The {self.field_name} has at most {settings.AUDIT_MAX_BODY:,} bytes.")
        try:
            return strict_loads(raw)
        except NotStrict as error:
            raise Malformed(
                f"The {self.field_name} is not JSON that has exactly one meaning; errors says why.",
                errors=[
                    {**as_error(flaw), "pointer": f"/{self.field_name}{flaw.pointer}"}
                    for flaw in error.problems
                ],
            ) from None


class ProfileIn(Strict):
    kind = serializers.ChoiceField(choices=KINDS, help_text="What the artefact is.")
    artefact_digest = Text(
        validators=[DIGEST], help_text="SHA-256 of the artefact, in hex: another file is refused."
    )
    specification = JsonText(help_text="Features, score, threshold, reasons, recourse: docs/api.md")
    artefact = serializers.FileField(help_text="The model's file.")
    background = serializers.FileField(
        help_text="Reference rows: a JSON array of objects, one value a feature."
    )


class ProfileOut(serializers.Serializer[Any]):
    model_ref = serializers.CharField()
    use_case = serializers.CharField()
    kind = serializers.CharField(source="artefact_kind")
    artefact_digest = serializers.CharField()
    artefact_size = serializers.IntegerField(help_text="Bytes.")
    background_digest = serializers.CharField()
    background_size = serializers.IntegerField(help_text="Rows.")
    specification_digest = serializers.CharField()
    specification = serializers.SerializerMethodField()
    registered_at = serializers.DateTimeField()
    entry_id = serializers.UUIDField(help_text="The log entry that registered it.")
    links = serializers.SerializerMethodField()

    @extend_schema_field({"$ref": "#/components/schemas/Json"})
    def get_specification(self, row: ProfileView) -> dict[str, Any]:
        return row.specification.to_json()

    @extend_schema_field(VersionLinks)
    def get_links(self, row: ProfileView) -> dict[str, str]:
        model, _, number = row.model_ref.partition("@")
        proof = f"/api/v1/log/proofs/inclusion?entry={row.entry_id}"
        return {"self": f"/api/v1/models/{model}/versions/{number}/profile", "proof": proof}


class RunIn(Strict):
    version = Text(required=False, default="", allow_blank=True, help_text="slug@number.")
    since = serializers.DateField(required=False, default=None, help_text="First day (UTC).")
    until = serializers.DateField(required=False, default=None, help_text="The day after the last.")


class AlertActIn(Strict):
    act = serializers.ChoiceField(choices=("acknowledge", "explain", "close", "assign"))
    text = Text(
        required=False,
        default="",
        allow_blank=True,
        max_length=4000,
        help_text="Why; it stays in the clear for ever, and must name nobody.",
    )
    owner = Text(required=False, default=None, allow_null=True, max_length=120)


class BatchIn(Strict):
    name = Text(max_length=120)


class RetrainedIn(Strict):
    version = Text(max_length=130, help_text="slug@number.")
