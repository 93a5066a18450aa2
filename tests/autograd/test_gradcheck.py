"""gradcheck and gradgradcheck find what is wrong, and only that."""

import numpy as np
import pytest

import refnn
from refnn.autograd import Function, gradcheck, gradgradcheck
from refnn.autograd.gradcheck import GradcheckError


def leaf(*shape, kind="float64"):
    values = np.random.RandomState(3).uniform(0.5, 1.5, shape).astype(kind)
    if kind == "complex128":
        values = values + 1j * np.random.RandomState(4).uniform(0.5, 1.5, shape)
    return refnn.from_numpy(np.asarray(values)).requires_grad_()


def scaled(factor, later=1.0):
    """x², whose gradient is off by a factor, and whose second derivative by another."""

    class Square(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            right = 2 * x * g * factor
            return right * later - right.detach() * (later - 1)

    return Square.apply


RIGHT = [
    (lambda x: x.exp(), [leaf(2, 3)]),
    (lambda x, y: x @ y, [leaf(2, 3), leaf(3, 2)]),
    (lambda x: x.sort(), [leaf(5)]),
    (lambda x: x.exp() * x, [leaf(3, kind="complex128")]),
    (lambda x: x.abs(), [leaf(3, kind="complex128")]),
    (lambda x: x.unbind(0), [leaf(3, 2)]),
    (lambda x: x.t() * 2, [leaf(2, 3).t().detach().requires_grad_()]),
    (lambda x: x * 2, [leaf(0, 3)]),
    (lambda x: x.sum(), [leaf()]),
    (scaled(1.0), [leaf(3)]),
]


@pytest.mark.parametrize("fn, inputs", RIGHT)
@pytest.mark.parametrize("check", [gradcheck, gradgradcheck])
def test_what_is_right_passes(check, fn, inputs):
    before = [x.detach().clone() for x in inputs]
    assert check(fn, inputs, check_grad_dtypes=True)
    assert all(refnn.equal(a, b) for a, b in zip(before, inputs, strict=True))


def test_a_wrong_gradient_is_found():
    with pytest.raises(GradcheckError, match="Jacobian mismatch for output 0 with respect to input 0"):
        gradcheck(scaled(1.01), leaf(3))
    assert not gradcheck(scaled(1.01), leaf(3), raise_exception=False)


def test_a_wrong_second_gradient_is_found():
    assert gradcheck(scaled(1.0, later=1.1), leaf(3))
    with pytest.raises(GradcheckError, match="Jacobian mismatch"):
        gradgradcheck(scaled(1.0, later=1.1), leaf(3))


def test_a_missing_gradient_is_found():
    with pytest.raises(GradcheckError, match="expected to be zero"):
        gradcheck(lambda x: x.detach() * 2, leaf(3))


def test_a_backward_that_changes_is_found():
    source = np.random.RandomState(0)

    class Noisy(Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2 + 1e-7 * source.rand()

    with pytest.raises(GradcheckError, match="not reentrant"):
        gradcheck(Noisy.apply, leaf(3))
    assert gradcheck(Noisy.apply, leaf(3), nondet_tol=1e-6)


def test_what_it_needs():
    with pytest.raises(ValueError, match="at least one input tensor to require gradient"):
        gradcheck(lambda x: x, leaf(3).detach())
    with pytest.warns(UserWarning, match="not a double precision"):
        gradcheck(lambda x: x * 2, leaf(2, kind="float32"), eps=1e-2, atol=1e-2)
