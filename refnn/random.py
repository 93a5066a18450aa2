"""Generators of random numbers, with torch's CPU streams and torch's state (torch.random).

    g = Generator().manual_seed(0)
    refnn.rand(3, generator=g)

draws what torch draws. Functions called without a generator share `default_generator`, which starts at a
random seed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from refnn.autograd.base import TensorBase, wrap
from refnn.ops._mersenne import MersenneTwister
from refnn.types import device as Device

if TYPE_CHECKING:
    from refnn.tensor import Tensor

__all__ = [
    "Generator",
    "default_generator",
    "fork_rng",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
    "seed",
    "set_rng_state",
    "thread_safe_generator",
]

_FIRST_SEED = 67280421310721  # of every new Generator


class Generator(MersenneTwister):
    """A stream of random numbers of its own, MT19937. Pickles and copies with its position."""

    __slots__ = ("device",)

    def __init__(self, device: Any = "cpu") -> None:
        if isinstance(device, str) and device == "meta":
            raise RuntimeError("META device type not an accelerator.")
        self.device = Device(device)
        super().__init__(_FIRST_SEED)

    def manual_seed(self, seed: int, /) -> Generator:
        """Start again from `seed`, in [−2⁶³, 2⁶⁴), negative ones modulo 2⁶⁴; returns the generator.

        Raises RuntimeError or TypeError for what is not an int, ValueError out of range.
        """
        if isinstance(seed, np.integer):  # which torch takes for an integer, and then fails to convert
            raise TypeError("an integer is required")
        if isinstance(seed, bool) or not isinstance(seed, int):
            kind = type(seed)
            name = f"numpy.{kind.__name__}" if kind.__module__ == "numpy" else kind.__name__
            raise RuntimeError(f"manual_seed expected a long, but got {name}")
        if not -(2**63) <= seed < 2**64:
            raise ValueError("Overflow when unpacking long long")
        self.reseed(seed)
        return self

    def seed(self) -> int:
        """Start again from a random seed, and return it."""
        value = int.from_bytes(os.urandom(8), "little")
        self.reseed(value)
        return value

    def initial_seed(self) -> int:
        """The seed last set, in [0, 2⁶⁴)."""
        return self.seed_value

    def get_state(self) -> Tensor:
        """The state as 5,056 uint8, which torch's `set_state` understands too."""
        state: Tensor = wrap(self.state_bytes())
        return state

    def set_state(self, new_state: Tensor, /) -> Generator:
        """Continue from a state that `get_state`, here or in torch, returned.

        Raises TypeError for what is not a uint8 tensor, RuntimeError for what is not a state.
        """
        if not isinstance(new_state, TensorBase):
            raise TypeError(f"expected a torch.ByteTensor, but got {type(new_state).__name__}")
        if new_state._data.dtype != np.uint8:
            raise TypeError("RNG state must be a torch.ByteTensor")
        self.load_state_bytes(new_state._data.tobytes())
        return self

    def clone_state(self) -> Generator:
        """A new generator at the same position."""
        twin = Generator(self.device)
        twin.load_state_bytes(self.state_bytes().tobytes())
        return twin

    def get_offset(self) -> int:
        """Raises RuntimeError: MT19937 has a position, not an offset."""
        raise RuntimeError("CPU Generator does not use offset")

    def set_offset(self, offset: int, /) -> Generator:
        """Raises RuntimeError: MT19937 has a position, not an offset."""
        if not isinstance(offset, int):
            raise RuntimeError(f"manual_offset expected a long, but got {type(offset).__name__}")
        raise RuntimeError("CPU Generator does not use offset")

    def graphsafe_get_state(self) -> Generator:
        """Raises NotImplementedError: states that a graph of a GPU can hold are a GPU's."""
        raise NotImplementedError("graphsafe_get_state is not supported in this Generator")

    def graphsafe_set_state(self, state: Generator, /) -> Generator:
        """Raises NotImplementedError: states that a graph of a GPU can hold are a GPU's."""
        raise NotImplementedError("graphsafe_set_state is not supported in this Generator")

    def __reduce__(self) -> tuple[Any, ...]:
        return _generator_at, (self.state_bytes().tobytes(),)


def _generator_at(state: bytes) -> Generator:
    generator = Generator()
    generator.load_state_bytes(state)
    return generator


default_generator = Generator()
default_generator.seed()


def manual_seed(seed: Any) -> Generator:
    """Seed the default generator, and return it. Whatever `int` understands will do.

    Raises ValueError outside [−2⁶³, 2⁶⁴).
    """
    return default_generator.manual_seed(int(seed))


def seed() -> int:
    """Seed the default generator at random, and return the seed."""
    return default_generator.seed()


def initial_seed() -> int:
    """The seed of the default generator."""
    return default_generator.initial_seed()


def get_rng_state() -> Tensor:
    """The state of the default generator, 5,056 uint8."""
    return default_generator.get_state()


def set_rng_state(new_state: Tensor) -> None:
    """Put the default generator into a state that `get_rng_state` returned."""
    default_generator.set_state(new_state)


def thread_safe_generator() -> Generator | None:
    """The generator of a DataLoader's worker thread: None, since data is loaded in the thread that asks."""
    return None


@contextmanager
def fork_rng(
    devices: Iterable[Any] | None = None,
    enabled: bool = True,
    _caller: str = "fork_rng",
    _devices_kw: str = "devices",
    device_type: str | None = None,
) -> Iterator[None]:
    """Inside, draw as you like; afterwards the default generator is where it was.

    Raises AssertionError for devices other than the CPU.
    """
    if not enabled or device_type == "meta":
        yield
        return
    if devices is not None and list(devices):
        raise AssertionError("Torch not compiled with CUDA enabled")
    state = default_generator.state_bytes().tobytes()
    try:
        yield
    finally:
        default_generator.load_state_bytes(state)
