"""Jacobians, Hessians and their products, of functions whose derivatives are known."""

import numpy as np
import pytest

import refnn
from refnn.autograd import functional

X = np.array([0.5, -1.5, 2.0])
Y = np.array([1.0, 3.0, -2.0])
V = np.array([2.0, -1.0, 0.5])


def tensor(array):
    return refnn.tensor(array.tolist(), dtype=refnn.float64)


def test_jacobian_of_several_inputs_and_outputs():
    found = functional.jacobian(lambda x, y: (x * y, (x * x).sum()), (tensor(X), tensor(Y)))
    expected = ((np.diag(Y), np.diag(X)), (2 * X, 0 * Y))
    for row, wanted in zip(found, expected, strict=True):
        for part, array in zip(row, wanted, strict=True):
            assert part.tolist() == array.tolist()


def test_hessian_of_several_inputs():
    found = functional.hessian(lambda x, y: (x * x * y).sum(), (tensor(X), tensor(Y)))
    expected = ((np.diag(2 * Y), np.diag(2 * X)), (np.diag(2 * X), np.zeros((3, 3))))
    for row, wanted in zip(found, expected, strict=True):
        for part, array in zip(row, wanted, strict=True):
            assert part.tolist() == array.tolist()


M = np.arange(6.0).reshape(2, 3)
PRODUCTS = {  # (function, its argument, v, y, the product)
    "vjp": (lambda x: tensor(M) @ x, X, V[:2], M @ X, V[:2] @ M),
    "jvp": (lambda x: tensor(M) @ x, X, V, M @ X, M @ V),
    "vhp": (lambda x: (x * x * x).sum(), X, V, (X**3).sum(), 6 * X * V),
    "hvp": (lambda x: (x * x * x).sum(), X, V, (X**3).sum(), 6 * X * V),
}


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("name", PRODUCTS)
def test_products(name, create_graph):
    function, x, v, y, product = PRODUCTS[name]
    x = tensor(x).requires_grad_(create_graph)
    found = getattr(functional, name)(function, x, tensor(v), create_graph=create_graph)
    for part, expected in zip(found, (y, product), strict=True):
        assert part.shape == expected.shape
        np.testing.assert_allclose(part.detach().numpy(), expected, rtol=1e-14)
        assert create_graph or not part.requires_grad


def test_create_graph_gives_the_next_derivative():
    x = tensor(X).requires_grad_()
    found = functional.hessian(lambda x: (x**4).sum(), x, create_graph=True)
    (third,) = refnn.autograd.grad(found.sum(), x)
    np.testing.assert_allclose(third.numpy(), 24 * X, rtol=1e-14)


REFUSED = {  # (call, exception, text)
    "independent": (lambda x: functional.jacobian(lambda t: refnn.ones(2), x, strict=True), RuntimeError, "Output 0"),
    "linear": (lambda x: functional.hessian(lambda t: t.sum(), x, strict=True), RuntimeError, "linear function"),
    "no number": (lambda x: functional.hvp(lambda t: t, x, x), RuntimeError, "a single element"),
    "no v": (lambda x: functional.vjp(lambda t: t, x), RuntimeError, "can only be None"),
    "long v": (lambda x: functional.jvp(lambda t: t, x, refnn.ones(5)), RuntimeError, "v has invalid size"),
    "no tensor": (lambda x: functional.vhp(lambda t: t, 1.0), TypeError, "given inputs has type"),
    "vectorize": (lambda x: functional.jacobian(lambda t: t, x, vectorize=True), ValueError, "vmap"),
    "forward": (lambda x: functional.jacobian(lambda t: t, x, strategy="forward-mode"), NotImplementedError, "AD"),
}


@pytest.mark.parametrize("row", REFUSED)
def test_refused(row):
    call, exception, text = REFUSED[row]
    with pytest.raises(exception, match=text):
        call(tensor(X))
