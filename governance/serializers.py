"""The shapes of the registry's and the people's API: ``…In`` what may be sent, ``…Out`` what is told."""

from typing import Any

from rest_framework import serializers

from governance.models.registry import DIGEST, NUMBER, SLUG

TEXT = 10_000


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
        super().__init__(trim_whitespace=False, **options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


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
    facts = serializers.DictField(required=False, default=dict)


class VersionOut(serializers.Serializer[Any]):
    model = serializers.CharField()
    number = serializers.CharField()
    model_ref = serializers.CharField()
    use_case = serializers.CharField()
    state = serializers.CharField()
    notes = serializers.CharField()
    artefact_digest = serializers.CharField()
    facts = serializers.DictField()
    created_by = serializers.UUIDField(allow_null=True)
    created_by_name = serializers.CharField()
    created_at = serializers.DateTimeField()
    retired_at = serializers.DateTimeField(allow_null=True)


class MeOut(serializers.Serializer[Any]):
    actor = serializers.CharField()
    name = serializers.CharField()
    acts = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="Acts by use case; the entry * holds what is allowed in every use case.",
    )


class ErasureIn(Strict):
    use_case = Text(validators=[SLUG])
    subject = Text(
        max_length=256, required=False, help_text="The caller's reference of the person."
    )
    subject_id = serializers.UUIDField(
        required=False, help_text="The pseudonym instead, as entries of the log name it."
    )
    reason = Text(max_length=1000, help_text="Why. Kept for ever, so no personal data here.")
    legal_basis = Text(max_length=200, required=False, default="", allow_blank=True)
    request_id = Text(max_length=128, required=False, default="", allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("subject" in attrs) == ("subject_id" in attrs):
            raise serializers.ValidationError("Name the person by subject or by subject_id.")
        return attrs


class ErasureOut(serializers.Serializer[Any]):
    subject = serializers.UUIDField()
    use_case = serializers.CharField()
    entry_id = serializers.UUIDField()
    erased_at = serializers.DateTimeField()
