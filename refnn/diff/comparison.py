"""Compare: run two sides in step with each other, and judge all that they produce."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from refnn import bridge
from refnn.diff.align import align
from refnn.diff.judge import Bound, Row, judge
from refnn.diff.record import Entry, Recorder, Side
from refnn.diff.report import Report
from refnn.testing.arrays import is_tensor

__all__ = ["compare", "compare_sides"]

_END = object()


def compare(
    expected: Any,
    actual: Any = None,
    *,
    batches: Iterable[Any],
    loss: Any,
    optimizer: Callable[[Any, Any], Any] | None = None,
    steps: int | None = None,
    seed: int = 0,
    rtol: float | None = None,
    atol: float | None = None,
    kinks: float = 0.0,
) -> Report:
    """Train two models on the same batches and compare every value on the way.

    Args:
        expected: the reference, a module of torch or of refnn.
        actual: the module that is held against it. Without one, `expected` is converted to the other
            library, and of the two it is torch's that is the reference.
        batches: nested structures of tensors and arrays; each side gets a copy in its own tensors.
        loss: `loss(torch, model, batch)`, a scalar tensor, where `torch` is the library of the side that
            runs: torch itself, or refnn. Or a loss module of either library: it is called as
            `loss(model(*inputs), target)` with `(*inputs, target) = batch`, each side having its own copy.
        optimizer: `optimizer(torch, model)`, an object with `step()`. Without one, no parameter changes.
        steps: how many batches at most.
        seed: both generators are seeded with seed + step before each step, so that dropout draws alike.
        rtol, atol: the bound |Δ| ≤ atol + rtol |expected|; by default torch's tolerances for the dtype.
        kinks: the share of an output gradient's elements that may lie outside; `Bound` says why.

    Raises ImportError where torch is needed and missing, TypeError for what is no module or cannot be
    converted.
    """
    if actual is None:
        converted = bridge.convert_to_other(expected)
        swap = bridge.library_of(expected) is bridge.refnn_library()
        expected, actual = (converted, expected) if swap else (expected, converted)
    libraries = [bridge.library_of(model) for model in (expected, actual)]
    names = [library.__name__ for library in libraries]
    if names[0] == names[1]:
        names = ["expected", "actual"]
    given = list(batches)
    sides = [
        Side(
            name=name,
            model=model,
            batches=map(partial(_in_library, library=library), given),
            loss=_loss_in(library, loss),
            optimizer=None if optimizer is None else optimizer(library, model),
            seed=library.manual_seed,
        )
        for name, model, library in zip(names, (expected, actual), libraries, strict=True)
    ]
    return compare_sides(*sides, steps=steps, seed=seed, bound=Bound(rtol, atol, kinks))


def compare_sides(
    expected: Side,
    actual: Side,
    *,
    steps: int | None = None,
    seed: int = 0,
    bound: Bound | None = None,
    on_step: Callable[[int], object] = lambda step: None,
) -> Report:
    """Run two sides step by step, each step first on one side and then on the other, and compare.

    A side that runs out of batches before the other is a divergence. `on_step` is called with the
    number of steps done, after each.
    """
    bound = Bound() if bound is None else bound
    report = Report((expected.name, actual.name), bound)
    runs = [_Run(side, seed) for side in (expected, actual)]

    def judged(entries: Sequence[Sequence[Entry]]) -> list[Row]:
        return judge(align(*entries), bound, report.names)

    report.rows += judged([run.initial() for run in runs])
    while steps is None or report.steps < steps:
        entries = [run.step(report.steps) for run in runs]
        if not any(entries):
            break
        report.rows += judged(entries)
        if not all(entries):  # one side had no batch: all that the other did is unmatched
            break
        report.steps += 1
        on_step(report.steps)
    return report


class _Run:
    """One side under way: its own world and seed around everything that it does."""

    def __init__(self, side: Side, seed: int) -> None:
        self._side, self._seed = side, seed
        self._recorder = Recorder(side)
        with side.active():
            side.seed(seed)
            self._batches = iter(side.batches)

    def initial(self) -> list[Entry]:
        with self._side.active():
            return self._recorder.initial()

    def step(self, number: int) -> list[Entry]:
        """The entries of one step; none where the batches have come to an end."""
        with self._side.active():
            self._side.seed(self._seed + number)
            batch = next(self._batches, _END)
            return [] if batch is _END else self._recorder.step(number, batch)


def _in_library(value: Any, library: Any) -> Any:
    """A copy of a batch in which every tensor and array is a tensor of the library."""
    if is_tensor(value):
        return bridge.tensor_in(library, value)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(_in_library(v, library) for v in value))
    if isinstance(value, (tuple, list)):
        return type(value)(_in_library(v, library) for v in value)
    if isinstance(value, dict):
        return {k: _in_library(v, library) for k, v in value.items()}
    return value


def _loss_in(library: Any, loss: Any) -> Callable[[Any, Any], Any]:
    """The loss as a function of a model and a batch of one library."""
    if not hasattr(loss, "register_forward_hook"):
        return lambda model, batch: loss(library, model, batch)
    source = bridge.library_of(loss)
    own = loss if source is library else bridge.Conversion(source, library)(loss)

    def of_module(model: Any, batch: Any) -> Any:
        *inputs, target = batch
        return own(model(*inputs), target)

    return of_module
