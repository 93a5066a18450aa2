"""Random tensors with given parameters: torch.normal, bernoulli, multinomial, poisson."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from refnn import dtypes
from refnn.autograd.base import TensorBase, wrap
from refnn.autograd.modes import mode, no_grad
from refnn.dtypes import not_implemented
from refnn.functions._broadcast import common_shape
from refnn.functions._calls import wrong_call
from refnn.functions._checks import bool_argument, int_argument, tensor_argument
from refnn.functions._factories import check_options, finish
from refnn.functions._random_arguments import (
    number,
    shape_of,
    stream_of,
    target_of,
)
from refnn.functions._random_range import is_floating
from refnn.functions.random_inplace import (
    bernoulli_,
    check_bernoulli_dtype,
    check_probabilities,
    check_std,
    normal_,
)
from refnn.ops import poisson as counts
from refnn.ops import random as draws
from refnn.random import Generator

__all__ = ["bernoulli", "multinomial", "normal", "poisson"]


def normal(
    mean: Any,
    std: Any = 1.0,
    size: Any = None,
    *,
    generator: Generator | None = None,
    out: Any = None,
    **options: Any,
) -> Any:
    """N(mean, std²), mean and std tensors that broadcast, or numbers; two numbers need a size.

    Raises RuntimeError for a negative std, NotImplementedError for integers. Source: torch.normal.
    """
    tensors = [isinstance(v, TensorBase) for v in (mean, std)]
    is_wrong = generator is not None and not isinstance(generator, Generator)
    if is_wrong or (any(tensors) if size is not None or options else not any(tensors) and size is None):
        extra = {} if generator is None else {"generator": generator}
        given = (mean, std) if size is None else (mean, std, size)
        raise wrong_call("normal", *given, **options, **extra)
    if not any(tensors):
        return _normal_of_size(mean, std, size, generator, out, options)
    drawn = _normal_of_tensors(mean, std, generator, out)
    return _in_graph(drawn, [v for v, is_tensor in zip((mean, std), tensors, strict=True) if is_tensor], tensors)


def _normal_of_size(mean: Any, std: Any, size: Any, generator: Any, out: Any, options: dict[str, Any]) -> Any:
    mean, std = number("normal", "mean", 1, mean), number("normal", "std", 2, std)
    shape = shape_of("normal", (size,), 3)
    check_std(std)
    requires_grad = options.pop("requires_grad", False)
    dtype = options.pop("dtype", None)
    check_options(options.get("layout"), options.get("device"), options.get("pin_memory", False))
    target = target_of("normal", shape, out, dtype, dtypes.get_default_dtype(), requires_grad)
    return finish(normal_(target, mean, std, generator=generator), requires_grad)


def _normal_of_tensors(mean: Any, std: Any, generator: Any, out: Any) -> Any:
    """Standard normals times std plus mean, in the dtype of the first tensor."""
    first: Any = mean if isinstance(mean, TensorBase) else std
    if isinstance(std, TensorBase):
        if std._data.dtype.kind == "c":
            raise RuntimeError("normal expects standard deviation to be non-complex")
        if std._data.size and not std._data.min() >= 0:
            raise RuntimeError("normal expects all elements of std >= 0.0")
    else:
        check_std(number("normal", "std", 2, std))
    shape = common_shape(*[v._data.shape for v in (mean, std) if isinstance(v, TensorBase)])
    target = target_of("normal", shape, out, None, first.dtype, False)
    with no_grad():
        if not isinstance(std, TensorBase):
            return normal_(target, 0.0, std, generator=generator).add_(mean)
        return normal_(target, generator=generator).mul_(std).add_(mean)


def _in_graph(drawn: Any, sources: list[Any], tensors: list[bool]) -> Any:
    """The drawn tensor as a constant function of its parameters, where one of them requires grad."""
    if not (mode.grad and any(s.requires_grad for s in sources)):
        return drawn
    if all(tensors):
        return draws.normal_of(*sources, values=drawn._data)
    return draws.CONSTANTS[f"NormalBackward{1 if tensors[0] else 2}"](*sources, values=drawn._data)


def bernoulli(input: Any, *args: Any, generator: Generator | None = None, out: Any = None, **named: Any) -> Any:
    """bernoulli(input): 1 with the probability that input holds, in its dtype; bernoulli(input, p): with p.

    Raises RuntimeError for probabilities outside [0, 1]. Source: torch.bernoulli.
    """
    p = args[0] if args else named.get("p")
    is_p = isinstance(p, (int, float, np.number))
    is_wrong = generator is not None and not isinstance(generator, Generator)
    if len(args) > 1 or set(named) - {"p"} or (p is not None and (not is_p or out is not None)) or is_wrong:
        extra = {} if generator is None else {"generator": generator}
        raise wrong_call("bernoulli", input, *args, **named, **extra)
    tensor_argument("bernoulli", "input", 1, input)
    if p is not None:
        drawn = bernoulli_(wrap(np.empty_like(input._data, subok=False)), p, generator=generator)
        if mode.grad and input.requires_grad:
            return draws.bernoulli_of_p(input, values=drawn._data)
        return drawn
    if input._data.size:
        check_probabilities(input._data)
    target = target_of("bernoulli", input._data.shape, out, None, input.dtype, False)
    check_bernoulli_dtype(target._data.dtype, "bernoulli_tensor_cpu_self_")
    each = draws.bernoulli_each(input._data, stream_of("bernoulli", generator))
    np.copyto(target._data, each, casting="unsafe")
    target._bump_version()
    if out is None and mode.grad and input.requires_grad:
        return draws.CONSTANTS["BernoulliBackward0"](input, values=target._data)
    return target


def multinomial(
    input: Any,
    num_samples: int,
    replacement: bool = False,
    *,
    generator: Generator | None = None,
    out: Any = None,
) -> Any:
    """Indices drawn with the weights of each row of input: (num_samples,) or (rows, num_samples), int64.

    Raises RuntimeError for weights that are negative, not finite or all 0, and where more are asked for than
    there are. Source: torch.multinomial.
    """
    tensor_argument("multinomial", "input", 1, input)
    int_argument("multinomial", "num_samples", 2, num_samples)
    bool_argument("multinomial", "replacement", 3, replacement)
    stream, k, weights = stream_of("multinomial", generator), int(num_samples), input._data
    if out is not None and out._data.dtype != np.int64:
        raise RuntimeError(f"multinomial expects Long tensor out, got: {out.dtype.title}")
    _check_multinomial(weights, k, replacement)
    rows = weights.reshape(-1, weights.shape[-1])
    drawn = draws.multinomial(rows, k, stream, replacement=replacement).reshape(*weights.shape[:-1], k)
    target = target_of("multinomial", drawn.shape, out, None, dtypes.int64, False)
    np.copyto(target._data, drawn)
    target._bump_version()
    return target


_MOST_CATEGORIES = 2**24


def _check_multinomial(weights: draws.Array, k: int, replacement: bool) -> None:
    if weights.ndim not in (1, 2):
        raise RuntimeError("prob_dist must be 1 or 2 dim")
    if not is_floating(weights.dtype):
        title = dtypes.from_numpy(weights.dtype).title
        raise RuntimeError(f"multinomial only supports floating-point dtypes for input, got: {title}")
    if k <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    if not replacement and k > weights.shape[-1]:
        raise RuntimeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    if weights.shape[-1] > _MOST_CATEGORIES:
        raise RuntimeError("number of categories cannot exceed 2^24")
    by_inversion = replacement and k > 1
    if weights.shape[-1] == 0 and not by_inversion:
        raise RuntimeError(
            "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity."
        )
    is_fit = (weights >= 0) & (weights < math.inf)
    if not is_fit.all():
        if not by_inversion:
            raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
        first = weights[~is_fit][0]  # in logical order; torch finds NaN below 0
        which = "= infinity or NaN" if first == math.inf else "< 0"
        raise RuntimeError(f"invalid multinomial distribution (encountering probability entry {which})")
    if (weights.sum(axis=-1) == 0).any():
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")


def poisson(input: Any, generator: Generator | None = None) -> Any:
    """How often something happens that happens λ times on average: a number for each rate λ of input.

    Of the input's shape and dtype. Raises RuntimeError for a rate that is not ≥ 0, NotImplementedError for
    dtypes that are not floating. Source: torch.poisson.
    """
    tensor_argument("poisson", "input", 1, input)
    stream, rates = stream_of("poisson", generator), input._data
    if not is_floating(rates.dtype):
        raise not_implemented("poisson_cpu", rates.dtype)
    if not (rates >= 0).all():
        raise RuntimeError("invalid Poisson rate, expected rate to be non-negative")
    drawn = counts.poisson(rates, stream)
    if mode.grad and input.requires_grad:
        return draws.CONSTANTS["PoissonBackward0"](input, values=drawn)
    return finish(drawn, False)
