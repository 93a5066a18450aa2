"""dropout, of single values and of channels, and alpha_dropout."""

from __future__ import annotations

import warnings
from typing import Any

from refnn.functions import dropout as drop
from refnn.functions.shape import squeeze, unsqueeze

__all__ = ["alpha_dropout", "dropout", "dropout1d", "dropout2d", "dropout3d", "feature_alpha_dropout"]


def _check_probability(p: float) -> None:
    """Raise ValueError for a number outside [0, 1]."""
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """y = x · mask / (1 − p): each value is 0 with probability p. Outside training y = x.

    x may have any shape and floating dtype. Raises ValueError for p outside [0, 1].

    Source: torch.nn.functional.dropout; Srivastava et al., 2014.
    """
    _check_probability(p)
    return (drop.dropout_ if inplace else drop.dropout)(input, p, training)


def alpha_dropout(input: Any, p: float = 0.5, training: bool = False, inplace: bool = False) -> Any:
    """Dropout for SELU: dropped values take −1.7581 and all are rescaled, so that mean 0, variance 1 stay.

    x may have any shape and floating dtype. Raises ValueError for p outside [0, 1].

    Source: torch.nn.functional.alpha_dropout; Klambauer et al., 2017.
    """
    _check_probability(p)
    return (drop.alpha_dropout_ if inplace else drop.alpha_dropout)(input, p, training)


def feature_alpha_dropout(input: Any, p: float = 0.5, training: bool = False, inplace: bool = False) -> Any:
    """alpha_dropout of whole channels of x (N, C, *), floating.

    Raises ValueError for p outside [0, 1], RuntimeError for less than two dimensions.

    Source: torch.nn.functional.feature_alpha_dropout; Klambauer et al., 2017; Tompson et al., 2015.
    """
    _check_probability(p)
    return (drop.feature_alpha_dropout_ if inplace else drop.feature_alpha_dropout)(input, p, training)


def _feature_dropout(input: Any, p: float, training: bool, inplace: bool) -> Any:
    return (drop.feature_dropout_ if inplace else drop.feature_dropout)(input, p, training)


def _of_one_example(input: Any, p: float, training: bool, inplace: bool) -> Any:
    """x (C, *) as a batch of one."""
    batch = input.unsqueeze_(0) if inplace else unsqueeze(input, 0)
    result = _feature_dropout(batch, p, training, inplace)
    return result.squeeze_(0) if inplace else squeeze(result, 0)


def dropout1d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Dropout of whole channels of x (N, C, L) or (C, L).

    Raises ValueError for p outside [0, 1], RuntimeError for another number of dimensions.

    Source: torch.nn.functional.dropout1d; Tompson et al., 2015.
    """
    _check_probability(p)
    ndim = input.dim()
    if ndim not in (2, 3):
        raise RuntimeError(
            f"dropout1d: Expected 2D or 3D input, but received a {ndim}D input. Note that dropout1d exists "
            "to provide channel-wise dropout on inputs with 1 spatial dimension, a channel dimension, and an "
            "optional batch dimension (i.e. 2D or 3D inputs)."
        )
    return (_feature_dropout if ndim == 3 else _of_one_example)(input, p, training, inplace)


def _warn_of_dimensions(name: str, ndim: int, spatial: int) -> None:
    warnings.warn(
        f"{name}: Received a {ndim}-D input to {name}, which is deprecated and will result in an error in a "
        f"future release. To retain the behavior and silence this warning, please use dropout instead. Note "
        f"that {name} exists to provide channel-wise dropout on inputs with {spatial} spatial dimensions, a "
        f"channel dimension, and an optional batch dimension (i.e. {spatial + 1}D or {spatial + 2}D inputs).",
        stacklevel=3,
    )


def dropout2d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Dropout of whole channels of x (N, C, H, W); x (N, C, L) is taken as such, with a warning.

    Warns of another number of dimensions. Raises ValueError for p outside [0, 1].

    Source: torch.nn.functional.dropout2d; Tompson et al., 2015.
    """
    _check_probability(p)
    ndim = input.dim()
    if ndim not in (3, 4):
        _warn_of_dimensions("dropout2d", ndim, 2)
    if ndim == 3:
        warnings.warn(
            "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout behavior "
            "is desired - input is interpreted as shape (N, C, L), where C is the channel dim. This "
            "behavior will change in a future release to interpret the input as one without a batch "
            "dimension, i.e. shape (C, H, W). To maintain the 1D channel-wise dropout behavior, please "
            "switch to using dropout1d instead.",
            stacklevel=2,
        )
    return _feature_dropout(input, p, training, inplace)


def dropout3d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Dropout of whole channels of x (N, C, D, H, W) or (C, D, H, W).

    Warns of another number of dimensions. Raises ValueError for p outside [0, 1].

    Source: torch.nn.functional.dropout3d; Tompson et al., 2015.
    """
    _check_probability(p)
    ndim = input.dim()
    if ndim not in (4, 5):
        _warn_of_dimensions("dropout3d", ndim, 3)
    return (_feature_dropout if ndim == 5 else _of_one_example)(input, p, training, inplace)
