"""pad."""

from __future__ import annotations

from typing import Any

from refnn.dtypes import not_implemented
from refnn.functions._checks import tensor_argument, type_name
from refnn.functions._random_arguments import number
from refnn.functions._scalars import as_number
from refnn.nn.functional._arguments import int_sequence, unpacked
from refnn.ops._memory_format import is_channels_last
from refnn.ops.padding import constant_pad, edge_pad

__all__ = ["pad"]

Dims = tuple[int, ...]
Pads = tuple[tuple[int, int], ...]

_KERNELS = {"reflect": "reflection_pad", "replicate": "replication_pad"}


def pad(input: Any, pad: Any, mode: str = "constant", value: Any = None) -> Any:
    """The input with more places at the ends of its last dimensions; negative numbers crop.

    `pad` is (before, after) of the last dimension, then of the one before it, and so on. `mode` says what
    the new places hold: "constant" `value` (0 unless given), for any dimensions; "reflect" the input
    mirrored at its edge, "replicate" the edge, "circular" the other end. These three pad the last one of
    2 or 3 dimensions, two of 3 or 4, three of 4 or 5.

    Raises TypeError for arguments of other types, RuntimeError for an odd number of pads or more than twice
    the dimensions, for a value where the mode takes none, for an empty result, for a reflection of the whole
    input or more, or for wrapping round more than once; NotImplementedError for an unknown mode, for other
    dimensions, and for reflect and replicate of bool.

    Source: torch.nn.functional.pad.
    """
    filler = _checked(input, pad, mode, value)
    given = unpacked("pad", "pad", pad)
    shape = input._data.shape
    if len(given) % 2:
        raise RuntimeError("Padding length must be divisible by 2")
    if len(given) > 2 * len(shape):
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got padding length "
            f"{len(given)} and input of dimension {len(shape)}"
        )
    pads = tuple(zip(given[0::2], given[1::2], strict=True))[::-1]
    lead = len(shape) - len(pads)
    whole: Pads = ((0, 0),) * lead + pads
    if mode == "constant":
        return _constant(input, whole, 0.0 if filler is None else filler)
    if mode not in ("reflect", "replicate", "circular"):
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    if filler:
        raise RuntimeError(f'Padding mode "{mode}" doesn\'t take in value argument')
    if (len(given), len(shape)) not in ((2, 2), (2, 3), (4, 3), (4, 4), (6, 4), (6, 5)):
        raise NotImplementedError(
            f"Padding size {len(given)} is not supported for {len(shape)}D input tensor.\n"
            "Supported combinations for non-constant padding:\n"
            "  - 2D or 3D input: padding size = 2 (pads last dimension)\n"
            "  - 3D or 4D input: padding size = 4 (pads last 2 dimensions)\n"
            "  - 4D or 5D input: padding size = 6 (pads last 3 dimensions)"
        )
    if mode == "circular":
        _check_circular(shape[lead:], pads)
    else:
        _check_edges(input, pads, mode)
    return edge_pad(input, pads=whole, mode=mode, lead=lead)


def _checked(input: Any, pad: Any, mode: Any, value: Any) -> Any:
    """The value as a number or None. Raises TypeError as torch's parser does."""
    tensor_argument("pad", "input", 1, input)
    int_sequence("pad", "pad", 2, pad)
    if not isinstance(mode, str):
        raise TypeError(f"pad(): argument 'mode' (position 3) must be str, not {type_name(mode)}")
    return None if value is None else number("pad", "value", 4, value)


def _constant(input: Any, pads: Pads, value: float) -> Any:
    for n, (before, after) in zip(input._data.shape, pads, strict=True):
        if n + min(before, 0) + min(after, 0) < 0:
            raise RuntimeError("narrow(): length must be non-negative.")
    return constant_pad(input, pads=pads, value=as_number(value, input._data.dtype).item())


def _check_circular(size: Dims, pads: Pads) -> None:
    for n, (before, after) in zip(size, pads, strict=True):
        if max(before, after) > n:
            raise RuntimeError("Padding value causes wrapping around more than once.")
        inner = n + min(before, 0) + min(after, 0)
        if inner < 0 or (inner == 0 and max(before, after) > 0):
            raise RuntimeError("Negative padding value is resulting in an empty dimension")


def _check_edges(input: Any, pads: Pads, mode: str) -> None:
    """What torch's reflection_pad and replication_pad check."""
    data, rank = input._data, len(pads)
    batched = data.ndim == rank + 2
    if 0 in (data.shape[1:] if batched else data.shape):
        raise RuntimeError(
            f"Expected {rank + 1}D or {rank + 2}D (batch mode) tensor with possibly 0 batch size and other "
            f"non-zero dimensions for input, but got: {list(data.shape)}"
        )
    if mode == "reflect":
        _check_reflection(data.shape, pads)
    size = data.shape[-rank:]
    made = tuple(n + before + after for n, (before, after) in zip(size, pads, strict=True))
    if all(n < 1 for n in made):
        raise RuntimeError(_too_small(size, made, mode))
    for n in made:
        if n < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {n}: {[*data.shape[:-rank], *made]}")
    if data.dtype.name in ("bool", "uint16", "uint32", "uint64"):
        last = "_channels_last" if rank == 2 and data.ndim == 4 and is_channels_last(data) else ""
        raise not_implemented(f"{_KERNELS[mode]}{rank}d{last}", data.dtype)


def _check_reflection(shape: Dims, pads: Pads) -> None:
    """Each padding must be less than its dimension. The last dimension's is torch's argument 4."""
    for k, (before, after) in enumerate(reversed(pads)):
        dim = len(shape) - 1 - k
        if max(before, after) >= shape[dim]:
            raise RuntimeError(
                f"Argument #{4 + 2 * k}: Padding size should be less than the corresponding input dimension, but got: "
                f"padding ({before}, {after}) at dimension {dim} of input {list(shape)}"
            )


def _too_small(size: Dims, made: Dims, mode: str) -> str:
    got = {
        1: "W: {}",
        2: "H: {}, W: {} " if mode == "replicate" else "H: {}, W: {}",
        3: "D: {} H: {}, W: {}",
    }[len(size)]
    axes = "DHW"[-len(size) :]
    wanted = " ".join(f"{axis}: {n}" for axis, n in zip(axes, made, strict=True))
    return f"input ({got.format(*size)}) is too small. Calculated output {wanted}"
