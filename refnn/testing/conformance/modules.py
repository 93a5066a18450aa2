"""Samples of torch's `module_db`, run in both libraries with the same weights."""

import copy
import functools
import types
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch.testing._internal.common_modules import ModuleInfo, ModuleInput, module_db

import refnn
from refnn.testing.conformance import names
from refnn.testing.conformance.convert import Copier, Inconvertible, dtype_to_refnn, lacking, leaves, tensors
from refnn.testing.conformance.evaluate import (
    Bounds,
    Nearer,
    Side,
    caught_warnings,
    compare,
    compare_errors,
    describe,
    differences,
    seed,
    seed_everything,
    warning_texts,
)
from refnn.testing.conformance.precision import HALVES, exact_reference, in_double, spread
from refnn.testing.conformance.report import Failure, Outcome, Report
from refnn.testing.conformance.tolerances import bounds_for

WIDE = (torch.float32, torch.float64, torch.complex64, torch.complex128)
INFOS: dict[str, ModuleInfo] = {info.name: info for info in module_db}


@dataclass(frozen=True)
class ModuleTest:
    """One module of the table, in one dtype and one mode."""

    name: str
    dtype: torch.dtype
    training: bool

    def __str__(self) -> str:
        mode = "train" if self.training else "eval"
        return f"modules/{self.name}/{str(self.dtype).removeprefix('torch.')}/{mode}"


def all_tests() -> list[ModuleTest]:
    """Every module in both modes: in 32 and 64 bits where the table has them, in 16 always, taken or refused."""
    return [
        ModuleTest(name, dtype, training)
        for name, info in INFOS.items()
        if name not in names.excluded("modules")
        for dtype in (*(d for d in WIDE if d in info.supported_dtypes("cpu")), *HALVES)
        for training in (True, False)
    ]


@functools.lru_cache(maxsize=1)
def samples(test: ModuleTest) -> list[ModuleInput]:
    """torch's samples for a test, always the same."""
    info = INFOS[test.name]
    seed_everything()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = info.module_inputs_func(info, device="cpu", dtype=test.dtype, requires_grad=True, training=test.training)
        return spread(list(made), test.dtype)


def arguments(sample: ModuleInput) -> tuple[Any, Any]:
    """(args, kwargs) of a sample's constructor, and of its call."""
    built, call = sample.constructor_input, sample.forward_input
    return (built.args, built.kwargs), ((call.args, call.kwargs) if call else ((), {}))


def run(test: ModuleTest) -> Report:
    """Compare all samples of a test."""
    report = Report(str(test), skipped=lacking(test.dtype))
    if report.skipped:
        return report
    inputs = samples(test)
    report.outcomes = [Outcome(i, sample.desc) for i, sample in enumerate(inputs)]
    try:
        cls = names.look_up(refnn, test.name)
    except names.Missing:
        report.missing = test.name
        return report
    info = INFOS[test.name]
    for outcome, sample in zip(report.outcomes, inputs, strict=True):
        pair = Pair(info.module_cls, cls, test.dtype, test.training)
        second = info.supports_gradgrad and test.dtype not in HALVES
        pair.compare(outcome, *arguments(sample), second=second, bounds=bounds_for(str(test)))
    return report


class OtherKeysError(ValueError):
    """Weights cannot be copied: a state_dict has other keys."""


@dataclass
class Pair:
    """A torch class and its counterpart, to be built, given the same weights and called.

    `on_copy` gives the call a copy of its first argument, for in-place modules. The counterpart may be another
    library's: then its `repr`, initial values, warnings and error texts are its own affair.
    """

    torch_cls: Any
    refnn_cls: Any
    dtype: torch.dtype
    training: bool
    on_copy: bool = False
    lib: types.ModuleType = refnn
    foreign: str = ""  # the name of another implementation

    def compare(
        self, outcome: Outcome, built: tuple[Any, Any], call: tuple[Any, Any], *, second: bool, bounds: Bounds
    ) -> None:
        """Compare a sample whose arguments are torch's, converted here for both sides."""
        try:
            libs = Copier(torch), Copier(self.lib)
            pairs = [to(built) for to in libs], [to(call) for to in libs]
            self.compare_built(outcome, *pairs, second=second, bounds=bounds)
        except (Inconvertible, names.Missing) as error:
            outcome.missing = str(error)

    def compare_built(
        self, outcome: Outcome, built: list[Any], calls: list[Any], *, second: bool, bounds: Bounds
    ) -> None:
        """Compare construction, then the call; both given for torch and for refnn."""
        made = [_attempt(torch, self.torch_cls, built[0]), _attempt(self.lib, self.refnn_cls, built[1])]
        (module, expected, warned), (twin, error, warns) = made
        if expected is not None:
            outcome.compared += 1
            if error is None or not self.foreign:
                outcome.failures += compare_errors(expected, error, self.name)
            return
        try:
            if error is not None:
                raise error
            if warns != warned and not self.foreign:
                outcome.failures.append(Failure("warnings", "", f"refnn warns {warns}, torch warns {warned}"))
            if not self.foreign:
                self._compare_built(outcome, module, twin)
            self._prepare(outcome, module, twin)
        except OtherKeysError as problem:
            outcome.failures.append(Failure("state_dict", "", str(problem)))
            return
        except Exception as problem:
            outcome.failures.append(Failure("construction", "", f"{self.name} raises {describe(problem)}"))
            return
        sides = [self._side(torch, module, calls[0]), self._side(self.lib, twin, calls[1])]
        nearer = self._in_double(module, calls[0]) if self.dtype in HALVES else None
        compare(outcome, *sides, second=second, bounds=bounds, texts=not self.foreign, nearer=nearer)

    @property
    def name(self) -> str:
        return self.foreign or "refnn"

    def _prepare(self, outcome: Outcome, module: Any, twin: Any) -> None:
        dtype = self.dtype if self.lib is torch else dtype_to_refnn(self.dtype)
        warned = []
        for made, to in ((module, self.dtype), (twin, dtype)):
            with caught_warnings() as caught:  # of complex parameters
                made.to(to).train(self.training)
            warned.append(warning_texts(caught))
        if warned[0] != warned[1] and not self.foreign:
            outcome.failures.append(Failure("warnings", "", f"refnn warns {warned[1]}, torch warns {warned[0]}"))
        state = dict(module.state_dict())
        if self.foreign and list(state) != list(twin.state_dict()):
            raise OtherKeysError(f"{self.foreign} has the keys {list(twin.state_dict())}, torch's has {list(state)}")
        twin.load_state_dict(Copier(self.lib)(state))

    def _side(self, lib: types.ModuleType, module: Any, call: tuple[Any, Any]) -> Side:
        args, kwargs = call

        def forward() -> Any:
            first = (args[0].clone(), *args[1:]) if self.on_copy else args
            return module(*first, **kwargs)

        return Side(
            lib,
            forward,
            inputs=dict(differentiable(call)),
            parameters=dict(module.named_parameters()),
            name=self.name,
            after=lambda: {"state": dict(module.state_dict()), "arguments": call},
        )

    def _in_double(self, module: Any, call: tuple[Any, Any]) -> Nearer:
        """The reference that torch in float64 gives: the module is copied before it is called."""
        side = self._side(torch, copy.deepcopy(module).double(), in_double(call, self.dtype))
        return exact_reference(side, self.dtype)

    def _compare_built(self, outcome: Outcome, module: Any, twin: Any) -> None:
        """The text, and the initial values that the same seed gives."""
        outcome.compared += 2
        if repr(module) != repr(twin):
            outcome.failures.append(Failure("repr", "", f"{twin!r}, expected {module!r}"))
        if not any(torch.nn.parameter.is_lazy(p) for p in module.parameters()):
            initial = leaves(dict(module.state_dict()))
            outcome.failures += differences("init", leaves(dict(twin.state_dict())), initial)


def _attempt(lib: types.ModuleType, cls: Any, built: Any) -> tuple[Any, Exception | None, list[str]]:
    """The module or the exception that its constructor raises, and its warnings, under a fixed seed."""
    seed(lib, 1)
    with caught_warnings() as caught:
        try:
            return cls(*built[0], **built[1]), None, warning_texts(caught)
        except Exception as error:
            return None, error, warning_texts(caught)


def differentiable(tree: Any) -> Iterator[tuple[str, Any]]:
    """The distinct tensors in a tree that gradients are wanted for."""
    seen: set[int] = set()
    for path, tensor in tensors(tree).items():
        if tensor.requires_grad and id(tensor) not in seen:
            seen.add(id(tensor))
            yield path, tensor
