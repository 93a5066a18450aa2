"""16 bits in the harness: which samples, what decides where torch rounds, and what happens without ml_dtypes."""

import sys

import numpy as np
import pytest
import torch

import refnn
from conformance.harness.cases import values
from refnn.testing.conformance import functionals, modules
from refnn.testing.conformance.convert import Copier, Leaf, array_of, lacking, tensor_from
from refnn.testing.conformance.evaluate import Result, Side, compare, default_bounds, measured
from refnn.testing.conformance.precision import SAMPLES, exact_reference, in_double, spread
from refnn.testing.conformance.report import Outcome

HALF, BRAIN = torch.float16, torch.bfloat16
INF, NAN = np.inf, np.nan


@pytest.mark.parametrize("count", [0, 1, SAMPLES, SAMPLES + 1, 10 * SAMPLES + 3])
def test_a_subset_is_taken_from_all_over_the_list(count):
    every = list(range(count))
    assert spread(every, torch.float32) == every
    some = spread(every, HALF)
    assert len(some) <= SAMPLES
    assert some == every or some[-1] >= count * 0.9
    assert some[:1] == every[:1]


@pytest.mark.parametrize(
    "ours, theirs, exact, ok",
    [
        ([1.0, 2.0], [1.0, 2.0], [1.0, 2.0], True),
        ([1.0, 2.06], [1.0, 2.0], [1.0, 2.05], True),  # torch errs by 0.05
        ([1.0, 2.2], [1.0, 2.0], [1.0, 2.05], False),  # by more than twice that, and the tolerance
        ([1.06, 2.0], [1.0, 2.0], [1.0, 2.05], True),  # the largest error in the tensor counts
        ([0.5, 2.0], [1.0, 2.0], [0.5, 2.0], True),  # too much to be rounding: as near to the truth as that
        ([0.6, 2.0], [1.0, 2.0], [0.5, 2.0], False),
        ([INF, 2.06], [INF, 2.0], [9.0, 2.05], True),  # what overflows in torch has to in refnn
        ([9.0, 2.06], [INF, 2.0], [9.0, 2.05], False),
        ([NAN, 2.06], [1.0, 2.0], [1.0, 2.05], False),
    ],
)
def test_a_difference_is_held_against_torchs_own_error(ours, theirs, exact, ok):
    def result(numbers, dtype):
        return Result({"output": {"": Leaf("tensor", np.array(numbers, dtype), "torch.bfloat16")}})

    def side(numbers):
        tensor = torch.tensor(numbers, dtype=torch.float64)
        return Side(torch, lambda: tensor, {})

    actual, expected = result(ours, np.float32), result(theirs, np.float32)
    reference, bounds = exact_reference(side(exact), BRAIN)(expected, default_bounds)
    found = measured("output", actual.quantities["output"], reference.quantities["output"], bounds)[0]
    assert (not found) is ok


def test_a_refused_gradient_has_to_be_refused():
    """pdist of no pair: torch takes it, and has no kernel for its gradient."""
    x = torch.zeros(1, 3, dtype=HALF, requires_grad=True)

    def outcome_of(function):
        sides = []
        for lib, call in ((torch, torch.pdist), (refnn, function)):
            copy = Copier(lib)(x)
            sides.append(Side(lib, lambda copy=copy, call=call: call(copy), {"x": copy}))
        outcome = Outcome(0)
        compare(outcome, *sides, second=False, bounds=default_bounds)
        return outcome

    assert not outcome_of(refnn.pdist).failures
    assert outcome_of(lambda x: x[:, :0].sum(0)).failed_quantities == {"error"}


def test_a_tree_in_double_precision_keeps_what_is_one():
    x = torch.ones(2, dtype=HALF, requires_grad=True)
    a, (b, c), d = in_double((x, [x, torch.ones(1)], {"k": x}), HALF)
    assert a is b is d["k"]
    assert (a.dtype, a.requires_grad, c.dtype) == (torch.float64, True, torch.float32)


# ---------------------------------------------------------------- bfloat16


def test_a_tensor_of_bfloat16_keeps_its_layout_and_bits():
    pytest.importorskip("ml_dtypes")
    tensor = torch.tensor([[1.0, -3.140625, INF], [1e-30, NAN, -0.0]]).bfloat16().t()
    copy = Copier(refnn)((tensor, tensor[1:]))
    assert [tuple(x.stride()) for x in copy] == [tensor.stride()] * 2
    np.testing.assert_array_equal(array_of(copy[0]), array_of(tensor))
    copy[1][0] = 5.0
    assert copy[0][1, 0].item() == 5.0


def test_rows_take_bfloat16():
    pytest.importorskip("ml_dtypes")
    array = values([1, 2.5]).of("bfloat16").transposed(0).build(np.random.default_rng(0), "float32")
    for lib in (torch, refnn):
        made = tensor_from(lib, array, requires_grad=True)
        assert (made.dtype, made.tolist(), made.requires_grad) == (lib.bfloat16, [1.0, 2.5], True)


@pytest.fixture
def no_ml_dtypes(monkeypatch):
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    monkeypatch.setattr(refnn.bfloat16, "_numpy", None)


@pytest.mark.parametrize(
    "run, test",
    [
        (modules.run, modules.ModuleTest("nn.Linear", BRAIN, True)),
        (functionals.run, functionals.OpTest("functionals", "nn.functional.relu", BRAIN)),
    ],
    ids=["module", "functional"],
)
def test_without_ml_dtypes_bfloat16_is_skipped_and_says_why(run, test, no_ml_dtypes):
    report = run(test)
    assert (report.outcomes, report.missing) == ([], "")
    assert "pip install 'refnn[bfloat16]'" in report.skipped
    assert not lacking(HALF)


CURVED = {
    "a result that is saved": lambda x: x.tanh(),
    "numbers": lambda x: (x * 2 + 1) ** 2 / 3,
    "both": lambda x: (x * 3.5).sigmoid(),
}


@pytest.mark.parametrize("name", CURVED)
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_second_derivatives(name, dtype):
    found = []
    for library in (torch, refnn):
        x = library.tensor([-1.0, 0.25, 1.5], dtype=getattr(library, dtype), requires_grad=True)
        (first,) = library.autograd.grad(CURVED[name](x).sum(), x, create_graph=True)
        (second,) = library.autograd.grad(first.sum(), x)
        found.append(second.tolist())
    assert found[1] == pytest.approx(found[0], rel=0.02, abs=1e-3)
