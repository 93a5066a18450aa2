"""Special functions: torch.erf, torch.lgamma, torch.logit, … and Tensor's methods of these names."""

from __future__ import annotations

from typing import Any

from refnn.autograd.inplace import apply_inplace
from refnn.dtypes import get_default_dtype
from refnn.functions._checks import int_argument, tensor_argument
from refnn.functions._elementwise import unary_pair
from refnn.functions._out import into
from refnn.functions._scalars import as_number
from refnn.ops import special as ops

erf, erf_ = unary_pair(ops.erf)
erfc, erfc_ = unary_pair(ops.erfc)
erfinv, erfinv_ = unary_pair(ops.erfinv)
lgamma, lgamma_ = unary_pair(ops.lgamma)
digamma, digamma_ = unary_pair(ops.digamma)
sinc, sinc_ = unary_pair(ops.sinc)
i0, i0_ = unary_pair(ops.i0)


def _bound(input: Any, eps: float | None) -> float | None:
    """A negative ε counts as none. Raises RuntimeError for one that the result's dtype cannot hold."""
    dtype = input._data.dtype
    if eps is not None and dtype.kind != "c":
        as_number(eps, get_default_dtype().numpy if dtype.kind in "iub" else dtype)
    return None if eps is None or eps < 0 else eps


def logit(input: Any, eps: float | None = None, *, out: Any = None) -> Any:
    """ln(x / (1 − x)), x being held within [ε, 1 − ε] where ε is given; else NaN outside [0, 1]."""
    tensor_argument("logit", "input", 1, input)
    return into(out, ops.logit(input, eps=_bound(input, eps)))


def logit_(input: Any, eps: float | None = None) -> Any:
    """In place: ln(x / (1 − x))."""
    return apply_inplace(ops.logit, input, eps=_bound(input, eps))


def _check_order(n: int) -> None:
    if n < 0:
        raise RuntimeError("polygamma(n, x) does not support negative n.")


def polygamma(n: int, input: Any, *, out: Any = None) -> Any:
    """The n-th derivative of ψ = d ln Γ / dx. Raises RuntimeError for a negative n."""
    int_argument("polygamma", "n", 1, n)
    tensor_argument("polygamma", "input", 2, input)
    _check_order(n)
    return into(out, ops.polygamma(input, n=int(n)))


def polygamma_method(input: Any, n: int) -> Any:
    """The n-th derivative of ψ = d ln Γ / dx at this tensor."""
    return polygamma(n, input)


def polygamma_(input: Any, n: int) -> Any:
    """In place: the n-th derivative of ψ = d ln Γ / dx."""
    _check_order(n)
    return apply_inplace(ops.polygamma, input, n=int(n))
