"""Align: which entry of one run belongs to which of the other.

By step, kind, qualified name, call number and place in the output. Nothing is left out: an entry without
a counterpart is paired with None.
"""

from __future__ import annotations

from collections.abc import Sequence

from refnn.diff.record import Entry, Key

__all__ = ["Pair", "align"]

Pair = tuple[Entry | None, Entry | None]


def align(expected: Sequence[Entry], actual: Sequence[Entry]) -> list[Pair]:
    """Pairs in the order of `expected`; what only `actual` has follows what it followed there."""
    counterparts = {e.key: e for e in actual}
    known = {e.key for e in expected}
    if len(counterparts) != len(actual) or len(known) != len(expected):
        raise ValueError("two entries of one run have the same key")
    extra: dict[Key | None, list[Entry]] = {}  # what only `actual` has, by the shared entry before it
    before: Key | None = None
    for entry in actual:
        if entry.key in known:
            before = entry.key
        else:
            extra.setdefault(before, []).append(entry)
    pairs: list[Pair] = [(None, e) for e in extra.get(None, [])]
    for entry in expected:
        pairs.append((entry, counterparts.get(entry.key)))
        pairs += [(None, e) for e in extra.get(entry.key, [])]
    return pairs
