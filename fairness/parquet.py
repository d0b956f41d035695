"""Writing Parquet a row group at a time. Imported by exports alone: it brings pyarrow."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import orjson
import pyarrow as pa
import pyarrow.json as pj
import pyarrow.parquet as pq

_FIELDS: Final = (
    pa.field("entry_id", pa.string(), nullable=False),
    pa.field("model_ref", pa.string(), nullable=False),
    pa.field("decided_at", pa.timestamp("us", tz="UTC"), nullable=False),
    pa.field("features", pa.string(), nullable=False),
    pa.field("label", pa.string()),
    pa.field("effective", pa.string()),
    pa.field("truth", pa.string()),
    pa.field("score", pa.float64()),
    pa.field("lag_seconds", pa.int64()),
)
CARD: Final = "data_card"
COUNTS: Final = "counts"


class _Pipe(io.RawIOBase):
    """A file that is only written to; what was written is taken out as it comes."""

    def __init__(self) -> None:
        super().__init__()
        self._written: list[bytes] = []
        self._at = 0

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        raw = bytes(piece)
        self._written.append(raw)
        self._at += len(raw)
        return len(raw)

    def tell(self) -> int:
        return self._at

    def taken(self) -> Iterator[bytes]:
        while self._written:
            yield self._written.pop(0)


class Writer:
    """Rows in, pieces of a Parquet file out; ``card`` becomes metadata of the file."""

    def __init__(self, card: Mapping[str, Any], *, segments: bool) -> None:
        fields = [
            *_FIELDS,
            *([pa.field("segments", pa.string(), nullable=False)] if segments else []),
        ]
        said = orjson.dumps(dict(card), option=orjson.OPT_SORT_KEYS)
        self._schema = pa.schema(fields, metadata={CARD: said})
        self._pipe = _Pipe()
        self._writer = pq.ParquetWriter(
            pa.PythonFile(self._pipe, mode="w"), self._schema, compression="zstd"
        )

    def write(self, rows: Sequence[Mapping[str, Any]]) -> Iterator[bytes]:
        """One row group; members that the schema has not are left out."""
        if rows:
            self._writer.write_table(self._table(rows))
        yield from self._pipe.taken()

    def _table(self, rows: Sequence[Mapping[str, Any]]) -> Any:
        # By way of JSON: making arrays of Python values would import pandas, which a web process
        # must not. One block holds all of it, or a long row would straddle two.
        lines = b"\n".join(orjson.dumps(row, option=orjson.OPT_UTC_Z) for row in rows)
        read = pj.read_json(
            io.BytesIO(lines),
            read_options=pj.ReadOptions(block_size=len(lines) + 1),
            parse_options=pj.ParseOptions(
                explicit_schema=self._schema, unexpected_field_behavior="ignore"
            ),
        )
        return read.select(self._schema.names).cast(self._schema)

    def end(self, counts: Mapping[str, int]) -> Iterator[bytes]:
        """The rest of the file; ``counts`` become metadata of it, known only now."""
        self._writer.add_key_value_metadata({COUNTS: orjson.dumps(dict(counts)).decode()})
        self._writer.close()
        yield from self._pipe.taken()
