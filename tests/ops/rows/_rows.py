"""What a row of the op table's test says, and the arrays that rows are made of.

    ROWS = [row(ops.softmax, normal(3, 4), dim=1)]

Arrays are positional, metadata is keyword-only, as in the op's own call. Float and complex arrays are given
in double precision; the test casts them to each dtype that it needs. Whole numbers and booleans stay.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from refnn.autograd.op import Op

_source = np.random.RandomState(2024)


def normal(*shape: int) -> np.ndarray:
    """Standard normal values."""
    return np.asarray(_source.randn(*shape))


def uniform(*shape: int, low: float = 0.1, high: float = 0.9) -> np.ndarray:
    """Uniform values between two bounds."""
    return np.asarray(_source.uniform(low, high, shape))


def away(*shape: int) -> np.ndarray:
    """Values of both signs, at least 0.2 away from 0."""
    magnitude = _source.uniform(0.2, 1.5, shape)
    return np.asarray(np.where(_source.uniform(size=shape) < 0.5, -magnitude, magnitude))


def distinct(*shape: int) -> np.ndarray:
    """Values 0.1 apart from one another, in random order; none near 0, no two equal in magnitude."""
    n = int(np.prod(shape))
    return (0.1 * (_source.permutation(n) - n // 2) + 0.03).reshape(shape)


def compound(*shape: int) -> np.ndarray:
    """Complex values away from the axes."""
    return away(*shape) + 1j * away(*shape)


def whole(*shape: int, of: int) -> np.ndarray:
    """Whole numbers from 0 to `of`, exclusive."""
    return np.asarray(_source.randint(0, of, shape))


@dataclass(frozen=True)
class Derived:
    """An argument that is computed from those before it: a result that a backward op is given again."""

    compute: Callable[..., Any]


@dataclass(frozen=True)
class Row:
    """One call of an op.

    Attributes:
        wrt: the arguments to differentiate, by name; None for all float arguments that have a rule.
        results: which results are differentiable, of an op that returns several; None for all floats.
        inner: results for the backward pass alone, which stay in float32 where float16 is given.
        kink: the values lie where finite differences say nothing: only identity and dtypes are checked.
        half: whether float16 is checked too.
    """

    op: Op
    arrays: tuple[Any, ...]
    meta: dict[str, Any]
    wrt: tuple[str, ...] | None = None
    results: tuple[int, ...] | None = None
    inner: tuple[int, ...] = ()
    kink: bool = False
    half: bool = True
    name: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", key_of(self.op))

    def names(self) -> list[str]:
        """A name for each array; those of a variadic argument share one."""
        names = list(self.op.args)
        return names + [names[-1]] * (len(self.arrays) - len(names)) if self.op.variadic else names

    def checked(self) -> tuple[int, ...]:
        """The positions of the arrays to differentiate."""
        op = self.op
        ruled = range(len(self.arrays)) if op.joint is not None else op.rules
        floats = [k for k in ruled if isinstance(self.arrays[k], np.ndarray) and self.arrays[k].dtype.kind in "fc"]
        return tuple(k for k in sorted(floats) if self.wrt is None or self.names()[k] in self.wrt)


def key_of(op: Op) -> str:
    """An op's key in the table."""
    return f"{op.__module__.rpartition('.')[2]}.{op.__name__}"


def row(
    op: Op,
    *arrays: Any,
    wrt: tuple[str, ...] | None = None,
    results: tuple[int, ...] | None = None,
    inner: tuple[int, ...] = (),
    kink: bool = False,
    half: bool = True,
    **meta: Any,
) -> Row:
    """See Row."""
    values = tuple(np.asarray(a) if isinstance(a, np.generic) else a for a in arrays)
    return Row(op, values, meta, wrt, results, inner, kink, half)
