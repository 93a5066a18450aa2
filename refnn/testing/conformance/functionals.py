"""Samples of torch's `op_db`, run in both libraries: `nn.functional` and the `torch` namespace."""

import functools
import types
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch.testing._internal.common_methods_invocations import op_db
from torch.testing._internal.opinfo.core import OpInfo, SampleInput

import refnn
from refnn.testing.conformance import names
from refnn.testing.conformance.convert import Copier, Inconvertible, lacking
from refnn.testing.conformance.evaluate import Nearer, Side, compare, seed_everything
from refnn.testing.conformance.modules import differentiable
from refnn.testing.conformance.precision import HALVES, exact_reference, in_double, spread
from refnn.testing.conformance.report import Outcome, Report
from refnn.testing.conformance.tolerances import bounds_for

FLOATS = (torch.float32, torch.float64)
UNDEFINED = ("empty", "empty_like", "new_empty", "empty_strided", "new_empty_strided", "empty_permuted")
# Among equal values torch takes whichever its selection algorithm meets, and documents no order.
ANY_OF_EQUALS = ("kthvalue", "topk", "median", "nanmedian", "mode")
OTHERS = (torch.int64, torch.bool, torch.complex64, torch.complex128)


def full_name(op: OpInfo) -> str:
    """`nn.functional.pad`, or with its variant `nn.functional.pad-reflect`."""
    return f"{op.name}-{op.variant_test_name}" if op.variant_test_name else op.name


OPS: dict[str, OpInfo] = {full_name(op): op for op in op_db}
FUNCTIONALS = [name for name in OPS if name.startswith("nn.functional.")]
NAMESPACE = [name for name in OPS if not name.startswith("nn.functional.")]


@dataclass(frozen=True)
class OpTest:
    """One entry of the table in one dtype; `form` is "" or "method" or "inplace"."""

    section: str
    name: str
    dtype: torch.dtype
    form: str = ""

    def __str__(self) -> str:
        parts = [self.section, self.name, str(self.dtype).removeprefix("torch."), self.form]
        return "/".join(filter(None, parts))


def functional_tests() -> list[OpTest]:
    """Every `nn.functional` entry: in 32 and 64 bits, or in what it supports instead; in 16 bits, taken or refused."""
    return [OpTest("functionals", name, dtype) for name in FUNCTIONALS for dtype in _dtypes(name, "functionals")]


def namespace_tests() -> list[OpTest]:
    """Every other entry; integers and bools too, and the forms that Tensor has."""
    tests = []
    for name in NAMESPACE:
        for dtype in _dtypes(name, "namespace"):
            tests += [OpTest("namespace", name, dtype, form) for form in _forms(OPS[name], dtype)]
    return tests


def _dtypes(name: str, section: str) -> list[torch.dtype]:
    if name in names.excluded(section):
        return []
    supported = OPS[name].supported_dtypes("cpu")
    floats = [dtype for dtype in FLOATS if dtype in supported]
    others = [dtype for dtype in OTHERS if dtype in supported]
    if section == "namespace":
        return floats + [dtype for dtype in others if not dtype.is_complex or not floats]
    return [*(floats or others), *(dtype for dtype in others if floats and dtype.is_complex), *HALVES]


def _forms(op: OpInfo, dtype: torch.dtype) -> list[str]:
    forms = [""]
    if dtype is torch.float64:
        if op.method_variant is not None and op.method_variant is not op.op:
            forms.append("method")
        if op.inplace_variant is not None:
            forms.append("inplace")
    return forms


@functools.lru_cache(maxsize=1)
def samples(name: str, dtype: torch.dtype) -> list[SampleInput]:
    """torch's samples for an entry, always the same."""
    op = OPS[name]
    seed_everything()
    wants_grad = op.supports_autograd and (dtype.is_floating_point or dtype.is_complex)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # The method `sample_inputs` adds a reseeding of every device and a look at the stack to each sample.
        return spread(list(op.sample_inputs_func(op, "cpu", dtype, wants_grad)), dtype)


def calls_for(test: OpTest) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The callables of torch and of refnn in the test's form; raises Missing."""
    op = OPS[test.name]
    if not test.form:
        return op.op, names.op_counterpart(op)
    variant = _variant(op, test.form)
    if isinstance(variant, types.FunctionType) and variant.__name__ == "<lambda>":
        names.op_counterpart(op)  # raises Missing where there is nothing to call
        return variant, names.rebind(variant)
    attribute = getattr(variant, "__name__", op.name)
    if _is_method(variant, attribute):
        return variant, names.look_up(refnn, f"Tensor.{attribute}")
    return variant, names.counterpart(variant)


def _is_method(variant: Any, name: str) -> bool:
    return getattr(torch.Tensor, name, None) is variant


def _variant(op: OpInfo, form: str) -> Any:
    return op.method_variant if form == "method" else op.inplace_variant


def run(test: OpTest) -> Report:
    """Compare all samples of a test."""
    report = Report(str(test), skipped=lacking(test.dtype))
    if report.skipped:
        return report
    inputs = [s for s in samples(test.name, test.dtype) if _applies(s, test.form)]
    report.outcomes = [Outcome(i, sample.name) for i, sample in enumerate(inputs)]
    try:
        call, twin = calls_for(test)
    except names.Missing as error:
        report.missing = str(error)
        return report
    op = OPS[test.name]
    half = test.dtype in HALVES
    second = op.supports_gradgrad and not test.form and not half
    for outcome, sample in zip(report.outcomes, inputs, strict=True):
        try:
            torch_side = side(torch, call, Copier(torch), sample, test)
            refnn_side = side(refnn, twin, Copier(refnn), sample, test)
        except (Inconvertible, names.Missing) as error:
            outcome.missing = str(error)
            continue
        nearer = _in_double(call, sample, test) if half else None
        compare(outcome, torch_side, refnn_side, second=second, bounds=bounds_for(str(test)), nearer=nearer)
    return report


def _applies(sample: SampleInput, form: str) -> bool:
    """An in-place form needs a first argument that is a tensor and of the result's shape."""
    return form != "inplace" or (isinstance(sample.input, torch.Tensor) and not sample.broadcasts_input)


def _in_double(call: Callable[..., Any], sample: SampleInput, test: OpTest) -> Nearer:
    """The reference that torch in float64 gives."""
    exact = side(torch, call, lambda tree: in_double(Copier(torch)(tree), test.dtype), sample, test)
    return exact_reference(exact, test.dtype)


def side(
    lib: types.ModuleType,
    call: Callable[..., Any],
    copier: Callable[[Any], Any],
    sample: SampleInput,
    test: OpTest,
) -> Side:
    """One library's call.

    Of what has no defined values, dtype and shape are compared; of a choice among equal integers, the values.
    """
    first, args, kwargs = copier((sample.input, sample.args, sample.kwargs))
    project = sample.output_process_fn_grad
    if lib is refnn and isinstance(project, types.FunctionType):
        project = names.rebind(project)

    def forward() -> Any:
        # In place on a leaf that requires grad is an error; on a copy of it, it is differentiable.
        start = first.clone() if test.form == "inplace" else first
        result = call(start, *args, **kwargs)
        if test.name in UNDEFINED:
            return lib.zeros_like(result)
        ties = test.name in ANY_OF_EQUALS and not test.dtype.is_floating_point
        return result[0] if ties and isinstance(result, tuple) else result

    arguments = (first, args, kwargs)
    after = {"arguments": arguments}
    return Side(lib, forward, dict(differentiable(arguments)), after=lambda: after, project=project)
