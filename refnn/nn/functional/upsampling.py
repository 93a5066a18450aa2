"""interpolate, and the older names upsample, upsample_nearest and upsample_bilinear."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from refnn.dtypes import not_implemented
from refnn.functions._overloads import invalid_combination
from refnn.nn.functional import pooling_adaptive
from refnn.nn.functional._arguments import is_size
from refnn.ops import upsampling as ops
from refnn.ops._memory_format import is_channels_last
from refnn.ops._resampling import Axis

__all__ = ["interpolate", "upsample", "upsample_bilinear", "upsample_nearest"]

Dims = tuple[int, ...]

_MODES = "nearest | linear | bilinear | bicubic | trilinear | lanczos | area | nearest-exact"
_RANKS = {"linear": 1, "bilinear": 2, "trilinear": 3}
_FLOATS = ("float16", "bfloat16", "float32", "float64")


def interpolate(
    input: Any,
    size: int | None = None,
    scale_factor: list[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Any:
    """x (N, C, *S) -> (N, C, *L): each axis as if read at L places between its S places.

    Place l reads at (l + ½) · S / L − ½, or at l (S − 1) / (L − 1) if align_corners, so that the first and the
    last places stay where they are:

        nearest         the place ⌊l S / L⌋ (one, two or three dimensions)
        nearest-exact   the place ⌊(l + ½) S / L⌋
        linear, bilinear, trilinear     between the two neighbours (one; two; three dimensions)
        bicubic         between four neighbours, by Keys' kernel with a = −0.75 (two dimensions)
        lanczos         by sinc x · sinc x / 3 (two dimensions, with antialias only)
        area            the average of a window, as `adaptive_avg_pool2d`

    L is `size`, or ⌊S · scale_factor⌋; then 1 / scale_factor takes the place of S / L, unless
    recompute_scale_factor. antialias widens the filter by S / L where that is above 1 (bilinear, bicubic with
    a = −0.5, lanczos).

    Dtype: floating point; uint8 too for nearest, nearest-exact, bilinear, bicubic and lanczos, whose weights
        then are whole multiples of a power of 2. With antialias not half precision.
    Raises: ValueError for contradictory arguments, TypeError for sizes that are no ints, NotImplementedError for
        other modes, dimensions and dtypes, RuntimeError for empty sizes.
    Source: torch.nn.functional.interpolate; Keys, 1981.
    """
    if mode in ("nearest", "area", "nearest-exact"):
        if align_corners is not None:
            raise ValueError(
                "align_corners option can only be set with the interpolating modes: "
                "linear | bilinear | bicubic | trilinear"
            )
    elif align_corners is None:
        align_corners = False
    sizes, scales = _asked(input, size, scale_factor)
    if recompute_scale_factor and size is not None:
        raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
    if scales is not None and (recompute_scale_factor or mode == "area"):
        sizes, scales = [int(n * s) for n, s in zip(input.shape[2:], scales, strict=True)], None
    if antialias and not (mode in ("bilinear", "bicubic", "lanczos") and input.ndim == 4):
        raise ValueError(
            "Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a 4-D tensor as input"
        )
    _check_mode(input, mode, align_corners, antialias)
    if mode == "area":
        return getattr(pooling_adaptive, f"adaptive_avg_pool{input.ndim - 2}d")(input, sizes)
    given = (sizes, scales) if align_corners is None else (sizes, align_corners, scales)
    found, factors = _sizes(input, _function(mode, input.ndim - 2, bool(antialias)), *given)
    _check_shape(input, found)
    axes, back = _axes(input, mode, found, factors, bool(align_corners), bool(antialias))
    return ops.interpolate(input, axes=axes, back=back)


def _asked(input: Any, size: Any, scale_factor: Any) -> tuple[Any, Any]:
    """(sizes, None) or (None, factors), one for each dimension. Raises ValueError or TypeError."""
    rank = input.dim() - 2
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if size is None and scale_factor is None:
        raise ValueError("either size or scale_factor should be defined")
    spatial = list(input.shape[2:])
    if size is None:
        if not isinstance(scale_factor, (list, tuple)):
            return None, [scale_factor] * rank
        if len(scale_factor) != rank:
            raise ValueError(
                "Input and scale_factor must have the same number of spatial dimensions, but got input with spatial "
                f"dimensions of {spatial} and scale_factor of shape {scale_factor}. Please provide input tensor in "
                "(N, C, d1, d2, ...,dK) format and scale_factor in (s1, s2, ...,sK) format."
            )
        return None, scale_factor
    if not isinstance(size, (list, tuple)):
        return [size] * rank, None
    if len(size) != rank:
        raise ValueError(
            "Input and output must have the same number of spatial dimensions, but got input with spatial dimensions "
            f"of {spatial} and output size of {size}. Please provide input tensor in (N, C, d1, d2, ...,dK) format "
            "and output size in (o1, o2, ...,oK) format."
        )
    if not all(is_size(n) for n in size):
        raise TypeError(
            "expected size to be one of int or Tuple[int] or Tuple[int, int] or Tuple[int, int, int], but got size "
            f"with types {[type(n) for n in size]}"
        )
    return size, None


def _check_mode(input: Any, mode: Any, align_corners: Any, antialias: Any) -> None:
    """Raise unless the mode goes with the number of dimensions."""
    ndim = input.ndim
    known = mode in ("nearest", "nearest-exact", "area", *_RANKS) or (mode in ("bicubic", "lanczos") and ndim == 4)
    if not known or ndim not in (3, 4, 5):
        raise NotImplementedError(
            f"Input Error: Only 3D, 4D and 5D input Tensors supported (got {ndim}D) for the modes: {_MODES} "
            f"(got {mode})"
        )
    if mode in _RANKS and _RANKS[mode] != ndim - 2:
        raise NotImplementedError(f"Got {ndim}D input, but {mode} mode needs {_RANKS[mode] + 2}D input")
    if mode == "lanczos" and align_corners:
        raise ValueError("Lanczos mode does not support align_corners=True")
    if mode == "lanczos" and not antialias:
        raise ValueError("Lanczos mode requires antialias=True")


def _function(mode: str, rank: int, antialias: bool) -> str:
    """torch's name of the function for a mode, which its errors give."""
    if antialias:
        return f"_upsample_{mode}2d_aa"
    prefix, word = ("_", "nearest_exact") if mode == "nearest-exact" else ("", mode)
    return f"{prefix}upsample_{word}{rank}d"


def _sizes(input: Any, function: str, sizes: Any, *rest: Any) -> tuple[Dims, tuple[float | None, ...]]:
    """The sizes and factors as numbers. Raises TypeError, as torch's parser does, for other types."""
    rank, scales = input.ndim - 2, rest[-1]
    flags = all(isinstance(flag, (bool, np.bool_)) for flag in rest[:-1])
    ints = sizes is None or all(is_size(n) for n in sizes)
    floats = scales is None or all(isinstance(s, (int, float, np.number)) for s in scales)
    if not (flags and ints and floats):
        align = ", bool align_corners" if len(rest) > 1 else ""
        names = ["scales"] if rank == 1 else [f"scales_{axis}" for axis in "dhw"[-rank:]]
        each = ", ".join(f"float {name} = None" for name in names)
        head = f"Tensor input, tuple of ints output_size{align}"
        signatures = f"{head}, tuple of floats scale_factors", f"{head}, {each}, *, Tensor out = None"
        raise invalid_combination(function, (input, sizes, *rest), {}, *signatures)
    if scales is None:
        return tuple(int(n) for n in sizes), (None,) * rank
    if not all(math.isfinite(s) for s in scales):
        raise RuntimeError("value cannot be converted to type int64_t without overflow")
    return tuple(int(n * float(s)) for n, s in zip(input.shape[2:], scales, strict=True)), tuple(map(float, scales))


def _check_shape(input: Any, sizes: Dims) -> None:
    """Raise RuntimeError where a size is not above 0, or where there are no channels."""
    spatial = input.shape[2:]
    if min(*spatial, *sizes) <= 0:
        axes = "DHW"[-len(sizes) :]
        before, after = (", ".join(f"{axis}: {n}" for axis, n in zip(axes, ns, strict=True)) for ns in (spatial, sizes))
        middle = " and" if len(sizes) == 1 else ""
        raise RuntimeError(
            f"Input and output sizes should be greater than 0, but got input ({before}){middle} output ({after})"
        )
    if input.shape[1] == 0:
        raise RuntimeError(
            f"Non-empty {input.ndim}D data tensor expected but got a tensor with sizes {list(input.shape)}"
        )


def _is_direct(data: Any, sizes: Dims) -> bool:
    """Whether torch computes place by place, which decides about roundings: few places, or channels-last memory."""
    last = data.ndim > 3 and data.shape[1] > 3 and is_channels_last(data)
    return last or (len(sizes) == 2 and sum(sizes) <= 128)


def _check_dtype(data: Any, mode: str, rank: int, direct: bool, antialias: bool) -> None:
    """Raise NotImplementedError for a dtype that the mode does not take."""
    name = data.dtype.name
    if name in (("float32", "float64", "uint8") if antialias else _FLOATS):
        return
    if name == "uint8" and mode not in ("linear", "trilinear"):
        return
    word = "nearest" if mode.startswith("nearest") else "cubic" if mode == "bicubic" else "linear"
    kernel = f"compute_indices_weights_{word}"
    if antialias:
        kernel = "compute_index_ranges_weights"
    elif direct and mode != "bicubic":
        kernel = f"upsample_{'nearest' if word == 'nearest' else mode}{rank}d_channels_last"
    raise not_implemented(kernel, data.dtype)


def _axes(
    input: Any, mode: str, sizes: Dims, scales: tuple[float | None, ...], align_corners: bool, antialias: bool
) -> tuple[tuple[Axis, ...], tuple[Axis, ...]]:
    """The axes, and those of the gradient."""
    data, rank = input._data, len(sizes)
    direct = _is_direct(data, sizes)
    _check_dtype(data, mode, rank, direct, antialias)
    nearest = mode.startswith("nearest")
    double = data.dtype == np.float64 and not (nearest and direct)
    kind = mode if nearest else {"bicubic": "cubic", "lanczos": "lanczos"}.get(mode, "linear")
    each = zip(data.shape[2:], sizes, scales, strict=True)
    back = tuple(Axis(f"smooth {kind}" if antialias else kind, *given, align_corners, double) for given in each)
    if nearest:
        fused = "nearest-exact fused" if kind == "nearest-exact" and not direct else kind
        axes = tuple(axis._replace(kind=fused) for axis in back)
        back = tuple(_place_by_place(axis) for axis in back)
        return back if direct else axes, back
    same = tuple(axis._replace(kind="same") if axis.size == axis.length else axis for axis in back)
    if antialias or data.dtype == np.uint8:
        return same, back
    return back, same if data.shape[2:] == sizes else back


def _place_by_place(axis: Axis) -> Axis:
    """An axis of nearest places as torch computes it place by place: in float32, whole factors without rounding."""
    whole = axis.kind == "nearest" and axis.length in (axis.size, 2 * axis.size)
    return axis._replace(double=False, scale=None if whole else axis.scale)


# Older names --------------------------------------------------------------------------------------------


def _deprecated(name: str) -> None:
    warnings.warn(f"`nn.functional.{name}` is deprecated. Use `nn.functional.interpolate` instead.", stacklevel=3)


def upsample(
    input: Any, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None
) -> Any:
    """An older name of `interpolate`; warns.

    Source: torch.nn.functional.upsample.
    """
    _deprecated("upsample")
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """interpolate in the mode "nearest"; warns, as its name is an older one.

    Source: torch.nn.functional.upsample_nearest.
    """
    _deprecated("upsample_nearest")
    return interpolate(input, size, scale_factor, mode="nearest")


def upsample_bilinear(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """interpolate in the mode "bilinear" with aligned corners; warns, as its name is an older one.

    Source: torch.nn.functional.upsample_bilinear.
    """
    _deprecated("upsample_bilinear")
    return interpolate(input, size, scale_factor, mode="bilinear", align_corners=True)
