"""Our own samples: rows of data that describe a call, built with equal values in both libraries.

    Case("nn.MaxPool2d", "all equal: one index wins", call(ones(1, 1, 4, 4)), init=call(2))

An array is described by its values and by how it lies in memory. A negative stride exists in refnn
only; torch's side gets the same values in C order.
"""

import types
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch

import refnn
from refnn.autograd.op import Array
from refnn.testing.conformance import names
from refnn.testing.conformance.compare import Tolerance
from refnn.testing.conformance.convert import Copier, Inconvertible, dtype_to_refnn, lacking, tensor_from
from refnn.testing.conformance.evaluate import Side, compare
from refnn.testing.conformance.modules import Pair, differentiable
from refnn.testing.conformance.precision import HALVES, exact_reference, in_double
from refnn.testing.conformance.report import Outcome, Report
from refnn.testing.conformance.tolerances import bounds_for

# ---------------------------------------------------------------- arrays


@dataclass(frozen=True)
class Spec:
    """An array to be made: values, dtype (None: the dtype of the test), layout, whether it has a gradient."""

    make: Callable[[np.random.Generator], Any]
    dtype: str | None = None
    grad: bool = True
    layout: Callable[[Array], Array] = lambda array: array

    def constant(self) -> "Spec":
        """Without a gradient."""
        return replace(self, grad=False)

    def of(self, dtype: str) -> "Spec":
        """In a fixed dtype."""
        return replace(self, dtype=dtype, grad=self.grad and "float" in dtype)

    def flipped(self, *dims: int) -> "Spec":
        """With negative strides along the dimensions."""
        return replace(self, layout=lambda a: np.flip(np.flip(a, dims).copy(), dims))

    def stepped(self) -> "Spec":
        """Every second element of a row of memory."""
        return replace(self, layout=lambda a: np.repeat(a, 2, -1)[..., ::2])

    def transposed(self, *order: int) -> "Spec":
        """C order after the dimensions are permuted: channels last is (0, 2, 3, 1)."""
        back = np.argsort(order)
        return replace(self, layout=lambda a: a.transpose(order).copy().transpose(back))

    def expanded(self, *shape: int) -> "Spec":
        """Broadcast to a shape, with strides of 0."""
        return replace(self, layout=lambda a: np.broadcast_to(a, shape))

    def build(self, rng: np.random.Generator, dtype: str) -> Array:
        """The array in its layout."""
        with np.errstate(over="ignore"):  # 1e30 is infinite in float16
            return self.layout(np.array(self.make(rng), order="C").astype(getattr(refnn, self.dtype or dtype).numpy))


def values(nested: Any) -> Spec:
    """These numbers."""
    return Spec(lambda _: nested)


def normal(*shape: int) -> Spec:
    """Normal numbers."""
    return Spec(lambda rng: rng.standard_normal(shape))


def uniform(*shape: int, low: float = 0.0, high: float = 1.0) -> Spec:
    """Numbers from an interval."""
    return Spec(lambda rng: rng.uniform(low, high, shape))


def ones(*shape: int) -> Spec:
    """Ones."""
    return Spec(lambda _: np.ones(shape))


def zeros(*shape: int) -> Spec:
    """Zeros."""
    return Spec(lambda _: np.zeros(shape))


def arange(*shape: int) -> Spec:
    """0, 1, 2 … in C order."""
    return Spec(lambda _: np.arange(np.prod(shape)).reshape(shape))


def steps(*shape: int, of: int = 3) -> Spec:
    """Small integers, so that ties are many."""
    return Spec(lambda rng: rng.integers(0, of, shape))


def classes(*shape: int, of: int) -> Spec:
    """Class numbers, int64."""
    return Spec(lambda rng: rng.integers(0, of, shape), "int64", grad=False)


# ---------------------------------------------------------------- rows


@dataclass(frozen=True)
class Call:
    """The arguments of a call."""

    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)


def call(*args: Any, **kwargs: Any) -> Call:
    """Arguments, written as they would be in the call."""
    return Call(args, kwargs)


@dataclass(frozen=True)
class Case:
    """One row. `target` is a class (then `init` builds it) or a function.

    `on_copy` gives the call a copy of its first argument, for in-place forms on what has a gradient.
    `tolerance` replaces torch's and `why` then says why.
    """

    target: str
    title: str
    call: Call = field(default_factory=Call)
    init: Call | None = None
    second: bool = True
    on_copy: bool = False
    tolerance: Tolerance | None = None
    why: str = ""

    def __post_init__(self) -> None:
        if self.tolerance is not None and not self.why:
            raise ValueError(f"{self.target}, {self.title}: a tolerance without a reason")

    @property
    def is_module(self) -> bool:
        return self.target.split(".")[-1][0].isupper()


@dataclass(frozen=True)
class CaseTest:
    """All rows of one target, in one dtype; modules in both modes."""

    target: str
    dtype: torch.dtype
    rows: tuple[Case, ...]

    def __str__(self) -> str:
        return f"cases/{self.target}/{str(self.dtype).removeprefix('torch.')}"


def tests_of(rows: list[Case]) -> list[CaseTest]:
    """The rows by target, in every real dtype that is a float."""
    targets = dict.fromkeys(row.target for row in rows)
    return [
        CaseTest(target, dtype, tuple(row for row in rows if row.target == target))
        for target in targets
        for dtype in (torch.float32, torch.float64, *HALVES)
    ]


# ---------------------------------------------------------------- running


def run(test: CaseTest) -> Report:
    """Compare all rows of a test."""
    report = Report(str(test), skipped=lacking(test.dtype))
    if report.skipped:
        return report
    modes = (True, False) if test.rows[0].is_module else (True,)
    runs = [(row, training) for training in modes for row in test.rows]
    for number, (row, training) in enumerate(runs):
        mode = ("", " eval", " train")[0 if len(modes) == 1 else 1 + training]
        report.outcomes.append(Outcome(number, row.title + mode))
    try:
        twin = names.look_up(refnn, test.target)
    except names.Missing:
        report.missing = test.target
        return report
    for outcome, (row, training) in zip(report.outcomes, runs, strict=True):
        try:
            _compare(outcome, row, twin, test, training)
        except Inconvertible as error:
            outcome.missing = str(error)
    return report


def _compare(outcome: Outcome, row: Case, twin: Any, test: CaseTest, training: bool) -> None:
    dtype, otherwise = test.dtype, bounds_for(str(test))
    half = dtype in HALVES
    second = row.second and not half
    original = names.look_up(torch, row.target)

    def bounds(quantity: str, path: str) -> Tolerance | None:
        return otherwise(quantity, path) or row.tolerance

    if row.is_module:
        pair = Pair(original, twin, dtype, training, row.on_copy)
        built = [_built(lib, row.init or Call(), row.title, dtype) for lib in (torch, refnn)]
        called = [_built(lib, row.call, row.title, dtype) for lib in (torch, refnn)]
        pair.compare_built(outcome, built, called, second=second, bounds=bounds)
        return
    torch_side = _side(torch, original, row, dtype)
    refnn_side = _side(refnn, twin, row, dtype)
    nearer = exact_reference(_side(torch, original, row, dtype, in_double), dtype) if half else None
    compare(outcome, torch_side, refnn_side, second=second, bounds=bounds, nearer=nearer)


def _side(
    lib: types.ModuleType,
    function: Callable[..., Any],
    row: Case,
    dtype: torch.dtype,
    change: Callable[[Any, torch.dtype], Any] = lambda call, dtype: call,
) -> Side:
    args, kwargs = change(_built(lib, row.call, row.title, dtype), dtype)

    def forward() -> Any:
        first = (args[0].clone(), *args[1:]) if row.on_copy else args
        return function(*first, **kwargs)

    after = {"arguments": (args, kwargs)}
    return Side(lib, forward, dict(differentiable((args, kwargs))), after=lambda: after)


def _built(lib: types.ModuleType, described: Call, title: str, dtype: torch.dtype) -> tuple[Any, Any]:
    """A call's arguments in one library; the values depend on the row and the place only."""
    name = str(dtype).removeprefix("torch.")

    def build(item: Any, place: str) -> Any:
        if isinstance(item, Spec):
            array = item.build(np.random.default_rng(zlib.crc32(f"{title} {place}".encode())), name)
            kind = refnn.dtypes.from_numpy(array.dtype)
            return tensor_from(lib, array, item.grad and (kind.is_floating_point or kind.is_complex))
        if isinstance(item, list | tuple):
            return type(item)(build(part, f"{place}.{i}") for i, part in enumerate(item))
        if isinstance(item, torch.dtype):
            return item if lib is torch else dtype_to_refnn(item)
        return item if lib is torch else Copier(refnn)(item)

    args = tuple(build(item, str(i)) for i, item in enumerate(described.args))
    return args, {key: build(item, key) for key, item in described.kwargs.items()}
