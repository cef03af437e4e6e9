"""Rows of JSON Lines: one object a line, its values texts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, BinaryIO, Final, NoReturn

from tracker.exchange.rows import (
    COLUMNS,
    LONGEST_FIELD_CHARS,
    Lines,
    RawRow,
    RowFault,
    shortened,
    unknown_columns,
    value_faults,
)

_KNOWN: Final = frozenset(COLUMNS)
_PLAIN: Final = frozenset({str, type(None)})
_LISTS: Final = frozenset({"party", "tag"})
_NUMBERS: Final = frozenset({"on", "grade"})
_REJECTED: Final = frozenset({"line", "file", "reason"})
"""What a file of rejects has beside its columns: it can be mended and imported as it is."""
_SUSPECT: Final = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")


class _Pairs(list[tuple[str, object]]):
    """An object as it was written, duplicate keys and all."""


class _Number(str):
    """A number as it was written: never an int, whose digits could be too many, nor a float."""

    __slots__ = ()


class _BadValueError(Exception):
    """A value that no column can hold."""

    def __init__(self, column: str | None, value: str | None, reason: str) -> None:
        super().__init__(reason)
        self.column, self.value, self.reason = column, value, reason


def _refuse_constant(name: str) -> NoReturn:
    raise _BadValueError(None, name, f"{name} is not JSON; write a text in quotes, or null")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_Pairs,
    parse_int=_Number,
    parse_float=_Number,
    parse_constant=_refuse_constant,
)


def read_jsonl(stream: BinaryIO, name: str) -> Iterator[RawRow | RowFault]:
    """The rows of *stream*, and what is wrong with it."""
    lines = Lines(stream)
    is_first = True
    for text, fault in lines:
        if fault is None and (not text or text.isspace()):
            continue
        if fault is not None:
            yield RowFault(name, lines.number, None, shortened(text.strip()) or None, fault)
        elif is_first and text.lstrip().startswith("["):
            reason = "the file is a JSON list; write one object a line (jq -c '.[]' does)"
            yield RowFault(name, lines.number, None, None, reason, of_file=True)
            return
        else:
            yield _row(name, lines.number, text)
        is_first = False


def _row(name: str, line: int, text: str) -> RawRow | RowFault:
    try:
        values = _plain_row(text) or _values(_DECODER.decode(text))
    except _BadValueError as bad:
        return RowFault(name, line, bad.column, shortened(bad.value), bad.reason, _told(text))
    except json.JSONDecodeError as error:
        reason = f"this is not JSON: {error.msg} at column {error.colno}"
        return RowFault(name, line, None, shortened(text.strip()), reason)
    except RecursionError:
        reason = "its lists and objects nest too deeply; a row is one flat object"
        return RowFault(name, line, None, shortened(text.strip()), reason)
    # Only an escape can put a NUL or half of a character into a text of JSON.
    if len(text) > LONGEST_FIELD_CHARS or _SUSPECT.search(text):
        for fault in value_faults(name, line, values):
            return fault
    return RawRow(line, values)


def _plain_row(text: str) -> dict[str, str | None] | None:
    """A row of texts and nulls without an escape, as nearly every one is; None for any other.

    It is read in a quarter of the time. A key that stands there twice has quotation marks that no
    value of the row accounts for.
    """
    if "\\" in text:
        return None
    read, fault = _quick_reader()
    try:
        values: dict[str, str | None] = read(text)
    except (fault, UnicodeEncodeError, RecursionError):
        return None
    texts = len(values) + sum(value is not None for value in values.values())
    if text.count('"') != 2 * texts or not values.keys() <= _KNOWN:
        return None
    return values


@cache
def _quick_reader() -> tuple[Callable[[str], dict[str, str | None]], type[Exception]]:
    import msgspec

    return msgspec.json.Decoder(dict[str, str | None]).decode, msgspec.MsgspecError


def _values(pairs: object) -> dict[str, str | None]:
    if not isinstance(pairs, _Pairs):
        raise _BadValueError(None, None, "a row must be a JSON object")
    plain: dict[str, Any] = dict(pairs)
    if (
        plain.keys() <= _KNOWN
        and len(plain) == len(pairs)
        and _PLAIN.issuperset(map(type, plain.values()))
    ):
        return plain  # as nearly every row is
    passed_over = _passed_over(pairs)
    values: dict[str, str | None] = {}
    for key, value in pairs:
        if key in values:
            raise _BadValueError(_safe(key), None, f"the key {_safe(key)!r} stands there twice")
        values[key] = value if type(value) is str or value is None else _text(key, value)
    for key in passed_over:
        del values[key]
    return values


def _passed_over(pairs: _Pairs) -> frozenset[str]:
    """The keys of an object that are no columns, and may be there; any other is a fault."""
    unknown = {key for key, _ in pairs} - _KNOWN
    if not unknown:
        return frozenset()
    passed_over = _REJECTED if unknown >= _REJECTED else frozenset()
    if names := [_safe(key) for key in dict(pairs) if key in unknown - passed_over]:
        raise _BadValueError(names[0], None, unknown_columns(names))
    return passed_over


def _text(key: str, value: object) -> str | None:
    if isinstance(value, _Number):
        if key in _NUMBERS or key in _REJECTED:
            return str(value)
        raise _BadValueError(_safe(key), str(value), f"write it in quotes: {_quoted(value)}")
    if key in _LISTS and isinstance(value, list) and not isinstance(value, _Pairs):
        return _joined(key, value)
    kind = "an object" if isinstance(value, _Pairs) else "a list"
    if isinstance(value, bool):
        kind = "true" if value else "false"
    raise _BadValueError(_safe(key), None, f"it is {kind}; write a text in quotes, or null")


def _joined(key: str, items: list[object]) -> str | None:
    for item in items:
        if type(item) is not str:
            raise _BadValueError(key, None, "each in the list must be a text in quotes")
        if ";" in item:
            reason = f"{item[:60]!r} holds a semicolon, which parts one {key} from the next"
            raise _BadValueError(key, _safe(item), f"{reason}; write it without")
    return ";".join(str(item) for item in items) or None


def _quoted(number: str) -> str:
    return f'"{shortened(number)}"'


def _safe(text: str) -> str:
    return text.encode(errors="replace").decode()


def _told(text: str) -> dict[str, str | None] | None:
    """What could be read of a bad row, its texts alone; None where that is nothing."""
    try:
        pairs = json.loads(text, parse_int=_Number, parse_float=_Number)
    except (ValueError, RecursionError):
        return None
    if not isinstance(pairs, dict):
        return None
    texts = {key: value for key, value in pairs.items() if isinstance(value, str)}
    return {_safe(key): _safe(value[:LONGEST_FIELD_CHARS]) for key, value in texts.items()}
