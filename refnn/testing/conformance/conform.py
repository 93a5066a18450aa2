"""`refnn conform`: torch's own samples for one name, on refnn's or on somebody else's implementation."""

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch

import refnn
from refnn.explain.find import find
from refnn.testing.conformance import accuracy, errors, expected, functionals, modules, names, optimizers, signatures
from refnn.testing.conformance.convert import Copier, Inconvertible
from refnn.testing.conformance.evaluate import compare
from refnn.testing.conformance.report import Outcome, Report
from refnn.testing.conformance.tolerances import bounds_for

SHOWN = 5  # failing samples in full


class NotComparable(LookupError):
    """There is nothing to compare, or it cannot be found."""


@dataclass
class Verdict:
    """What came out; `ok` where all agrees and anything was compared. `str` is for people."""

    title: str
    reports: list[Report] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.known: dict[str, set[int]] = {}
        for report in self.reports:
            self.known[report.test] = expected.sort_out(report, expected.lines())[0]

    @property
    def compared(self) -> int:
        return sum(report.compared for report in self.reports)

    @property
    def samples(self) -> int:
        return sum(len(report.outcomes) for report in self.reports)

    @property
    def failures(self) -> list[tuple[str, Outcome]]:
        """(test, sample) of what fails and is not a known failure."""
        return [
            (report.test, outcome)
            for report in self.reports
            for number, outcome in enumerate(report.outcomes)
            if outcome.failures and number not in self.known[report.test]
        ]

    @property
    def ok(self) -> bool:
        return self.compared > 0 and not self.failures

    def __str__(self) -> str:
        wide = max(len(_label(report)) for report in self.reports)
        head = f"{'':<{wide}}{'samples':>10}{'passed':>10}{'failed':>10}{'of bound':>10}"
        lines = [f"{self.title}, torch {torch.__version__}", "", head]
        lines += [self._line(report, wide) for report in self.reports]
        lines += ["", *self.notes, self._summary()]
        for test, outcome in self.failures[:SHOWN]:
            lines += ["", f"{test}, {outcome}"]
        return "\n".join(line.rstrip() for line in lines)

    def _line(self, report: Report, wide: int) -> str:
        if report.skipped:
            return f"{_label(report):<{wide}}  skipped: {report.skipped}"
        skipped = [o for o in report.outcomes if o.missing]
        known = self.known[report.test]
        failed = [number for number, o in enumerate(report.outcomes) if o.failures and number not in known]
        passed = len(report.outcomes) - len(failed) - len(known) - len(skipped)
        used = max((o.used for o in report.outcomes), default=0.0)
        line = f"{_label(report):<{wide}}{len(report.outcomes):>10}{passed:>10}{len(failed):>10}"
        line += f"{used:>10.2f}" if "errors" not in report.section and report.section != "signature" else " " * 10
        if known:
            line += f"  {len(known)} known: conformance/expected_failures.toml"
        return line + (f"  {len(skipped)} skipped: {skipped[0].missing}" if skipped else "")

    def _summary(self) -> str:
        if self.failures:
            return f"DOES NOT CONFORM: {len(self.failures)} of {self.samples} samples differ, the first of them here"
        return f"conforms: {self.samples} samples, {self.compared} comparisons"


def _label(report: Report) -> str:
    section, *rest = report.test.split("/")
    section = section.removesuffix("s") if section in ("modules", "functionals", "optimizers") else section
    return " ".join([section, *rest])


def conform(name: str, against: str | None = None, arrays: bool = False) -> Verdict:
    """Run all that torch's tables have for a name. Raises NotComparable, UnknownName."""
    if ":" in name:
        return _foreign(name, against, arrays)
    found = find(name)
    full = found.name
    reports = [_signature(full), *_samples(full), *(errors.run(t) for t in errors.all_tests() if t.name in _keys(full))]
    if len(reports) == 1:
        raise NotComparable(f"torch's tables have no samples of {full}; its signature: {_one_word(reports[0])}")
    verdict = Verdict(f"{full}, refnn against torch", reports)
    ratio = accuracy.measure(full) if full in modules.INFOS and not verdict.failures else None
    if ratio is not None and ratio.tensors:
        verdict.notes = [
            f"float32 error against float64, refnn's over torch's: {ratio.value:.2f} "
            f"({ratio.refnn:.2f} and {ratio.torch:.2f} spacings, over {ratio.tensors} tensors)"
        ]
    return verdict


def _samples(full: str) -> Iterable[Report]:
    keys = _keys(full)
    yield from (modules.run(test) for test in modules.all_tests() if test.name == full)
    for test in (*functionals.functional_tests(), *functionals.namespace_tests()):
        if test.name in keys:
            yield functionals.run(test)
    yield from (optimizers.run(test) for test in optimizers.all_tests() if full == f"optim.{test.name}")


def _keys(full: str) -> set[str]:
    """The entries of torch's tables that are about a name: under it, its variants, or with its very function."""
    original = names.look_up(torch, full)
    entries = {key for key, op in functionals.OPS.items() if op.name == full or op.op is original}
    if not entries and full.startswith("nn.functional."):  # softmax, say: listed as the function of the torch namespace
        entries = {key for key, op in functionals.OPS.items() if op.name == full.rpartition(".")[2]}
    return entries | ({full} & set(modules.INFOS))


def _signature(full: str) -> Report:
    space, _, short = full.rpartition(".")
    owner, twin = (names.look_up(lib, space) if space else lib for lib in (torch, refnn))
    outcome = Outcome(0, full)
    if short not in names.excluded(f"{space or 'torch'} names"):
        signatures.compare_name(outcome, owner, twin, short)
    return Report(f"signature/{full}", [outcome])


def _one_word(report: Report) -> str:
    return "agrees" if not report.failed else str(report.failed[0].failures[0])


# ---------------------------------------------------------------- somebody else's


def _foreign(name: str, against: str | None, arrays: bool) -> Verdict:
    if against is None:
        raise NotComparable(f"say with --against what {name} is, in torch's words: --against nn.Conv2d")
    full, theirs = find(against).name, _load(name)
    if inspect.isclass(theirs):
        reports = _module_reports(full, theirs, name)
    elif callable(theirs):
        reports = _function_reports(full, theirs, name, arrays)
    else:
        raise NotComparable(f"{name} is a {type(theirs).__name__}, neither a class nor a function")
    return Verdict(f"{name} against torch.{full}", reports)


def _load(name: str) -> Any:
    """The object of `package.module:Attribute` or `path/to/file.py:Attribute`."""
    home, _, attribute = name.rpartition(":")
    try:
        module = _file_module(Path(home)) if home.endswith(".py") else _named_module(home)
        for part in attribute.split("."):
            module = getattr(module, part)
    except (ImportError, AttributeError, OSError) as error:
        raise NotComparable(f"{name} cannot be loaded: {error}") from None
    return module


def _named_module(home: str) -> Any:
    if "" not in sys.path:
        sys.path.insert(0, "")  # the folder one is in, as `python -m` has it
    return importlib.import_module(home)


def _file_module(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise OSError(f"there is no file {path}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _module_reports(full: str, theirs: Any, name: str) -> list[Report]:
    if full not in modules.INFOS:
        raise NotComparable(f"torch's table of modules has no {full}")
    lib: ModuleType | None = next((lib for lib in (torch, refnn) if issubclass(theirs, lib.nn.Module)), None)
    if lib is None:
        raise NotComparable(f"{name} is neither a torch.nn.Module nor a refnn.nn.Module")
    reports = []
    for test in (test for test in modules.all_tests() if test.name == full and test.dtype in functionals.FLOATS):
        samples = modules.samples(test)
        report = Report(str(test), [Outcome(i, sample.desc) for i, sample in enumerate(samples)])
        info = modules.INFOS[full]
        for outcome, sample in zip(report.outcomes, samples, strict=True):
            pair = modules.Pair(info.module_cls, theirs, test.dtype, test.training, lib=lib, foreign=name)
            second = info.supports_gradgrad
            pair.compare(outcome, *modules.arguments(sample), second=second, bounds=bounds_for(str(test)))
        reports.append(report)
    return reports


def _function_reports(full: str, theirs: Callable[..., Any], name: str, arrays: bool) -> list[Report]:
    keys = _keys(full)
    every = (*functionals.functional_tests(), *functionals.namespace_tests())
    tests = [test for test in every if test.name in keys and test.dtype in functionals.FLOATS and not test.form]
    if not tests:
        raise NotComparable(f"torch's tables have no samples of {full}")
    reports = []
    for test in tests:
        samples = functionals.samples(test.name, test.dtype)
        report = Report(str(test), [Outcome(i, sample.name) for i, sample in enumerate(samples)])
        original = functionals.OPS[test.name].op
        calls = (torch.no_grad()(original), _on_arrays(theirs)) if arrays else (original, theirs)
        for outcome, sample in zip(report.outcomes, samples, strict=True):
            try:
                sides = [functionals.side(torch, call, Copier(torch), sample, test) for call in calls]
            except Inconvertible as error:
                outcome.missing = str(error)
                continue
            sides[1].name = name
            second = functionals.OPS[test.name].supports_gradgrad
            compare(outcome, *sides, second=second, bounds=bounds_for(str(test)), texts=False)
        reports.append(report)
    return reports


def _on_arrays(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of NumPy's arrays as one of torch's tensors."""

    def call(*args: Any, **kwargs: Any) -> Any:
        return _tensors(function(*_arrays(list(args)), **_arrays(kwargs)))

    return call


def _arrays(tree: Any) -> Any:
    if isinstance(tree, torch.Tensor):
        return tree.detach().numpy(force=True)
    if isinstance(tree, list | tuple):
        return type(tree)(_arrays(item) for item in tree)
    return {key: _arrays(value) for key, value in tree.items()} if isinstance(tree, dict) else tree


def _tensors(tree: Any) -> Any:
    if isinstance(tree, np.ndarray | np.generic):
        return torch.from_numpy(np.array(tree))
    return type(tree)(_tensors(item) for item in tree) if isinstance(tree, list | tuple) else tree
