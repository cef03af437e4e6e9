"""Event ids: UUIDs of version 7, which sort by when they were made."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from tracker.store.ids import new_id

NOW = datetime(2025, 12, 5, 10, 30, 15, 123_999, tzinfo=UTC)


def test_an_id_is_a_uuid_of_version_7() -> None:
    """Version and variant stand where RFC 9562 has them (section 5.7)."""
    for _ in range(200):
        told = new_id(NOW)
        made = uuid.UUID(told)
        assert str(made) == told  # as everybody writes it
        assert (made.version, made.variant) == (7, uuid.RFC_4122)


def test_an_id_begins_with_its_milliseconds() -> None:
    """48 bits of them, the rest of a millisecond cut off; so ids sort as their instants do."""
    assert uuid.UUID(new_id(NOW)).int >> 80 == 1_764_930_615_123
    assert new_id(NOW) < new_id(NOW + timedelta(milliseconds=1))
    late = datetime(9999, 12, 31, tzinfo=UTC)
    assert uuid.UUID(new_id(late)).int >> 80 == int(late.timestamp() * 1000)


def test_the_example_of_the_standard() -> None:
    """RFC 9562, appendix A.6: the first 48 bits of its instant."""
    instant = datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC)
    assert new_id(instant).startswith("017f22e2-79b0-7")


def test_the_rest_is_random(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every bit that is neither instant, version nor variant comes from the source of chance."""
    asked = []

    def every_bit(bits: int) -> int:
        asked.append(bits)
        return 2**80 - 1

    monkeypatch.setattr("tracker.store.ids.secrets.randbits", every_bit)
    ones = uuid.UUID(new_id(NOW)).int
    monkeypatch.setattr("tracker.store.ids.secrets.randbits", lambda _: 0)
    zeros = uuid.UUID(new_id(NOW)).int
    assert asked == [80]
    assert ones ^ zeros == (2**12 - 1) << 64 | (2**62 - 1)
