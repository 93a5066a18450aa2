"""Public names and their signatures: refnn's names are torch's, with torch's parameters and defaults.

Where torch's callable is a builtin without a signature, its operator schemas stand in for it: each of
refnn's parameters must be one of an overload's, in its order and with its default.
"""

import inspect
import types
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
import torch._jit_internal
import torch.nn.utils.prune
import torch.utils.data

import refnn
import refnn.nn.utils.prune
from refnn.testing.conformance import names
from refnn.testing.conformance.report import Failure, Outcome, Report

# Namespaces whose names are compared, and whether a name of torch's that refnn lacks counts as missing.
SPACES = {
    "nn": True,
    "nn.functional": True,
    "nn.init": True,
    "nn.utils": True,
    "nn.utils.rnn": True,
    "nn.utils.parametrize": True,
    "nn.utils.parametrizations": True,
    "nn.utils.prune": True,
    "nn.utils.stateless": True,
    "nn.parameter": True,
    "optim": True,
    "optim.lr_scheduler": True,
    "optim.swa_utils": True,
    "utils.data": True,
    "autograd": True,
    "autograd.functional": True,
    "autograd.graph": False,
    "linalg": False,
    "func": False,
    "": False,
    "Tensor": False,
}
FOREIGN = ("typing", "collections.abc", "builtins", "torch.overrides", "torch._C", "torch._jit_internal")


@dataclass(frozen=True)
class SpaceTest:
    """A namespace, or the methods of the classes in it."""

    space: str
    methods: bool = False

    def __str__(self) -> str:
        return f"signatures/{self.space or 'torch'}{' methods' if self.methods else ''}"


def all_tests() -> list[SpaceTest]:
    """Each namespace, and the methods of the classes in those that have classes."""
    classes = ("nn", "nn.utils.prune", "nn.utils.parametrize", "optim", "optim.lr_scheduler", "utils.data", "autograd")
    return [*(SpaceTest(space) for space in SPACES), *(SpaceTest(space, True) for space in classes)]


def run(test: SpaceTest) -> Report:
    """Compare a namespace; each name is a sample."""
    report = Report(str(test))
    try:
        ours, theirs = _space(refnn, test.space), _space(torch, test.space)
    except names.Missing as missing:
        report.missing = str(missing)
        return report
    for owner, twin, name, path in _pairs(test, theirs, ours):
        outcome = Outcome(len(report.outcomes), path)
        compare_name(outcome, owner, twin, name)
        report.outcomes.append(outcome)
    return report


def _space(lib: types.ModuleType, path: str) -> Any:
    return names.look_up(lib, path) if path else lib


def _pairs(test: SpaceTest, theirs: Any, ours: Any) -> Iterable[tuple[Any, Any, str, str]]:
    """(torch's owner, refnn's owner, name, what to call it)."""
    if not test.methods:
        mine = public_names(ours)
        wanted = [*mine, *(n for n in public_names(theirs) if n not in mine)] if SPACES[test.space] else mine
        skipped = names.excluded(f"{test.space or 'torch'} names") | names.left_out(test.space)
        yield from ((theirs, ours, name, name) for name in wanted if name not in skipped)
        return
    skipped = names.excluded(f"{test.space} methods")
    for name in public_names(ours):
        owner, twin = getattr(theirs, name, None), getattr(ours, name)
        if inspect.isclass(owner) and inspect.isclass(twin):
            for method, value in vars(owner).items():
                hidden = method.startswith("_") or f"{name}.{method}" in skipped
                if not hidden and inspect.isfunction(value):
                    yield owner, twin, method, f"{name}.{method}"


def public_names(space: Any) -> list[str]:
    """What a namespace offers: `__all__`, or else the callables that are its library's own.

    refnn's modules without `__all__` offer what is defined in them or below them.
    """
    listed = getattr(space, "__all__", None)
    ours = getattr(space, "__name__", "").startswith("refnn.")
    if listed is not None and ours:
        return [name for name in listed if callable(getattr(space, name, None))]
    found = dict.fromkeys(name for name in listed or () if callable(getattr(space, name, None)))
    for name in dir(space):
        value = getattr(space, name, None)
        home = getattr(value, "__module__", None) or "torch"
        native = home.startswith(space.__name__ if ours else ("torch", "refnn")) and home not in FOREIGN
        if not name.startswith("_") and callable(value) and (native or space is torch.Tensor):
            found[name] = None
    return list(found)


def compare_name(outcome: Outcome, owner: Any, twin: Any, name: str) -> None:
    """Add to the outcome in what a name of refnn's differs from torch's: existence, kind, signature."""
    if not hasattr(twin, name):
        outcome.missing = name
        return
    outcome.compared += 1
    if not hasattr(owner, name):
        outcome.failures.append(Failure("name", "", f"torch has no {name}"))
        return
    original, copy = getattr(owner, name), getattr(twin, name)
    if inspect.isclass(original) != inspect.isclass(copy):
        outcome.failures.append(Failure("kind", "", f"a class in one, a function in the other: {name}"))
        return
    text = _difference(original, copy, name)
    if text:
        outcome.failures.append(Failure("signature", "", text))


def _difference(original: Any, copy: Any, name: str) -> str:
    expected, actual = signature(original), signature(copy)
    if expected is None:
        return "" if actual is None or inspect.isclass(original) else _schema_difference(actual, name)
    if actual is None:
        return "refnn's has no signature"
    raw = _plain_signature(original)
    if _takes_anything(expected) or (raw is not None and _takes_anything(raw) and _takes_anything(actual)):
        return ""
    return "" if _described(actual) == _described(expected) else f"{_text(actual)}, expected {_text(expected)}"


def signature(function: Any) -> inspect.Signature | None:
    """The signature, that of a dispatching function being its plain branch's."""
    is_plain = isinstance(function, types.FunctionType)  # other callables may not be hashable
    branches = torch._jit_internal.boolean_dispatched.get(function) if is_plain else None
    if branches:
        function = branches["if_true" if branches["default"] else "if_false"]
    return _plain_signature(function)


def _plain_signature(function: Any) -> inspect.Signature | None:
    try:
        return inspect.signature(function)
    except (ValueError, TypeError):
        return None


def _takes_anything(expected: inspect.Signature) -> bool:
    """`(*args, **kwargs)`, `self` aside: the real parameters are checked in the body."""
    kinds = [p.kind for name, p in expected.parameters.items() if name != "self"]
    return kinds == [inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD]


def _described(found: inspect.Signature) -> list[tuple[str, str, str]]:
    """Name, kind and default of each parameter; `self` of a method may be a function's `input`."""
    receiver = {"self": "input"}
    return [(receiver.get(p.name, p.name), p.kind.name, _default(p.default)) for p in found.parameters.values()]


def _default(value: Any) -> str:
    if inspect.isclass(value) or inspect.isfunction(value):
        return getattr(value, "__name__", repr(value))
    text = repr(value) if isinstance(value, int | float | str | tuple | None) else str(value)
    return type(value).__name__ if " at 0x" in text else text


def _text(found: inspect.Signature) -> str:
    bare = [p.replace(annotation=p.empty) for p in found.parameters.values()]
    return str(found.replace(parameters=bare, return_annotation=found.empty))


# ---------------------------------------------------------------- builtins

# Names that torch's argument parser takes beside those of a schema: NumPy's words, and what all factories have.
ALIASES = {"as_tuple", "axis", "axes", "keepdims", "requires_grad", "out", "options"}
FACTORY = {"pin_memory", "layout", "device", "dtype", "memory_format", "generator", "implicit", "names"}
FACTORY |= {"out_dtype"}  # CUDA only


def _schema_difference(actual: inspect.Signature, name: str) -> str:
    """Compare with the operator's schemas; a name without any cannot be compared.

    One Python function stands for all overloads: it has to have every parameter that one of them has,
    and none that none has, and the positional ones of at least one overload have to lead it.
    """
    overloads = [_arguments(schema) for schema in _schemas(name)]
    parameters = actual.parameters.values()
    if not overloads or any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters):
        return ""
    mine = [_renamed(p.name) for p in parameters]
    theirs = {argument for overload in overloads for argument in overload}
    extra = [n for n in mine if n not in theirs | ALIASES | FACTORY]
    lacking = sorted(theirs - set(mine) - FACTORY)
    positional = [n for n, p in zip(mine, parameters, strict=True) if p.kind is not p.KEYWORD_ONLY]
    leads = any(positional[: len(head)] == head for head in map(_positional, overloads))
    if not extra and not lacking and leads:
        return ""
    listed = " or ".join(sorted({"(" + ", ".join(overload) + ")" for overload in overloads}))
    return f"{_text(actual)}: extra {extra}, lacking {lacking}; expected {listed}"


def _schemas(name: str) -> list[Any]:
    """An operator's schemas; of one that takes tensors, not those that TorchScript has for plain numbers."""
    schemas = torch._C._jit_get_schemas_for_operator(f"aten::{name}")
    on_tensors = [s for s in schemas if s.arguments and str(s.arguments[0].type) == "Tensor"]
    return on_tensors or list(schemas)


def _arguments(schema: Any) -> dict[str, bool]:
    """Name to whether it is positional, without the tensors that an `out=` form writes to."""
    kept = [a for a in schema.arguments if not (a.kwarg_only and a.alias_info is not None)]
    return {_renamed(a.name): not a.kwarg_only for a in kept}


def _positional(overload: dict[str, bool]) -> list[str]:
    return [name for name, positional in overload.items() if positional]


def _renamed(name: str) -> str:
    """`self` is `input` to Python, and a word of Python's gets an underscore."""
    return "input" if name == "self" else name.rstrip("_")
