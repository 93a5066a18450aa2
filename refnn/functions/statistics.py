"""Spread, norms, quantiles: torch.var, std, logsumexp, norm, dist, renorm, quantile, cov, corrcoef, histc, bincount."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.base import TensorBase, wrap
from refnn.autograd.inplace import apply_inplace
from refnn.autograd.op import Op
from refnn.dtypes import dtype as DType
from refnn.dtypes import finfo, get_default_dtype, not_implemented
from refnn.functions._calls import wrong_call
from refnn.functions._checks import dims, is_int, one_dim, type_name, warn
from refnn.functions._out import exact, into
from refnn.functions._scalars import as_number
from refnn.functions.activation import number
from refnn.functions.reduction import Dim, as_dtype, check_wide
from refnn.functions.reduction import mean as mean_over
from refnn.functions.shape import reshape, squeeze, unsqueeze
from refnn.ops import statistics as ops
from refnn.ops._half import is_half
from refnn.ops.creation import cast
from refnn.ops.nuclear_norm import nuclear_norm
from refnn.ops.reduction import count

# Spread -------------------------------------------------------------------------------------------------

_NO_FREEDOM = "degrees of freedom is <= 0. Correction should be strictly less than"


def _spread_call(
    name: str, input: Any, dim: Any, unbiased: Any, keepdim: bool, correction: Any
) -> tuple[tuple[int, ...], Any]:
    """(the dimensions, the correction)."""
    if unbiased is not None and not isinstance(unbiased, bool):
        raise wrong_call(name, input, dim, unbiased)
    if correction is not None and unbiased is not None:
        given = {"dim": dim, "unbiased": unbiased, "correction": correction}
        raise wrong_call(name, input, **{k: v for k, v in given.items() if v is not None})
    if isinstance(dim, bool):  # var(x, unbiased)
        dim, unbiased = None, dim
    if input._data.dtype.kind not in "fcV":
        raise RuntimeError("std and var only support floating point and complex dtypes")
    if correction is None:
        correction = 1 if unbiased is None else int(unbiased)
    over = dims(dim, input._data.ndim)
    if not input._data.size or count(input._data.shape, over) - correction <= 0:
        warn(
            f"{name}(): {_NO_FREEDOM} the reduction factor (input numel divided by output numel).",
        )
    return over, correction


def var(
    input: Any,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
    out: Any = None,
) -> Any:
    """Σ |x − x̄|² / (n − correction); correction 1 by default."""
    over, less = _spread_call("var", input, dim, unbiased, keepdim, correction)
    return into(out, ops.var(input, dim=over, correction=less, keepdim=keepdim))


def std(
    input: Any,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
    out: Any = None,
) -> Any:
    """The square root of var. Its gradient at 0 is 0."""
    over, less = _spread_call("std", input, dim, unbiased, keepdim, correction)
    return into(out, ops.std(input, dim=over, correction=less, keepdim=keepdim))


def var_mean(
    input: Any,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> tuple[Any, Any]:
    """(var, mean)."""
    over, less = _spread_call("var_mean", input, dim, unbiased, keepdim, correction)
    return ops.var(input, dim=over, correction=less, keepdim=keepdim), mean_over(input, over or None, keepdim)


def std_mean(
    input: Any,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> tuple[Any, Any]:
    """(std, mean)."""
    over, less = _spread_call("std_mean", input, dim, unbiased, keepdim, correction)
    return ops.std(input, dim=over, correction=less, keepdim=keepdim), mean_over(input, over or None, keepdim)


def logsumexp(input: Any, dim: Dim, keepdim: bool = False, *, out: Any = None) -> Any:
    """ln Σ eˣ over dim."""
    if input._data.dtype.kind in "iub":
        input = cast(input, dtype=get_default_dtype().numpy)
    return into(out, ops.logsumexp(input, dim=dims(dim, input._data.ndim), keepdim=keepdim))


# Norms --------------------------------------------------------------------------------------------------


def _vector_norm(
    input: Any, p: float, dim: Any, keepdim: bool, dtype: DType | None, out: Any, operation: Op = ops.norm
) -> Any:
    if input._data.dtype.kind not in "fcV":
        raise RuntimeError(
            f"linalg.vector_norm: Expected a floating point or complex tensor as input. Got {input.dtype.title}"
        )
    over = dims(dim, input._data.ndim)
    if abs(p) == np.inf or p < 0:
        text = f"{p:g}" if p not in (np.inf, -np.inf) else str(p)
        if dim is None and not input._data.size:
            raise RuntimeError(
                f"linalg.vector_norm cannot compute the {text} norm on an empty tensor because the operation does not "
                "have an identity"
            )
        for d in over:
            if not input._data.shape[d]:
                raise RuntimeError(
                    f"linalg.vector_norm cannot compute the {text} norm on the dimension {d}because this dimension is "
                    "empty and the operation does not have an identity"
                )
    return exact(out, operation(as_dtype(input, dtype), p=p, dim=over, keepdim=keepdim), input)


def _matrix_dims(input: Any, dim: Any) -> tuple[int, int]:
    given = tuple(range(input._data.ndim)) if dim is None else ((dim,) if isinstance(dim, int) else tuple(dim))
    if len(given) != 2:
        raise RuntimeError(f"linalg.matrix_norm: dim must be a 2-tuple. Got {' '.join(map(str, given))}")
    first, second = (one_dim(d, input._data.ndim) for d in given)
    return first, second


def norm(
    input: Any,
    p: Any = "fro",
    dim: Dim = None,
    keepdim: bool = False,
    out: Any = None,
    dtype: DType | None = None,
) -> Any:
    """(Σ |x|ᵖ)^(1/p) over dim (all by default); "fro" is p = 2, "nuc" the sum of a matrix's singular values."""
    if isinstance(p, str) and p not in ("fro", "nuc"):
        raise RuntimeError(f"linalg.matrix_norm: Order {p} not supported.")
    if p == "nuc":
        first, second = _matrix_dims(input, dim)
        if is_half(input._data.dtype):
            raise RuntimeError(f"linalg.matrix_norm: Low precision dtypes not supported. Got {input.dtype.title}")
        return into(out, nuclear_norm(as_dtype(input, dtype), dim=(first, second), keepdim=keepdim))
    if p == "fro" and dim is not None and not isinstance(dim, int) and len(dim) > 2:
        _matrix_dims(input, dim)
    order = 2.0 if p is None or isinstance(p, str) else _order(p)
    if dim is not None and not is_int(dim):
        _check_dims(dim)
    return _vector_norm(input, order, dim, keepdim, dtype, out)


def _order(p: Any) -> float:
    if isinstance(p, complex):
        raise RuntimeError("linalg.vector_norm: Expected a non-complex scalar as the order of norm.")
    return number("linalg_vector_norm", "ord", 2, p)


def _check_dims(dim: Any) -> None:
    where = "linalg_vector_norm(): argument 'dim' (position 3) must be tuple of ints"
    if not isinstance(dim, (tuple, list)):
        raise TypeError(f"{where}, not {type_name(dim)}")
    for k, d in enumerate(dim):
        if not is_int(d):
            raise TypeError(f"{where}, but found element of type {type_name(d)} at pos {k}")


def norm_method(input: Any, p: Any = "fro", dim: Dim = None, keepdim: bool = False, dtype: DType | None = None) -> Any:
    """norm. Source: torch.Tensor.norm."""
    return norm(input, p, dim, keepdim, dtype=dtype)


_dist = ops.norm.renamed("DistBackward0")


def dist(input: Any, other: Any, p: float = 2, *, out: Any = None) -> Any:
    """The p-norm of input − other."""
    difference = input - other
    kind = difference._data.dtype.kind
    if kind not in "fVc":
        raise RuntimeError(
            f"norm(): input dtype should be either floating point or complex. Got {difference.dtype.title} instead."
        )
    return into(out, _dist(difference, p=float(p), dim=tuple(range(difference._data.ndim)), keepdim=False))


def _renorm_call(input: Any, p: float, dim: int, maxnorm: float) -> int:
    if p <= 0:
        raise RuntimeError("renorm: non-positive-norm not supported")
    if maxnorm < 0:
        raise RuntimeError(f"renorm: expected maxnorm to be >= 0 but got {maxnorm:g}")
    if input._data.ndim < 2:
        raise RuntimeError(f"renorm: input needs at least 2 dimensions, got {input._data.ndim} dimensions")
    d = one_dim(dim, input._data.ndim)
    if input._data.dtype.kind not in "fVc":
        raise RuntimeError(
            f"linalg.vector_norm: Expected a floating point or complex tensor as input. Got {input.dtype.title}"
        )
    return d


def renorm(input: Any, p: float, dim: int, maxnorm: float, *, out: Any = None) -> Any:
    """Each slice along dim shrunk to a p-norm of maxnorm, where its norm is larger."""
    d = _renorm_call(input, p, dim, maxnorm)
    return exact(out, ops.renorm(input, p=float(p), dim=d, maxnorm=float(maxnorm)), input)


def renorm_(input: Any, p: float, dim: int, maxnorm: float) -> Any:
    """In place: renorm."""
    d = _renorm_call(input, p, dim, maxnorm)
    return apply_inplace(ops.renorm, input, p=float(p), dim=d, maxnorm=float(maxnorm))


# Covariance -----------------------------------------------------------------------------------------------


def _weights(name: str, given: Any, n: int, kinds: str, kind: str) -> None:
    if given is None:
        return
    if given._data.ndim > 1:
        raise RuntimeError(
            f"cov(): expected {name} to have one or fewer dimensions but got {name} with {given._data.ndim} dimensions"
        )
    if given._data.dtype.kind not in kinds:
        raise RuntimeError(f"cov(): expected {name} to have {kind} dtype but got {name} with {given.dtype.title} dtype")
    if given._data.size != n:
        raise RuntimeError(
            f"cov(): expected {name} to have the same numel as there are observations in the input but got "
            f"{given._data.size} != {n}"
        )
    if (given._data < 0).any():
        raise RuntimeError(f"cov(): {name} cannot be negative")


def cov(input: Any, *, correction: int = 1, fweights: Any = None, aweights: Any = None) -> Any:
    """The covariance of the rows: Σ_k w_k (x_ik − x̄_i) (x_jk − x̄_j)* / norm.

    fweights say how often a column was observed, aweights how much it counts. norm is Σw − correction, with
    aweights Σw − correction Σ(w a) / Σw, and at least 0.
    """
    if input._data.ndim > 2:
        raise RuntimeError(
            f"cov(): expected input to have two or fewer dimensions but got an input with {input._data.ndim} dimensions"
        )
    if input._data.dtype == np.bool_:
        raise RuntimeError("cov(): bool dtype is not supported for input")
    x = input if input._data.ndim > 1 else reshape(input, (1, -1))
    if x._data.dtype.kind in "iu":
        x = cast(x, dtype=get_default_dtype().numpy)
    n = x._data.shape[1]
    _weights("fweights", fweights, n, "iu", "integral")
    _weights("aweights", aweights, n, "f", "floating point")
    w = fweights if aweights is None else aweights if fweights is None else fweights * aweights
    total: Any = n if w is None else reshape(w, -1).sum()
    if w is not None and not total.item():
        raise RuntimeError("cov(): weights sum to zero, can't be normalized")
    centre = mean_over(x, 1, True) if w is None else (x * w).sum(1, True) / total
    if aweights is None or correction == 0:
        divisor = total - correction
    else:
        divisor = total - correction * (reshape(w, -1) * reshape(aweights, -1)).sum() / total
    centred = x - centre
    other = centred if w is None else centred * w
    product = centred @ other.t().conj()
    if (divisor._data if isinstance(divisor, TensorBase) else divisor) <= 0:
        warn(f"cov(): {_NO_FREEDOM} the number of observations.")
        divisor = 0
    y = product / divisor
    return squeeze(squeeze(y, 0), 0) if y._data.shape == (1, 1) else y


def corrcoef(input: Any) -> Any:
    """The correlation of the rows: cov divided by the standard deviations, cut to [−1, 1]."""
    if input._data.ndim > 2:
        raise RuntimeError(
            "corrcoef(): expected input to have two or fewer dimensions but got an input with "
            f"{input._data.ndim} dimensions"
        )
    c = cov(input)
    if c._data.ndim == 0:
        return c / c
    deviation = c.diagonal().real.sqrt() if c.is_complex() else c.diagonal().sqrt()
    scaled = c / unsqueeze(deviation, 1) / unsqueeze(deviation, 0)
    if not scaled.is_complex():
        return scaled.clamp(-1, 1)
    from refnn.functions.complexes import complex

    return complex(scaled.real.clamp(-1, 1), scaled.imag.clamp(-1, 1))


# Counting -------------------------------------------------------------------------------------------------


def histc(input: Any, bins: int = 100, min: float = 0, max: float = 0, *, out: Any = None) -> Any:
    """How many elements lie in each of `bins` equal parts of [min, max]; the range of the data where they are equal."""
    if input._data.dtype.kind not in "fV":
        raise not_implemented("histogram_cpu", input.dtype)
    if bins <= 0:
        raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {bins} for dimension 0")
    data = input._data.reshape(-1)
    for bound in (min, max):
        as_number(bound, data.dtype)
    low, high = float(min), float(max)
    if low == high and data.size:
        low, high = float(data.min()), float(data.max())
    if low == high:
        low, high = low - 1, high + 1
    if not (np.isfinite(low) and np.isfinite(high)):
        raise RuntimeError(f"torch.histc: range of [{low:g}, {high:g}] is not finite")
    if low > high:
        raise RuntimeError("torch.histc: max must be larger than min")
    inside = data[(data >= low) & (data <= high)]
    place = ((inside - inside.dtype.type(low)) * inside.dtype.type(bins) / inside.dtype.type(high - low)).astype(
        np.int64
    )
    counts = np.bincount(np.minimum(place, bins - 1), minlength=bins)
    most = 2 / finfo(input.dtype).eps  # where counting in the dtype stops: one more is rounded away
    return into(out, wrap(np.minimum(counts, most).astype(input._data.dtype)))


def bincount(input: Any, weights: Any = None, minlength: int = 0) -> Any:
    """How often each non-negative integer occurs, or the sum of its weights."""
    if minlength < 0:
        raise RuntimeError("minlength should be >= 0")
    if input._data.dtype.kind not in "iu":
        raise not_implemented("bincount_cpu", input.dtype)
    check_wide("bincount_cpu", input)
    if input._data.ndim != 1 or (input._data.size and input._data.min() < 0):
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    if weights is None:
        return wrap(np.bincount(input._data, None, minlength).astype(np.int64))
    if weights._data.shape != input._data.shape:
        raise RuntimeError("weights should be 1-d and have the same length as input")
    kind = np.float32 if weights._data.dtype == np.float32 else np.float64
    size = int(np.max(input._data, initial=-1)) + 1
    totals = np.zeros(size if size > minlength else minlength, kind)
    np.add.at(totals, input._data, weights._data.astype(kind))
    return wrap(totals)
