"""bfloat16 is an extra: without the package ml_dtypes it says what to install. Gradients in 16 bits."""

import sys

import pytest

import refnn

ASKS = [
    lambda: refnn.zeros(2, dtype=refnn.bfloat16),
    lambda: refnn.ones(2).bfloat16(),
    lambda: refnn.ones(2).to(refnn.bfloat16),
    lambda: refnn.tensor([1.0], dtype=refnn.bfloat16),
    lambda: refnn.nn.Linear(2, 2, dtype=refnn.bfloat16),
    lambda: refnn.nn.Linear(2, 2).bfloat16(),
    lambda: refnn.finfo(refnn.bfloat16),
]


@pytest.mark.parametrize("ask", ASKS)
def test_bfloat16_without_its_package_names_the_extra(ask, monkeypatch):
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    monkeypatch.setattr(refnn.bfloat16, "_numpy", None)
    with pytest.raises(ImportError, match=r"bfloat16 needs the package ml_dtypes: pip install 'refnn\[bfloat16\]'"):
        ask()


@pytest.mark.parametrize("ask", ASKS)
def test_bfloat16_with_its_package(ask):
    pytest.importorskip("ml_dtypes")
    assert ask() is not None


# Sums in 16 bits stop at 256 and 2048, where 1 is less than half a spacing: torch adds up in float32.

SUMS = {
    "broadcast": lambda w, n: (refnn.ones(n, 1, dtype=w.dtype) * w).sum().backward(),
    "expand": lambda w, n: w.expand(n).sum().backward(),
    "einsum": lambda w, n: refnn.einsum("i,j->", w, refnn.ones(n, dtype=w.dtype)).backward(),
}


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("name", SUMS)
def test_gradients_are_added_up_in_float32(name, dtype):
    if dtype == "bfloat16":
        pytest.importorskip("ml_dtypes")
    w = refnn.ones(1, dtype=getattr(refnn, dtype)).requires_grad_()
    SUMS[name](w, 4096)
    assert w.grad.tolist() == [4096.0]
    assert w.grad.dtype is w.dtype
