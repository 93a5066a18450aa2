"""What refnn knows of one name: found by running a small call and watching what it comes to."""

from __future__ import annotations

import inspect
import warnings
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from refnn.autograd.op import Op
from refnn.explain.corner_cases import CornerCase, corner_cases
from refnn.explain.examples import Example, candidates
from refnn.explain.find import Found, find, related
from refnn.explain.source import Passage, files_of, kernel_of, passage_of_code, passage_of_object, rules_of
from refnn.explain.trace import called_in, recorded

__all__ = ["Call", "Explanation", "call", "explain", "gradients", "steps"]

PLUMBING = ("shape", "creation", "inplace", "indexing", "joining")  # files of ops that move numbers and compute none
UNRECORDED = ("refnn.nn.init", "refnn.nn.utils", "torch.nn.init", "torch.nn.utils")  # change leaves in no_grad
SCHEDULES = {
    "StepLR": "2", "MultiStepLR": "[1, 2]", "LambdaLR": "lambda epoch: 0.5 ** epoch", "ExponentialLR": "0.9",
    "MultiplicativeLR": "lambda epoch: 0.9", "CosineAnnealingLR": "4", "CosineAnnealingWarmRestarts": "2",
    "CyclicLR": "0.1, 0.5", "OneCycleLR": "0.5, 10", "SequentialLR": "[], []",
}  # fmt: skip


@dataclass
class Call:
    """A call that was made: its arguments' leaves and its results, in one library."""

    inputs: dict[str, Any]
    parameters: dict[str, Any]
    outputs: dict[str, Any]


@dataclass
class Explanation:
    """The parts of the page on one name: `ops` compute, `backward` in the gradient, `plumbing` moves numbers."""

    found: Found
    example: Example | None = None
    ops: list[Op] = field(default_factory=list)
    backward: list[Op] = field(default_factory=list)
    plumbing: list[Op] = field(default_factory=list)
    functions: list[Passage] = field(default_factory=list)
    derivatives: list[Passage] = field(default_factory=list)  # of what is an autograd.Function and no op
    differentiable: bool = False

    @property
    def doc(self) -> str:
        """refnn's docstring: the equation, shapes, dtypes, what it raises, and the source."""
        return inspect.cleandoc(getattr(self.found.value, "__doc__", None) or "")

    @property
    def kernels(self) -> list[Passage]:
        """The NumPy of each op; where there is no op, the functions that compute."""
        return [kernel_of(op) for op in self.ops] or self.functions

    @property
    def rules(self) -> list[Passage]:
        """The derivative rules of the ops."""
        return list(dict.fromkeys(passage for op in self.ops for passage in rules_of(op))) or self.derivatives

    @property
    def cases(self) -> list[CornerCase]:
        """The rows of docs/semantics.md that name it, or what it calls."""
        names = set(related(self.found))
        bare = {name.removeprefix("Tensor.") for name in names}
        return [row for row in corner_cases() if (names | bare) & set(row.names)]


def explain(name: str) -> Explanation:
    """Find out about a layer, a function or an optimizer. Raises UnknownName."""
    found = find(name)
    page = Explanation(found)
    if found.kind in ("optimizer", "schedule"):
        page.functions = _steps(found)
        return page
    for example in candidates(found):
        if _watched(page, example):
            page.example = example
            break
    if not page.ops:
        page.ops, page.plumbing = page.plumbing, []
    if not page.ops:
        _read_functions(page)
    return page


def _watched(page: Explanation, example: Example) -> bool:
    """Run a call and note its ops; False where it is no call that the name takes."""
    library = import_module("refnn")
    for wanting in ("all", "first", "none"):
        try:
            built = example.built(library)
        except Exception:
            return False
        try:
            with warnings.catch_warnings(), recorded() as forward:
                warnings.simplefilter("ignore")
                made = call(library, built, wanting)
        except Exception:
            continue
        with recorded() as backward:
            try:
                found = gradients(library, made)
            except Exception:  # the next choice of leaves, if there is one
                continue
        page.differentiable = any(value is not None for value in found.values())
        page.ops = [op for op in forward if not _is_plumbing(op)]
        page.plumbing = [op for op in forward if _is_plumbing(op)]
        page.backward = [op for op in backward if not _is_plumbing(op)]
        return True
    return False


def _is_plumbing(op: Op) -> bool:
    return op.view or op.__module__.rpartition(".")[2] in PLUMBING


def call(lib: Any, built: tuple[Any, list[Any], dict[str, Any]], wanting: str) -> Call:
    """Make the call with leaves for its floating-point arguments: all, the first, or none of them."""
    target, args, kwargs = built
    inputs: dict[str, Any] = {}

    def leaf(value: Any, place: str) -> Any:
        if isinstance(value, list | tuple):
            return type(value)(leaf(item, f"{place}.{i}") for i, item in enumerate(value))
        if not isinstance(value, lib.Tensor) or not value.is_floating_point():
            return value
        wanted = wanting == "all" or (wanting == "first" and not inputs)
        made = inputs[place] = value.detach().requires_grad_(wanted)
        return made

    given = [leaf(value, f"input {i}") for i, value in enumerate(args)]
    name = getattr(target, "__name__", "")
    recorded_in_place = name.endswith("_") and not getattr(target, "__module__", "").startswith(UNRECORDED)
    if recorded_in_place and inputs:  # a leaf may not be changed
        given[0] = given[0].clone() if hasattr(given[0], "clone") else given[0]
    result = target(*given, **kwargs)
    parameters = dict(target.named_parameters()) if isinstance(target, lib.nn.Module) else {}
    return Call(inputs, parameters, tensors(lib, result))


def tensors(lib: Any, value: Any, path: str = "output") -> dict[str, Any]:
    """The tensors in a result, by their place."""
    if isinstance(value, lib.Tensor):
        return {path: value}
    found: dict[str, Any] = {}
    if isinstance(value, list | tuple):
        for index, item in enumerate(value):
            found.update(tensors(lib, item, f"{path} {index}"))
    return found


def gradients(lib: Any, made: Call) -> dict[str, Any]:
    """The gradient of each leaf, for cotangents cos 0, cos 1 …: None where none arrives."""
    outputs = [value for value in made.outputs.values() if value.requires_grad]
    named = {**made.inputs, **made.parameters}
    leaves = {name: leaf for name, leaf in named.items() if leaf.requires_grad}
    if not outputs or not leaves:
        return {}
    along = [lib.from_numpy(np.cos(np.arange(y.numel())).reshape(tuple(y.shape))).to(y.dtype) for y in outputs]
    found = lib.autograd.grad(outputs, list(leaves.values()), along, allow_unused=True)
    return dict(zip(leaves, found, strict=True))


# ---------------------------------------------------------------- what is no op


def _read_functions(page: Explanation) -> None:
    """The functions of the name's own files that run when it is called and differentiated, or else its own text."""
    value = page.found.value
    codes: list[Any] = []
    if page.example is not None:
        library = import_module("refnn")
        made: list[Call] = []
        built = page.example.built(library)
        files = files_of(value)
        codes = called_in(files, lambda: made.append(call(library, built, "all" if page.differentiable else "none")))
        backward = called_in(files, lambda: gradients(library, made[0]))
        page.derivatives = [passage_of_code(code, code.co_name) for code in backward]
    if not codes:
        plain = inspect.unwrap(value.forward if hasattr(value, "forward") else value)
        code = getattr(plain, "__code__", None) or getattr(getattr(value, "__init__", None), "__code__", None)
        codes = [code] if code is not None else []
    written = [code for code in codes if Path(code.co_filename).is_file()]
    page.functions = [passage_of_code(code, code.co_name) for code in written] or [passage_of_object(value)]


def _steps(found: Found) -> list[Passage]:
    """The functions of an optimizer's or a schedule's files that run in a few steps."""
    library: Any = import_module("refnn")
    try:
        codes = called_in(files_of(found.value), lambda: steps(library, found))
    except Exception:  # a base class: it has no step of its own
        return [passage_of_code(found.value.__init__.__code__, found.name.rpartition(".")[2])]
    return [passage_of_code(code, code.co_name) for code in codes if code.co_name not in ("__init__", "zero_grad")]


def steps(lib: Any, found: Found, count: int = 3) -> dict[str, Any]:
    """A parameter after each step on the gradient cos 0, cos 1 …, with the schedule's rate where there is one."""
    start = np.linspace(-1, 1, 6).reshape(2, 3).astype(np.float32)
    parameter = lib.nn.Parameter(lib.from_numpy(start))
    short = found.name.rpartition(".")[2]
    schedule: Any = None
    if found.kind == "optimizer":
        chosen = getattr(lib.optim, short)([parameter])
    else:
        chosen = lib.optim.SGD([parameter], lr=0.1, momentum=0.9)
        schedule = getattr(lib.optim.lr_scheduler, short)(chosen, *eval(f"[{SCHEDULES.get(short, '')}]"))
    seen = {}
    for step in range(1, count + 1):
        parameter.grad = lib.from_numpy(np.cos(np.arange(6) * step).reshape(2, 3).astype(np.float32))
        chosen.step(lambda: parameter.sum())
        if short == "ReduceLROnPlateau":
            schedule.step(1.0)
        elif schedule is not None:
            schedule.step()
        seen[f"after step {step}"] = parameter.detach().clone()
    return seen
