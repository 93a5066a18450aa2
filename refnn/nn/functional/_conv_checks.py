"""What torch checks before it convolves, in its order and with its words."""

from __future__ import annotations

import math
from typing import Any

from refnn.autograd.base import TensorBase
from refnn.autograd.modes import is_grad_enabled
from refnn.dtypes import dtype as DType
from refnn.dtypes import from_numpy, not_implemented
from refnn.functions._checks import is_int
from refnn.functions._scalars import c_name, type_text
from refnn.nn.functional._arguments import Misfit, is_int_sequence, is_size

Dims = tuple[int, ...]

_SLOW = ("bool", "uint16", "uint32", "uint64")  # no kernel at all
_SMALL_INTEGERS = ("uint8", "int8", "int16", "int32")  # none for dilated and for transposed convolution


def check_types(input: Any, weight: Any, bias: Any, groups: Any, *sizes: Any) -> None:
    """Raise Misfit for arguments that torch's parser would not take."""
    tensors = isinstance(input, TensorBase) and isinstance(weight, TensorBase)
    if not (tensors and (bias is None or isinstance(bias, TensorBase)) and is_size(groups)):
        raise Misfit
    for value in sizes:
        if not is_int_sequence(value) and not is_size(value):
            raise Misfit


def check_bias_dtype(input: Any, bias: Any) -> None:
    if bias is not None and bias._data.dtype != input._data.dtype:
        x, b = (c_name(t._data.dtype) for t in (input, bias))
        raise RuntimeError(f"Input type ({x}) and bias type ({b}) should be the same")


def check_rank(name: str, rank: int, input: Any) -> None:
    if input._data.ndim not in (rank + 1, rank + 2):
        raise RuntimeError(
            f"Expected {rank + 1}D (unbatched) or {rank + 2}D (batched) input to {name}, but got input of size: "
            f"{list(input._data.shape)}"
        )


def check_weight_rank(weight: Any, groups: int) -> None:
    if weight._data.ndim < 3:
        raise RuntimeError("weight should have at least three dimensions")
    if groups <= 0:
        raise RuntimeError("non-positive groups is not supported")


_FILLED = (
    "expected {name} to be a single integer value or a list of {rank} values to match the convolution dimensions, but "
    "got {name}={given}"
)
FILLED_FOR_SAME = "{name} cannot broadcast to {rank} dimensions"


def filled(name: str, given: Dims, rank: int, text: str = _FILLED) -> Dims:
    """One value stands for all dimensions. Raises RuntimeError, with this text, for another number than one or all."""
    if len(given) == rank:
        return given
    if len(given) == 1:
        return given * rank
    raise RuntimeError(text.format(name=name, rank=rank, given=list(given)))


def check_signs(stride: Dims, padding: Dims, dilation: Dims, output_padding: Dims = ()) -> None:
    if any(p < 0 for p in padding):
        raise RuntimeError("negative padding is not supported")
    if any(p < 0 for p in output_padding):
        raise RuntimeError("negative output_padding is not supported")
    if any(s <= 0 for s in stride):
        raise RuntimeError("non-positive stride is not supported")
    if any(d < 0 for d in dilation):
        raise RuntimeError("dilation should be greater than zero")


def check_weight(shape: Dims, weight: Dims, groups: int) -> None:
    if len(shape) != len(weight):
        raise RuntimeError(
            f"Expected {len(weight)}-dimensional input for {len(weight)}-dimensional weight {list(weight)}, but got "
            f"{len(shape)}-dimensional input of size {list(shape)} instead"
        )
    if weight[0] < groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be at least {groups} at dimension 0, but got weight of size "
            f"{list(weight)} instead"
        )
    if weight[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight of "
            f"size [{list(weight)}] instead"
        )


def check_channels(shape: Dims, weight: Dims, bias: Dims | None, groups: int, transposed: bool) -> None:
    expected, out = (weight[0], weight[1] * groups) if transposed else (weight[1] * groups, weight[0])
    if shape[1] != expected:
        given = "transposed=1" if transposed else f"groups={groups}"
        raise RuntimeError(
            f"Given {given}, weight of size {list(weight)}, expected input{list(shape)} to have {expected} channels, "
            f"but got {shape[1]} channels instead"
        )
    if bias is not None and bias != (out,):
        given = "Given transposed=1, weight" if transposed else "Given weight"
        raise RuntimeError(
            f"{given} of size {list(weight)}, expected bias to be 1-dimensional with {out} elements, but got bias of "
            f"size {list(bias)} instead"
        )


def check_kernel(size: Dims, kernel: Dims, padding: Dims, dilation: Dims) -> None:
    """The padded input must hold the kernel."""
    padded = [s + 2 * p for s, p in zip(size, padding, strict=True)]
    reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    if any(s < r for s, r in zip(padded, reach, strict=True)):
        raise RuntimeError(
            f"Calculated padded input size per channel: ({_by(padded)}). Kernel size: ({_by(reach)}). Kernel size "
            "can't be greater than actual input size"
        )


def check_not_empty(shape: Dims) -> None:
    """Only the batch or the channels may be none."""
    if 0 in shape[2:]:
        raise RuntimeError(
            f"Only zero batch or zero channel inputs are supported, but got input shape: {list(_as_2d(shape))}"
        )


def check_weight_not_empty(weight: Dims, dilation: Dims, transposed: bool) -> None:
    """A kernel of no places, or a transposed convolution without outputs, comes as far as torch's kernels."""
    kernel = weight[2:]
    if 0 not in kernel and not (transposed and weight[1] == 0):
        return
    if transposed and len(kernel) == 3:
        raise RuntimeError(
            "non-empty 5D (n_output_plane x n_input_plane x kernel_depth x kernel_height x kernel_width) tensor "
            f"expected for weight, but got: {list(weight)}"
        )
    if 0 not in kernel:
        raise RuntimeError(f"non-empty 2D or 4D weight tensor expected, but got: {list(_as_2d(weight))}")
    if not transposed and any(d != 1 for d in dilation):
        shown = f" {list(_as_2d(weight)[2:])}"
    elif len(kernel) == 3:
        shown = f": {_by(kernel)} (TxHxW)"
    else:
        shown = " " + _by_axis("kernel", kernel, 1)
    raise RuntimeError(f"kernel size should be greater than zero, but got{shown}")


def check_output(size: Dims, made: Dims, stride: Dims, dilation: Dims, output_padding: Dims) -> None:
    """A transposed convolution's output_padding and output size."""
    if any(o >= s and o >= d for o, s, d in zip(output_padding, stride, dilation, strict=True)):
        rows = [("output_padding", output_padding, 0), ("stride", stride, 1), ("dilation", dilation, 1)]
        values = " ".join(_by_axis(name, given, lone) for name, given, lone in rows)
        raise RuntimeError(f"output padding must be smaller than either stride or dilation, but got {values}")
    if any(n < 1 for n in made):
        shown, got = (_by([1, *n] if len(n) == 1 else n) for n in (size, made))
        raise RuntimeError(
            f"Given input size per channel: ({shown}). Calculated output size per channel: ({got}). Output size is "
            "too small"
        )


def check_same_types(x: Any, w: Any, b: Any, shape: Dims, groups: int) -> None:
    """What torch says of dtypes that differ before it looks further: where oneDNN or complex numbers are in play."""
    if w.dtype == x.dtype and (b is None or b.dtype == x.dtype):
        return
    onednn = x.dtype.name == "float32" and _takes_onednn(shape, w.shape, groups)
    if not onednn and x.dtype.kind != "c":
        return
    hint = " or input should be a MKLDNN tensor and {0} is a dense tensor" if onednn else ""
    for what, other in (("weight", w), ("bias", b)):
        if other is not None and other.dtype != x.dtype:
            names = [type_text(d) for d in (x.dtype, other.dtype)]
            raise RuntimeError(
                f"Input type ({names[0]}) and {what} type ({names[1]}) should be the same{hint.format(what)}"
            )


def check_kernel_dtypes(x: Any, w: Any, b: Any, rank: int, dilation: Dims, transposed: bool) -> None:
    """torch must have a kernel for the dtype, and the others must have it too."""
    if x.dtype == w.dtype and x.dtype.kind in "fc" and (b is None or b.dtype == x.dtype):
        return
    _check_kernel_exists(from_numpy(x.dtype), rank, dilation, transposed)
    others = (w, b) if transposed and rank == 3 and b is not None else (w,)
    for other in others:
        if other.dtype != x.dtype:
            raise RuntimeError(
                f"expected scalar type {from_numpy(x.dtype).title} but found {from_numpy(other.dtype).title}"
            )


def check_dilation(x: Any, w: Any, shape: Dims, dilation: Dims, groups: int, transposed: bool) -> None:
    """A dilation of 0 comes as far as torch's kernels."""
    if 0 not in dilation:
        return
    if transposed:
        raise RuntimeError(
            "dilation should be greater than zero, but got "
            + _by_axis("dilation", dilation, 1).replace(" dilation", ", dilation")
        )
    if x.dtype.name in ("float16", "bfloat16", "float32") and _takes_onednn(shape, w.shape, groups):
        raise RuntimeError("non-positive dilation is not supported")
    given = (1, *dilation) if len(dilation) == 1 else dilation
    raise RuntimeError(f"dilation should be greater than zero, but got {list(given)}")


def _takes_onednn(shape: Dims, weight: Dims, groups: int) -> bool:
    """Whether torch would hand a convolution of at most 32 bits to oneDNN."""
    shape, weight = _as_2d(shape), _as_2d(weight)
    large_kernel = weight[-1] > 3 and weight[-2] > 3
    return groups > 1 or large_kernel or shape[0] > 1 or math.prod(shape[:4]) > 20480


def _check_kernel_exists(dtype: DType, rank: int, dilation: Dims, transposed: bool) -> None:
    lacking: tuple[str, ...] = (*_SLOW, *_SMALL_INTEGERS)
    if transposed:
        kernel = f"slow_conv_transpose{max(rank, 2)}d_out_cpu"
    elif any(d != 1 for d in dilation):
        kernel = "slow_conv_dilated<>"
    else:
        kernel, lacking = "compute_columns3d" if rank == 3 else "slow_conv2d_cpu", _SLOW
    if dtype.name in lacking:
        raise not_implemented(kernel, dtype)


def _as_2d(shape: Dims) -> Dims:
    """torch convolves one dimension as two, of which the first is 1."""
    return (*shape[:2], 1, shape[2]) if len(shape) == 3 else shape


def _by(sizes: Any) -> str:
    return " x ".join(map(str, sizes))


def _by_axis(name: str, values: Dims, lone: int) -> str:
    """name_height: 1 name_width: 2. One dimension is the width; `lone` is then the height's."""
    values = (lone, *values) if len(values) == 1 else values
    axes = ("depth", "height", "width")[-len(values) :]
    return " ".join(f"{name}_{axis}: {n}" for axis, n in zip(axes, values, strict=True))


def conv_tbc(input: Any, weight: Any, bias: Any, pad: Any) -> None:
    """What torch checks of conv_tbc, in its order. Raises Misfit for types, RuntimeError for shapes and dtypes."""
    if not (all(isinstance(x, TensorBase) for x in (input, weight, bias)) and is_int(pad)):
        raise Misfit
    x, w, b = input._data, weight._data, bias._data
    for ndim, array, text in (
        (3, x, "Input must have 3 dims: time, batch, in_channel"),
        (3, w, "Weight tensor must have 3 dims: kernel_width, in_channels, out_channels."),
        (1, b, "Bias must be 1-D"),
    ):
        if array.ndim != ndim:
            raise RuntimeError(text)
    places = x.shape[0] + 2 * int(pad) - w.shape[0] + 1
    if x.shape[2] != w.shape[1]:
        raise RuntimeError("Input dim 2 (input channels) is not == dim 1 in the weight tensor")
    if w.shape[2] != b.shape[0]:
        raise RuntimeError("Bias size must equal dim 2 in the weight tensor (output channels).")
    if places < 0:
        shape = [places, x.shape[1], w.shape[2]]
        raise RuntimeError(f"Trying to create tensor with negative dimension {places}: {shape}")
    if x.dtype != w.dtype:
        names = [from_numpy(array.dtype).title for array in (x, w)]
        raise RuntimeError(f"self and mat2 must have the same dtype, but got {names[0]} and {names[1]}")
    if x.dtype.kind == "c" and is_grad_enabled() and any(t.requires_grad for t in (input, weight, bias)):
        raise RuntimeError("conv_tbc does not support automatic differentiation for outputs with complex dtype.")
