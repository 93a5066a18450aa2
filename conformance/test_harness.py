"""The harness itself: verdicts, conversions, what is compared."""

import math

import numpy as np
import pytest
import torch

import refnn
from refnn.testing.conformance import names
from refnn.testing.conformance.compare import EXACT, Tolerance, default_tolerance, judge, ulps
from refnn.testing.conformance.convert import Copier, Inconvertible, array_of, leaves, tensor_from
from refnn.testing.conformance.evaluate import Side, compare, differences
from refnn.testing.conformance.report import Outcome

NAN, INF = math.nan, math.inf
BOUND = Tolerance(rtol=0.1, atol=0.01)


# ---------------------------------------------------------------- verdicts


@pytest.mark.parametrize(
    "actual, expected, ok",
    [
        (1.0, 1.0, True),
        (1.1, 1.0, True),  # 0.1 ≤ 0.01 + 0.1
        (1.12, 1.0, False),
        (0.01, 0.0, True),
        (0.02, 0.0, False),
        (NAN, NAN, True),
        (NAN, 1.0, False),
        (1.0, NAN, False),
        (INF, INF, True),
        (INF, -INF, False),
        (1e308, INF, False),
        (INF, 1e308, False),
        (-0.0, 0.0, True),
    ],
)
def test_a_value_agrees_or_does_not(actual, expected, ok):
    for dtype in (np.float32, np.float64):
        with np.errstate(over="ignore"):
            a, e = np.array([5.0, actual]).astype(dtype), np.array([5.0, expected]).astype(dtype)
        if a[1] == e[1] and not ok:
            continue  # 1e308 is infinite in float32
        assert bool(judge(a, e, BOUND)) is ok


@pytest.mark.parametrize(
    "actual, expected, part",
    [
        (np.ones(2, np.float32), np.ones(2), "dtype float32, expected float64"),
        (np.ones(2, np.int32), np.ones(2, np.int64), "dtype int32"),
        (np.ones((2, 1)), np.ones(2), "shape (2, 1), expected (2,)"),
        (np.ones((0, 2)), np.ones((2, 0)), "shape (0, 2)"),
        (np.array([1, 3]), np.array([1, 2]), "first at (1,)"),
        (np.array([True]), np.array([False]), "first at (0,)"),
        (np.array([1 + 1j]), np.array([1 + 2j]), "first at (0,)"),
        (
            np.array([[0.0, 2.0], [9.0, 9.0]]),
            np.array([[0.0, 1.0], [9.0, 3.0]]),
            "2 of 4 elements differ; first at (0, 1)",
        ),
    ],
)
def test_a_verdict_names_what_differs(actual, expected, part):
    verdict = judge(actual, expected, EXACT)
    assert not verdict
    assert part in verdict.reason


def test_one_bad_element_among_many_fails():
    expected_values = np.zeros(100_000)
    actual = expected_values.copy()
    actual[77_777] = 1e-3
    verdict = judge(actual, expected_values, Tolerance(0, 1e-4))
    assert (verdict.first, verdict.bad) == ((77_777,), 1)
    assert verdict.max_abs == 1e-3


def test_zeros_of_different_sign_differ_where_that_is_asked_for():
    a, e = np.array([-0.0, 1.0]), np.array([0.0, 1.0])
    assert judge(a, e, BOUND)
    assert not judge(a, e, BOUND, signed_zero=True)


@pytest.mark.parametrize(
    "a, b, count",
    [
        (1.0, np.nextafter(np.float32(1), np.float32(2)), 1),
        (0.0, -0.0, 0),
        (np.float32(1e-45), np.float32(-1e-45), 2),
        (1.0, 2.0, 2**23),
        (NAN, 1.0, 0),
    ],
)
def test_ulps_count_the_numbers_between(a, b, count):
    a, b = np.array([a], np.float32), np.array([b], np.float32)
    assert ulps(a, b)[0] == count


def test_ulps_of_float64_neighbours_far_from_zero():
    a = np.array([1e300, -1e300])
    assert ulps(a, np.nextafter(a, 0)).tolist() == [1, 1]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.complex64])
def test_the_tolerances_are_torchs(dtype):
    rtol, atol = torch.testing._comparison.get_tolerances(dtype, rtol=None, atol=None)
    assert default_tolerance(str(dtype)) == Tolerance(rtol, atol)


# ---------------------------------------------------------------- conversions


@pytest.mark.parametrize(
    "tensor",
    [
        torch.arange(6.0).reshape(2, 3),
        torch.arange(6.0).reshape(2, 3).t(),
        torch.arange(12.0)[3::2],
        torch.ones(1, 3).expand(4, 3),
        torch.tensor(2.5),
        torch.zeros(0, 3),
        torch.tensor([1, 2]),
        torch.tensor([True]),
        torch.tensor([1 + 2j]).conj(),
        torch.ones(2, dtype=torch.float16),
        torch.ones(2, 3, 4, 5).to(memory_format=torch.channels_last),
        torch.ones(3).requires_grad_(),
    ],
)
def test_a_copy_has_the_same_values_layout_and_flags(tensor):
    copy = Copier(refnn)(tensor)
    assert str(copy.dtype) == str(tensor.dtype)
    assert not tensor.numel() or tuple(copy.stride()) == tensor.stride()
    assert copy.requires_grad == tensor.requires_grad
    np.testing.assert_array_equal(array_of(copy), array_of(tensor))


def test_copies_share_nothing_with_the_original_and_all_with_each_other():
    base = torch.zeros(4)
    view = base[1:]
    for lib in (torch, refnn):
        a, b, c = Copier(lib)((base, view, base))
        assert a is c
        b[0] = 5.0
        assert float(a[1]) == 5.0
        assert base.tolist() == [0, 0, 0, 0]


def test_containers_dtypes_and_functions_are_translated():
    tree = {"a": [torch.float64, (torch.nn.functional.relu, None)], "b": torch.Size([2]), "c": torch.nn.ReLU}
    copy = Copier(refnn)(tree)
    assert copy == {"a": [refnn.float64, (refnn.nn.functional.relu, None)], "b": refnn.Size([2]), "c": refnn.nn.ReLU}


def test_parameters_stay_parameters():
    assert isinstance(Copier(refnn)(torch.nn.Parameter(torch.ones(1))), refnn.nn.Parameter)


def test_what_refnn_cannot_hold_is_said_to_be_so():
    with pytest.raises(Inconvertible):
        Copier(refnn)(torch.eye(2).to_sparse())
    with pytest.raises(Inconvertible):
        Copier(refnn)(torch.complex32)


def test_negative_strides_reach_refnn():
    array = np.flip(np.arange(6.0).reshape(2, 3).copy(), (0, 1))
    copy = tensor_from(refnn, array)
    assert min(copy.detach().numpy().strides) < 0
    np.testing.assert_array_equal(array_of(copy), array_of(tensor_from(torch, array)))


def test_a_lambda_of_torchs_tables_runs_on_refnn():
    rebound = names.rebind(lambda x, n: torch.add(x, n))
    result = rebound(refnn.ones(2), 1)
    assert isinstance(result, refnn.Tensor)
    assert result.tolist() == [2, 2]


# ---------------------------------------------------------------- trees


@pytest.mark.parametrize(
    "actual, expected, alike",
    [
        ([1, 2.0], [1, 2.0], True),
        ((1,), [1], False),
        ([1], [1, 2], False),
        (1, 1.0, False),
        (True, 1, False),
        (NAN, NAN, True),
        (None, None, True),
        ({"a": 1}, {"b": 1}, False),
        (refnn.ones(2), torch.ones(2), True),
        (refnn.ones(2), torch.ones(2).double(), False),
        (refnn.ones(2), 1.0, False),
        (refnn.ones(2).requires_grad_(), torch.ones(2), False),
        (refnn.float32, torch.float32, True),
        (refnn.Size([1, 2]), torch.Size([1, 2]), True),
        (refnn.Size([1, 2]), torch.Size([2, 1]), False),
    ],
)
def test_trees_are_compared_by_kind_and_value(actual, expected, alike):
    assert (differences("output", leaves(actual), leaves(expected)) == []) is alike


def _run(ours, theirs, second=True):
    """Compare two functions of one tensor."""
    outcome = Outcome(0)
    array = np.array([0.5, -1.5, 2.0])
    sides = []
    for lib, function in ((torch, theirs), (refnn, ours)):
        x = tensor_from(lib, array, requires_grad=True)
        sides.append(Side(lib, lambda f=function, x=x: f(x), {"x": x}))
    compare(outcome, *sides, second=second, bounds=lambda quantity, path: None)
    return outcome


def _raise(error):
    def function(_):
        raise error

    return function


@pytest.mark.parametrize(
    "ours, quantities",
    [
        (lambda x: x * x * x, set()),
        (lambda x: x * x * x + 1, {"output"}),
        (lambda x: (x * x * x).detach(), {"output", "input_grad", "param_grad", "second"}),
        (lambda x: x * (x * x).detach(), {"input_grad", "second"}),
        (lambda x: [x * x * x], {"output", "input_grad", "param_grad", "second"}),
        (_raise(ValueError("no")), {"output"}),
    ],
)
def test_each_quantity_is_compared(ours, quantities):
    outcome = _run(ours, lambda x: x * x * x)
    found = outcome.failed_quantities
    assert found == quantities or (quantities and "output" in found and "output" in quantities)


def test_a_wrong_second_derivative_alone_is_seen():
    class Cube(refnn.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x * x

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * 3 * x * x.detach()

    assert _run(Cube.apply, lambda x: x * x * x).failed_quantities == {"second"}


def test_a_second_derivative_that_torch_gives_as_none_may_be_zero():
    assert not _run(lambda x: x * 2 + (x * x).detach() * 0, lambda x: x * 2).failures


@pytest.mark.parametrize(
    "ours, theirs, alike",
    [
        (ValueError("a"), ValueError("a"), True),
        (ValueError("b"), ValueError("a"), False),
        (TypeError("a"), ValueError("a"), False),
        (IndexError("a"), LookupError("a"), False),
    ],
)
def test_errors_are_compared_by_type_and_text(ours, theirs, alike):
    assert (not _run(_raise(ours), _raise(theirs)).failures) is alike


def test_accepting_what_torch_rejects_is_a_failure():
    assert _run(lambda x: x, _raise(ValueError("a"))).failed_quantities == {"error"}


def test_a_warning_that_torch_does_not_give_is_a_failure():
    def warns(x):
        import warnings

        warnings.warn("careful", UserWarning, stacklevel=1)
        return x * 1

    assert _run(warns, lambda x: x * 1).failed_quantities == {"warnings"}
    assert not _run(warns, warns).failures
