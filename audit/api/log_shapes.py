"""What the log's public answers look like. Hashes are lower-case hex, sizes and indexes integers."""

from rest_framework import serializers


class InclusionProofOut(serializers.Serializer[dict[str, object]]):
    """``header`` is the leaf's data as text; its UTF-8 bytes are what was hashed."""

    leaf_index = serializers.IntegerField()
    leaf_hash = serializers.CharField()
    size = serializers.IntegerField()
    root = serializers.CharField()  # type: ignore[assignment]
    hashes = serializers.ListField(child=serializers.CharField())
    checkpoint = serializers.CharField(allow_null=True)
    entry_id = serializers.UUIDField(required=False)
    header = serializers.CharField(required=False)


class ConsistencyProofOut(serializers.Serializer[dict[str, object]]):
    """That the first ``from`` leaves of the tree of ``to`` leaves never changed."""

    to = serializers.IntegerField()
    from_root = serializers.CharField()
    to_root = serializers.CharField()
    hashes = serializers.ListField(child=serializers.CharField())
    checkpoint = serializers.CharField(allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field]:  # type: ignore[type-arg]
        return {"from": serializers.IntegerField(), **super().get_fields()}


class CheckpointKeyOut(serializers.Serializer[dict[str, object]]):
    vkey = serializers.CharField()
    key_id = serializers.CharField()
    algorithm = serializers.CharField()
    public_key = serializers.CharField()


class ReceiptKeyOut(serializers.Serializer[dict[str, object]]):
    key_id = serializers.CharField()
    algorithm = serializers.CharField()
    public_key = serializers.CharField()
    signs = serializers.ListField(child=serializers.CharField())


class LogKeysOut(serializers.Serializer[dict[str, object]]):
    origin = serializers.CharField()
    checkpoint_keys = CheckpointKeyOut(many=True)
    receipt_keys = ReceiptKeyOut(many=True)
