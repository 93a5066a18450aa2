"""Initial values of weights, drawn or fixed.

Each function fills a tensor in place, outside of the graph, and returns it. Where nothing else is said the tensor may
have any shape and floating dtype; weights are (out, in, *kernel), with fan_in = in · ∏ kernel and
fan_out = out · ∏ kernel.
"""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from refnn.autograd.base import Array, wrap
from refnn.autograd.modes import no_grad
from refnn.dtypes import not_implemented

__all__ = [
    "calculate_gain",
    "uniform_",
    "normal_",
    "trunc_normal_",
    "constant_",
    "ones_",
    "zeros_",
    "eye_",
    "dirac_",
    "xavier_uniform_",
    "xavier_normal_",
    "kaiming_uniform_",
    "kaiming_normal_",
    "orthogonal_",
    "sparse_",
    "uniform",
    "normal",
    "constant",
    "eye",
    "dirac",
    "xavier_uniform",
    "xavier_normal",
    "kaiming_uniform",
    "kaiming_normal",
    "orthogonal",
    "sparse",
]

_LINEAR = (
    "linear",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "sigmoid",
)
_FIXED_GAINS = {"tanh": 5.0 / 3, "relu": math.sqrt(2.0), "selu": 3.0 / 4}


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The factor that keeps a signal's variance through a nonlinearity.

    1 for linear maps, convolutions and sigmoid; 5/3 for tanh; √2 for relu; √(2 / (1 + param²)) for
    leaky_relu, whose slope is 0.01 by default; 3/4 for selu.

    Raises ValueError for another nonlinearity, or a slope that is no number.

    Source: torch.nn.init.calculate_gain.
    """
    if nonlinearity in _LINEAR:
        return 1
    if nonlinearity in _FIXED_GAINS:
        return _FIXED_GAINS[nonlinearity]
    if nonlinearity != "leaky_relu":
        raise ValueError(f"Unsupported nonlinearity {nonlinearity}")
    slope = 0.01 if param is None else param
    if isinstance(slope, bool) or not isinstance(slope, int | float):
        raise ValueError(f"negative_slope {param} not a valid number")
    return math.sqrt(2.0 / (1 + slope**2))


def uniform_(tensor: Any, a: float = 0.0, b: float = 1.0, generator: Any = None) -> Any:
    """Values of U(a, b).

    Floating or complex. Raises RuntimeError for a > b, NotImplementedError for other dtypes.

    Source: torch.nn.init.uniform_.
    """
    with no_grad():
        return tensor.uniform_(a, b, generator=generator)


def normal_(tensor: Any, mean: float = 0.0, std: float = 1.0, generator: Any = None) -> Any:
    """Values of N(mean, std²).

    Floating or complex. Raises RuntimeError for a negative std, NotImplementedError for other dtypes.

    Source: torch.nn.init.normal_.
    """
    with no_grad():
        return tensor.normal_(mean, std, generator=generator)


def constant_(tensor: Any, val: float) -> Any:
    """The same value everywhere. Any dtype. Raises RuntimeError for a value that the dtype cannot hold.

    Source: torch.nn.init.constant_.
    """
    with no_grad():
        return tensor.fill_(val)


def ones_(tensor: Any) -> Any:
    """1 everywhere. Any dtype.

    Source: torch.nn.init.ones_.
    """
    with no_grad():
        return tensor.fill_(1.0)


def zeros_(tensor: Any) -> Any:
    """0 everywhere. Any dtype.

    Source: torch.nn.init.zeros_.
    """
    with no_grad():
        return tensor.zero_()


def eye_(tensor: Any) -> Any:
    """1 on the diagonal of a matrix (n, m) of any dtype, else 0. Raises ValueError if it is no matrix.

    Source: torch.nn.init.eye_.
    """
    if tensor.ndimension() != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    return _copy(tensor, np.eye(*tensor.shape, dtype=tensor._data.dtype))


def _copy(tensor: Any, values: Array) -> Any:
    with no_grad():
        return tensor.copy_(wrap(values))


def dirac_(tensor: Any, groups: int = 1) -> Any:
    """A convolution's weight that passes input channel d on as output channel d, in every group.

    Raises ValueError for other than 3, 4 or 5 dimensions, or an output size that `groups` does not divide,
    IndexError for a kernel of no places.

    Source: torch.nn.init.dirac_; Zagoruyko and Komodakis, 2017.
    """
    if tensor.ndimension() not in (3, 4, 5):
        raise ValueError("Only tensors with 3, 4, or 5 dimensions are supported")
    sizes = tensor.size()  # (C_out, C_in / groups, *kernel)
    if sizes[0] % groups != 0:
        raise ValueError("dim 0 must be divisible by groups")
    per_group = sizes[0] // groups
    channels = np.arange(min(per_group, sizes[1]))
    centre = [size // 2 for size in sizes[2:]]
    if 0 in sizes[2:] and len(channels) and groups:
        dim = sizes.index(0, 2)
        raise IndexError(f"index 0 is out of bounds for dimension {dim} with size 0")
    weight = np.zeros(sizes, tensor._data.dtype)
    for g in range(groups):
        weight[(g * per_group + channels, channels, *centre)] = 1
    return _copy(tensor, weight)


def _calculate_fan_in_and_fan_out(tensor: Any) -> tuple[int, int]:
    """(inputs of one output value, outputs of one input value) of a weight (out, in, *kernel)."""
    if tensor.dim() < 2:
        raise ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
    outputs, inputs, *kernel = tensor.shape
    field = math.prod(kernel)
    return inputs * field, outputs * field


def _calculate_correct_fan(tensor: Any, mode: str) -> int:
    mode = mode.lower()
    modes = ["fan_in", "fan_out"]
    if mode not in modes:
        raise ValueError(f"Mode {mode} not supported, please use one of {modes}")
    return _calculate_fan_in_and_fan_out(tensor)[modes.index(mode)]


def _xavier_std(tensor: Any, gain: float) -> float:
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    return gain * math.sqrt(2.0 / float(fan_in + fan_out))


def xavier_uniform_(tensor: Any, gain: float = 1.0, generator: Any = None) -> Any:
    """U(−a, a) with a = gain √(6 / (fan_in + fan_out)). Raises ValueError below two dimensions.

    Source: torch.nn.init.xavier_uniform_; Glorot and Bengio, 2010.
    """
    a = math.sqrt(3.0) * _xavier_std(tensor, gain)
    return uniform_(tensor, -a, a, generator)


def xavier_normal_(tensor: Any, gain: float = 1.0, generator: Any = None) -> Any:
    """N(0, std²) with std = gain √(2 / (fan_in + fan_out)). Raises ValueError below two dimensions.

    Source: torch.nn.init.xavier_normal_; Glorot and Bengio, 2010.
    """
    return normal_(tensor, 0.0, _xavier_std(tensor, gain), generator)


def _kaiming_std(tensor: Any, a: float, mode: str, nonlinearity: str) -> float:
    fan = _calculate_correct_fan(tensor, mode)
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


def _has_no_elements(tensor: Any) -> bool:
    if 0 in tensor.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=3)
        return True
    return False


def kaiming_uniform_(
    tensor: Any,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Any = None,
) -> Any:
    """U(−bound, bound) with bound = gain √(3 / fan); a is the slope of leaky_relu.

    Raises ValueError below two dimensions, or for an unknown mode or nonlinearity.

    Source: torch.nn.init.kaiming_uniform_; He et al., 2015.
    """
    if _has_no_elements(tensor):
        return tensor
    bound = math.sqrt(3.0) * _kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Any,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Any = None,
) -> Any:
    """N(0, std²) with std = gain / √fan; a is the slope of leaky_relu.

    Raises ValueError below two dimensions, or for an unknown mode or nonlinearity.

    Source: torch.nn.init.kaiming_normal_; He et al., 2015.
    """
    if _has_no_elements(tensor):
        return tensor
    return normal_(tensor, 0, _kaiming_std(tensor, a, mode, nonlinearity), generator)


def orthogonal_(tensor: Any, gain: float = 1, generator: Any = None) -> Any:
    """gain times a matrix with orthonormal rows or columns, whichever are fewer.

    Q of the QR factorisation of a normal matrix, its columns' signs made those of R's diagonal so that Q is
    uniform among orthogonal matrices. Dimensions after the first count as one.

    Raises ValueError below two dimensions, NotImplementedError for half precision.

    Source: torch.nn.init.orthogonal_; Saxe et al., 2013; Mezzadri, 2007 (the signs).
    """
    if tensor.ndimension() < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    if tensor.numel() == 0:
        return tensor
    rows = tensor.size(0)
    cols = tensor.numel() // rows
    dtype = tensor._data.dtype
    drawn = wrap(np.empty((rows, cols), dtype)).normal_(0, 1, generator=generator)._data
    if dtype.itemsize == 2:
        raise not_implemented("geqrf_cpu", dtype)
    q, r = np.linalg.qr(drawn.T if rows < cols else drawn)
    q = q * np.sign(np.diagonal(r))
    _copy(tensor, (q.T if rows < cols else q).reshape(tensor.shape))
    with no_grad():
        return tensor.mul_(gain)


def sparse_(tensor: Any, sparsity: float, std: float = 0.01, generator: Any = None) -> Any:
    """N(0, std²), with the fraction `sparsity` of each column, at random places, set to 0.

    The places come from the default generator, as in torch, whatever `generator` is. Raises ValueError if
    the tensor is no matrix.

    Source: torch.nn.init.sparse_; Martens, 2010.
    """
    from refnn.functions.random import randperm

    if tensor.ndimension() != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    rows, cols = tensor.shape
    num_zeros = math.ceil(sparsity * rows)
    with no_grad():
        tensor.normal_(0, std, generator=generator)
        for col in range(cols):
            tensor[randperm(rows)[:num_zeros], col] = 0
    return tensor


def trunc_normal_(
    tensor: Any,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Any = None,
) -> Any:
    """N(mean, std²) restricted to [a, b].

    Where more than 30% of the normal lies inside, values outside are drawn again; otherwise candidates of
    U(a, b) are accepted with probability φ(candidate) / max φ on [a, b].

    Warns if the mean is more than two standard deviations outside [a, b].

    Source: torch.nn.init.trunc_normal_.
    """
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn(
            "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. The distribution of values may be "
            "incorrect.",
            stacklevel=2,
        )
    inside = _normal_cdf((b - mean) / std) - _normal_cdf((a - mean) / std)
    with no_grad():
        if inside > 0.3:
            _redraw_outside(tensor, mean, std, a, b, generator)
        else:
            _reject(tensor, mean, std, a, b, generator)
    return tensor


def _normal_cdf(x: float) -> float:
    return (1.0 + math.erf(x / math.sqrt(2.0))) / 2.0


def _redraw_outside(tensor: Any, mean: float, std: float, a: float, b: float, generator: Any) -> None:
    """Draw, then draw whole tensors again, taking from each only what is still missing."""
    values = tensor.normal_(mean, std, generator=generator)._data
    low, high = np.asarray([a, b]).astype(values.dtype)
    while (outside := (values < low) | (values > high)).any():
        again = wrap(np.empty_like(values)).normal_(mean, std, generator=generator)
        np.copyto(values, again._data, where=outside)


def _reject(tensor: Any, mean: float, std: float, a: float, b: float, generator: Any) -> None:
    """Draw candidates and a uniform number for each, until every element has accepted one."""
    log_peak = -0.5 * ((max(a, min(mean, b)) - mean) / std) ** 2  # of the density on [a, b]
    values = tensor.uniform_(a, b, generator=generator)._data
    candidates = values
    pending: Array = np.ones(values.shape, np.bool_)
    while True:
        log_accept = ((candidates - mean) / std) ** 2 * -0.5 - log_peak
        u = wrap(np.empty_like(values)).uniform_(generator=generator)._data
        with np.errstate(divide="ignore"):
            pending = pending & (np.log(u) > log_accept)
        if not pending.any():
            return
        candidates = wrap(np.empty_like(values)).uniform_(a, b, generator=generator)._data
        np.copyto(values, candidates, where=pending)


def _make_deprecated(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function under its name without the underscore, with a warning."""
    name = function.__name__
    old = name[:-1]

    @functools.wraps(function)
    def deprecated(*args: Any, **kwargs: Any) -> Any:
        warnings.warn(f"`nn.init.{old}` is now deprecated in favor of `nn.init.{name}`.", FutureWarning, stacklevel=2)
        return function(*args, **kwargs)

    deprecated.__name__ = deprecated.__qualname__ = old
    deprecated.__doc__ = f"Deprecated: the former name of `{name}`; warns. Source: torch.nn.init.{old}."
    return deprecated


uniform = _make_deprecated(uniform_)
normal = _make_deprecated(normal_)
constant = _make_deprecated(constant_)
eye = _make_deprecated(eye_)
dirac = _make_deprecated(dirac_)
xavier_uniform = _make_deprecated(xavier_uniform_)
xavier_normal = _make_deprecated(xavier_normal_)
kaiming_uniform = _make_deprecated(kaiming_uniform_)
kaiming_normal = _make_deprecated(kaiming_normal_)
orthogonal = _make_deprecated(orthogonal_)
sparse = _make_deprecated(sparse_)
