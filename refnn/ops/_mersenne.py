"""MT19937 as torch's CPU generator runs it: a stream of 32-bit words, and its state in 5,056 bytes.

NumPy's legacy `RandomState` is the same generator with the same seeding, so it makes the words, always in
whole blocks of 624. A block is kept and served from: a draw of one number costs a slice, not a call into
the generator, and the position in the block is the position that torch stores in its state.

Source: Matsumoto and Nishimura, "Mersenne Twister", ACM TOMACS 8 (1998); the layout of the state is that
of `torch.Generator.get_state`.
"""

from __future__ import annotations

import struct
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["STATE_BYTES", "MersenneTwister"]

WORDS = 624
STATE_BYTES = 5056
_HEADER = struct.Struct("<QiiQ")  # seed, left, seeded, next
_NORMAL = struct.Struct("<ddi")  # the cached normal, a field that is always zero, whether the first counts
_KEY_AT, _KEY_END, _NORMAL_AT = 24, 24 + 8 * WORDS, 5024
_LOW, _HIGH = (0, 1) if sys.byteorder == "little" else (1, 0)  # the halves of a uint64 in memory
_NO_WORDS = np.empty(0, np.uint32)


class MersenneTwister:
    """A stream of random words.

    Attributes:
        seed_value: the 64-bit seed last given; its low 32 bits started the stream.
        cached_normal: the second half of the last serial Box–Muller pair, or None.

    `left` and `next` are torch's counters: `left − 1` words of the block are unused, the first of them at
    `next`; a fresh generator has left = 1 and next = 0.
    """

    __slots__ = ("_block", "_generators", "_key", "_left", "_next", "cached_normal", "seed_value")

    def __init__(self, seed: int) -> None:
        self._generators: tuple[np.random.RandomState, np.random.MT19937] | None = None
        self.reseed(seed)

    def reseed(self, seed: int) -> None:
        """Start again from `seed`, taken modulo 2⁶⁴."""
        self.seed_value = seed & 0xFFFFFFFFFFFFFFFF
        if self._generators is not None:
            self._generators[0].seed(seed & 0xFFFFFFFF)
        self._block = _NO_WORDS
        self._key: bytes | None = None  # what the state says of the block, once it has been asked for
        self._left, self._next = 1, 0
        self.cached_normal: float | None = None

    def _sources(self) -> tuple[np.random.RandomState, np.random.MT19937]:
        """NumPy's generator, for many words and for one block; made when first needed: the import is slow."""
        if self._generators is None:
            bits = np.random.MT19937()
            self._generators = np.random.RandomState(bits), bits
            self._generators[0].seed(self.seed_value & 0xFFFFFFFF)
        return self._generators

    # Words

    def words(self, n: int) -> NDArray[np.uint32]:
        """The next n words, in an array that the caller may overwrite."""
        start = self._next
        if n < self._left:
            self._next = start + n
            self._left -= n
            return self._block[start : start + n].copy()
        have = self._left - 1
        rest, missing = self._block[start : start + have], n - have
        if missing <= WORDS:
            block = self._next_block()
            self._keep(block, WORDS - missing)
            return np.concatenate((rest, block[:missing]))
        blocks = self._blocks(missing)
        out = np.empty(have + WORDS * len(blocks), np.uint32)
        out[:have] = rest
        halves = blocks.reshape(-1).view(np.uint32)
        out[have::2] = halves[_HIGH::2]
        out[have + 1 :: 2] = halves[_LOW::2]
        self._keep(out[-WORDS:].copy(), len(out) - n)
        return out[:n]

    def pairs(self, n: int) -> NDArray[np.uint64]:
        """The next 2n words as n integers of 64 bits, the earlier word on top, to be overwritten freely."""
        start, have = self._next, self._left - 1
        if 2 * n <= have + WORDS or have % 2:
            return _joined(self.words(2 * n))
        blocks = self._blocks(2 * n - have)
        last = _split(blocks[-1])
        out = blocks.reshape(-1)
        if have:
            out = np.concatenate((_joined(self._block[start : start + have]), out))
        self._keep(last, 2 * (len(out) - n))
        return out[:n]

    def word(self) -> int:
        """The next word."""
        if self._left == 1:
            return int(self.words(1)[0])
        value = int(self._block[self._next])
        self._left -= 1
        self._next += 1
        return value

    def pair(self) -> int:
        """The next two words as one integer of 64 bits, the earlier word on top."""
        high = self.word()
        return high << 32 | self.word()

    def _next_block(self) -> NDArray[np.uint32]:
        """A fresh block, in half the time that `_blocks` takes for one."""
        words: NDArray[np.uint64] = self._sources()[1].random_raw(WORDS)
        return words.astype(np.uint32)

    def _blocks(self, words: int) -> NDArray[np.uint64]:
        """So many fresh blocks that they hold `words` words, (blocks, 312), two words in each integer."""
        count = -(-words // WORDS)
        return self._sources()[0].randint(0, 1 << 64, size=(count, WORDS // 2), dtype=np.uint64)

    def _keep(self, block: NDArray[np.uint32], unused: int) -> None:
        self._block = block
        self._key = None
        self._left, self._next = unused + 1, WORDS - unused

    # State

    def state_bytes(self) -> NDArray[np.uint8]:
        """The state as torch lays it out, little-endian; what is not listed is zero.

        0: seed (u64), 8: left (i32), 12: seeded (i32), 16: next (u64), 24: 624 words, each as u64,
        5024: cached normal (f64), 5040: whether it is valid (i32).
        """
        if self._key is None:
            state: Any = self._sources()[0].get_state(legacy=False)
            self._key = state["state"]["key"].astype("<u8").tobytes()
        data = bytearray(STATE_BYTES)
        _HEADER.pack_into(data, 0, self.seed_value, self._left, 1, self._next)
        data[_KEY_AT:_KEY_END] = self._key
        if self.cached_normal is not None:
            _NORMAL.pack_into(data, _NORMAL_AT, self.cached_normal, 0.0, 1)
        return np.frombuffer(data, np.uint8)

    def load_state_bytes(self, data: bytes) -> None:
        """Take over a state that `state_bytes`, or torch, wrote. Raises RuntimeError for any other."""
        if len(data) != STATE_BYTES:
            raise RuntimeError(
                f"Expected a CPUGeneratorImplState of size {STATE_BYTES} but found the input RNG state size "
                f"to be {len(data)}"
            )
        seed, left, seeded, position = _HEADER.unpack_from(data, 0)
        if not seeded or not 0 < left <= WORDS or position > WORDS or position + left - 1 > WORDS:
            raise RuntimeError("Invalid mt19937 state")
        normal, _, is_cached = _NORMAL.unpack_from(data, _NORMAL_AT)
        self.seed_value = seed
        self._left, self._next = left, position
        self.cached_normal = normal if is_cached else None
        key = data[_KEY_AT:_KEY_END]
        if key != self._key or (left > 1 and len(self._block) == 0):  # else the block at hand is the one
            self._load_block(key, left > 1)

    def _load_block(self, key: bytes, is_in_use: bool) -> None:
        """Make the block that `key` stands for, unless all of it is used up, and move the source to its end."""
        self._block, self._key = _NO_WORDS, key
        words = np.frombuffer(key, "<u8").astype(np.uint32)
        state: Any = ("MT19937", words, 0 if is_in_use else WORDS)
        self._sources()[0].set_state(state)
        if is_in_use:
            self._block = _split(self._blocks(WORDS).reshape(-1))


def _joined(words: NDArray[np.uint32]) -> NDArray[np.uint64]:
    out = np.empty(len(words) // 2, np.uint64)
    halves = out.view(np.uint32)
    halves[_HIGH::2], halves[_LOW::2] = words[0::2], words[1::2]
    return out


def _split(pairs: NDArray[np.uint64]) -> NDArray[np.uint32]:
    out = np.empty(2 * len(pairs), np.uint32)
    halves = pairs.view(np.uint32)
    out[0::2], out[1::2] = halves[_HIGH::2], halves[_LOW::2]
    return out
