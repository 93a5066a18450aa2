"""Running one side of a comparison, and comparing the two.

A side is a library with its forward call and the tensors that gradients are wanted for. Running it
gives quantities: `output`, `input_grad`, `param_grad`, `second` (the gradient of the gradients), and
what the caller adds, such as `state`. Where a side raises, the exception takes the quantity's place.
"""

import random
import re
import types
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

import refnn
from refnn.autograd.op import Array
from refnn.testing.conformance.compare import Tolerance, default_tolerance, judge
from refnn.testing.conformance.convert import Leaf, leaves, tensor_from, tensors
from refnn.testing.conformance.report import Failure, Outcome

SEED = 7  # of the random stream that a forward call draws from, equal on both sides


@dataclass
class Side:
    """One library, ready to run: `forward` returns the tree of outputs."""

    lib: types.ModuleType
    forward: Callable[[], Any]
    inputs: dict[str, Any]
    parameters: dict[str, Any] = field(default_factory=dict)
    after: Callable[[], dict[str, Any]] = dict  # quantities to read once forward has run
    project: Callable[[Any], Any] = lambda tree: tree  # from outputs to what is differentiated
    precision: str = "float64"  # to which cotangents are rounded before they take the output's dtype
    name: str = "refnn"  # in what is said of differences


@dataclass
class Result:
    """Quantity to its leaves, or to the exception that took their place; the warnings given."""

    quantities: dict[str, dict[str, Leaf]] = field(default_factory=dict)
    errors: dict[str, Exception] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


# ---------------------------------------------------------------- running


def run(side: Side, *, first: bool = True, second: bool = True) -> Result:
    """Forward, gradients and second derivatives of one side."""
    result = Result()
    seed(side.lib, SEED)
    with caught_warnings() as caught:
        try:
            tree = side.forward()
        except Exception as error:
            result.errors["output"] = error
            tree = None
    result.warnings = warning_texts(caught)
    result.quantities.update({key: leaves(value) for key, value in side.after().items()})
    if "output" in result.errors:
        return result
    result.quantities["output"] = leaves(tree)
    if first:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _gradients(side, side.project(tree), result, second)
    return result


@contextmanager
def caught_warnings() -> Iterator[list[warnings.WarningMessage]]:
    """Record all warnings, also those that torch's C++ otherwise gives once in a process."""
    torch.set_warn_always(True)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield caught
    finally:
        torch.set_warn_always(False)


_ONCE: set[str] = set()  # what torch's C++ has warned of: a user sees it once in a process


def warning_texts(caught: list[warnings.WarningMessage]) -> list[str]:
    """Warnings as text, without those that torch's C++ gives once in a process, whoever gives them."""
    texts = []
    for item in caught:
        text, _, place = f"{item.category.__name__}: {item.message}".partition(" (Triggered internally")
        if place:
            _ONCE.add(text)
        texts.append(text)
    return [text for text in texts if text not in _ONCE]


def _gradients(side: Side, tree: Any, result: Result, second: bool) -> None:
    wanted = {**{f"input {k}": v for k, v in side.inputs.items()}, **side.parameters}
    wanted = {name: tensor for name, tensor in wanted.items() if tensor.requires_grad}
    outputs = {path: t for path, t in tensors(tree).items() if t.requires_grad}
    if not wanted or not outputs:
        return
    cotangents = {path: _cotangent(side.lib, path, t, second, side.precision) for path, t in outputs.items()}
    grad = side.lib.autograd.grad
    options = {"allow_unused": True, "create_graph": second}
    try:
        found = grad(list(outputs.values()), list(wanted.values()), list(cotangents.values()), **options)
    except Exception as error:
        result.errors["grad"] = error
        return
    grads = dict(zip(wanted, found, strict=True))
    inputs = [name for name in wanted if name.startswith("input ")]
    result.quantities["input_grad"] = _all_leaves({name: grads[name] for name in inputs})
    result.quantities["param_grad"] = _all_leaves({n: g for n, g in grads.items() if n not in inputs})
    if second:
        _second(side, wanted, grads, cotangents, result)


def _all_leaves(named: dict[str, Any]) -> dict[str, Leaf]:
    found: dict[str, Leaf] = {}
    for name, value in named.items():
        found.update(leaves(value, name))
    return found


def _second(
    side: Side, wanted: dict[str, Any], grads: dict[str, Any], cotangents: dict[str, Any], result: Result
) -> None:
    """The gradient of the gradients, with regard to inputs, parameters and cotangents.

    Which of them a derivative reaches is a matter of how it is written: a gradient that is not part of
    the graph adds nothing, and an input that is not reached has the derivative zero.
    """
    targets = {**wanted, **{f"cotangent {path}": c for path, c in cotangents.items()}}
    live = {name: g for name, g in grads.items() if g is not None and g.requires_grad}
    found: Any = [None] * len(targets)
    if live:
        vectors = [_cotangent(side.lib, f"grad {name}", g, False) for name, g in live.items()]
        try:
            found = side.lib.autograd.grad(list(live.values()), list(targets.values()), vectors, allow_unused=True)
        except Exception as error:
            result.errors["second"] = error
            return
    result.quantities["second"] = {
        name: Leaf("tensor", _zeros_like(t), str(t.dtype)) if g is None else leaves(g)[""]
        for (name, t), g in zip(targets.items(), found, strict=True)
    }


def _zeros_like(tensor: Any) -> Array:
    return np.zeros(tuple(tensor.shape), _numpy_dtype(tensor))


def _numpy_dtype(tensor: Any) -> str:
    name = str(tensor.dtype).removeprefix("torch.")
    return "float32" if name == "bfloat16" else name


def _cotangent(lib: types.ModuleType, path: str, tensor: Any, requires_grad: bool, precision: str = "float64") -> Any:
    """Normal values that depend on the path and the shape only, so that both sides get the same."""
    rng = np.random.default_rng(zlib.crc32(path.encode()))
    values: Any = np.asarray(rng.standard_normal(tuple(tensor.shape)))
    if precision == "bfloat16":
        values = values.astype(np.float32)  # as below, on the way to a bfloat16 tensor
    values = values.astype(getattr(refnn, precision).numpy)
    dtype = _numpy_dtype(tensor)
    if dtype.startswith("complex"):
        values = values + 1j * rng.standard_normal(tuple(tensor.shape))
    made = tensor_from(lib, np.asarray(values).astype(dtype))
    if "bfloat16" in str(tensor.dtype):
        made = made.to(lib.bfloat16)
    return made.requires_grad_() if requires_grad else made


# ---------------------------------------------------------------- comparing

Bounds = Callable[[str, str], Tolerance | None]  # (quantity, path) to what replaces the default
Nearer = Callable[[Result, Bounds], tuple[Result, Bounds]]  # from torch's result to what decides in its place


def default_bounds(_quantity: str, _path: str) -> Tolerance | None:
    """torch's own tolerance, everywhere."""
    return None


def compare(
    outcome: Outcome,
    torch_side: Side,
    refnn_side: Side,
    *,
    second: bool,
    bounds: Bounds,
    texts: bool = True,
    nearer: Nearer | None = None,
) -> None:
    """Run both sides and add to the outcome every quantity in which they differ.

    Where torch itself cannot compute a derivative, there is nothing to compare it with. Where torch
    rejects the call, or the derivative because of its dtype, refnn has to reject it in the same words; without `texts`,
    in any words. `nearer` gives the result and the bounds that decide where torch's are not met.
    """
    expected = run(torch_side, second=second)
    name = refnn_side.name
    refused = expected.errors.get("grad")
    if refused is not None and "not implemented for '" not in str(refused):
        refused = None
    first = "grad" not in expected.errors or refused is not None
    actual = run(refnn_side, first=first, second=second and "second" not in expected.errors)
    if absent := _absent(actual.errors.get("output")):
        outcome.missing = absent
        return
    if "output" in expected.errors:
        outcome.compared += 1
        if texts or "output" not in actual.errors:
            outcome.failures += compare_errors(expected.errors["output"], actual.errors.get("output"), name)
        return
    if refused is not None:
        outcome.compared += 1
        outcome.failures += compare_errors(refused, actual.errors.pop("grad", None), name)
    for quantity, error in actual.errors.items():
        outcome.failures.append(Failure(quantity, "", f"{name} raises {describe(error)}"))
    for quantity, wanted in expected.quantities.items():
        if quantity not in actual.quantities:
            if not actual.errors:
                outcome.failures.append(Failure(quantity, "", f"{name} gives none"))
            continue
        outcome.compared += len(wanted)
        found, used = _weighed(quantity, actual.quantities[quantity], expected, bounds, nearer)
        outcome.failures += found
        outcome.used = max(outcome.used, used)
    for quantity in actual.quantities.keys() - expected.quantities.keys():
        if not expected.errors:
            outcome.failures.append(Failure(quantity, "", "torch gives none"))
    if texts and actual.warnings != expected.warnings:
        text = f"{name} warns {actual.warnings}, torch warns {expected.warnings}"
        outcome.failures.append(Failure("warnings", "", text))


def _weighed(
    quantity: str, given: dict[str, Leaf], expected: Result, bounds: Bounds, nearer: Nearer | None
) -> tuple[list[Failure], float]:
    """`measured`; what differs from torch's result is measured again by what `nearer` says."""
    wanted = expected.quantities[quantity]
    found, used = measured(quantity, given, wanted, bounds)
    if not found or nearer is None or list(given) != list(wanted):
        return found, used
    reference, wider = nearer(expected, bounds)
    apart = [failure.path for failure in found]
    again = reference.quantities[quantity]
    return measured(quantity, {path: given[path] for path in apart}, {path: again[path] for path in apart}, wider)


def _absent(error: Exception | None) -> str:
    """The name that refnn lacks, where a function of torch's tables looked for it in refnn."""
    if isinstance(error, ImportError):
        return str(error)  # names the extra that holds what is missing
    if not isinstance(error, AttributeError):
        return ""
    owner = error.obj
    public = isinstance(owner, types.ModuleType) and owner.__name__.startswith("refnn")
    if not (public or owner is refnn.Tensor or isinstance(owner, refnn.Tensor)):
        return ""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    inside = frame is not None and "/refnn/" in frame.tb_frame.f_code.co_filename
    return "" if inside else str(error.name)


def differences(
    quantity: str, actual: dict[str, Leaf], expected: dict[str, Leaf], bounds: Bounds = default_bounds
) -> list[Failure]:
    """Compare two flattened trees."""
    return measured(quantity, actual, expected, bounds)[0]


def measured(
    quantity: str, actual: dict[str, Leaf], expected: dict[str, Leaf], bounds: Bounds
) -> tuple[list[Failure], float]:
    """Compare two flattened trees; also the largest share of its bound that an element uses."""
    if list(actual) != list(expected):
        return [Failure(quantity, "", f"structure {list(actual)}, expected {list(expected)}")], 0.0
    found, most = [], 0.0
    for path, leaf in expected.items():
        text, used = _difference(actual[path], leaf, bounds(quantity, path))
        if quantity == "output" and not text and actual[path].requires_grad != leaf.requires_grad:
            text = f"requires_grad {actual[path].requires_grad}, expected {leaf.requires_grad}"
        if text:
            found.append(Failure(quantity, path, text))
        most = max(most, used)
    return found, most


def _difference(actual: Leaf, expected: Leaf, tolerance: Tolerance | None) -> tuple[str, float]:
    if actual.kind != expected.kind:
        return f"{actual.kind} {_short(actual)}, expected {expected.kind} {_short(expected)}", 0.0
    if expected.kind != "tensor":
        same = _same_plain(actual.value, expected.value)
        return "" if same else f"{actual.value!r}, expected {expected.value!r}", 0.0
    if actual.dtype != expected.dtype:
        return f"dtype {actual.dtype}, expected {expected.dtype}", 0.0
    verdict = judge(actual.value, expected.value, tolerance or default_tolerance(expected.dtype))
    return verdict.reason, verdict.used


def _short(leaf: Leaf) -> str:
    return f"of shape {leaf.value.shape}" if leaf.kind == "tensor" else repr(leaf.value)


def _same_plain(actual: Any, expected: Any) -> bool:
    if isinstance(expected, float | complex) and type(actual) is type(expected):
        bound = default_tolerance("float32")  # a Python number may come out of a float32 tensor
        return judge(np.asarray(actual), np.asarray(expected), bound).ok
    return type(actual) is type(expected) and bool(actual == expected)


def describe(error: BaseException) -> str:
    """An exception with the place in the source that raised it."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    place = f" at {frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}" if frame is not None else ""
    return f"{type(error).__name__}: {error}{place}"


def compare_errors(expected: Exception, actual: Exception | None, name: str = "refnn") -> list[Failure]:
    """The same type of exception and the same text."""
    if actual is None:
        return [Failure("error", "", f"{name} accepts; torch raises {type(expected).__name__}: {expected}")]
    if type(actual) is type(expected) and _ordered(str(actual)) == _ordered(_without_stack(str(expected))):
        return []
    told = _without_stack(str(expected))
    text = f"{name} raises {describe(actual)}\n        torch raises {type(expected).__name__}: {told}"
    return [Failure("error", "", text)]


def _without_stack(text: str) -> str:
    """torch's text without the C++ stack that it sometimes appends."""
    return text.split("Exception raised from ")[0].rstrip("\n") if "Exception raised from " in text else text


def _ordered(text: str) -> str:
    """A text with the words of every set that it shows in order: theirs changes with the interpreter's hash seed."""
    return re.sub(r"\{([^{}:]*)\}", lambda shown: f"{{{', '.join(sorted(shown[1].split(', ')))}}}", text)


def seed(lib: types.ModuleType, number: int) -> None:
    """Seed the CPU's generator; `torch.manual_seed` also visits every other device, which takes 1 ms."""
    if lib is torch:
        torch.default_generator.manual_seed(number)
    else:
        lib.manual_seed(number)


def seed_everything() -> None:
    """Before torch's tables make samples: they draw from three generators."""
    seed(torch, 0)
    np.random.seed(0)
    random.seed(0)
