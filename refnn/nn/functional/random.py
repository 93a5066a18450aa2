"""Activations that draw: rrelu, gumbel_softmax."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from refnn.autograd.base import wrap
from refnn.functions import rrelu as leak
from refnn.functions._checks import tensor_argument
from refnn.functions.rrelu import rrelu_

__all__ = ["gumbel_softmax", "rrelu", "rrelu_"]


def rrelu(
    input: Any, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False, inplace: bool = False
) -> Any:
    """y = x where x > 0, else r x: in training r of U(lower, upper) for each element, else their mean.

    x may have any shape and floating dtype. Raises RuntimeError for bounds that are not finite or in the wrong
    order, NotImplementedError for other dtypes.

    Source: torch.nn.functional.rrelu; Xu et al., 2015.
    """
    return (leak.rrelu_ if inplace else leak.rrelu)(input, lower, upper, training)


def gumbel_softmax(logits: Any, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Any:
    """softmax((x + g) / tau) along dim, where g = −log e with e exponential, which makes g Gumbel(0, 1).

    `hard`: 1 at the largest, 0 elsewhere, with the gradient of the soft result. x may have any shape and
    floating dtype. `eps` is not used, and any value but the default warns.

    Raises IndexError for a dim out of range or, if hard, without elements; RuntimeError for other dtypes.

    Source: torch.nn.functional.gumbel_softmax; Maddison et al., 2017; Jang et al., 2017.
    """
    if eps != 1e-10:
        warnings.warn("`eps` parameter is deprecated and has no effect.", stacklevel=2)
    tensor_argument("empty_like", "input", 1, logits)
    noise = -wrap(np.empty(logits._data.shape, logits._data.dtype)).exponential_().log()
    soft = ((logits + noise) / tau).softmax(dim)
    if not hard:
        return soft
    index = soft.max(dim, keepdim=True)[1]
    one_hot = wrap(np.zeros(soft._data.shape, soft._data.dtype)).scatter_(dim, index, 1.0)
    return one_hot - soft.detach() + soft
