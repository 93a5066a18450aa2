"""conv1d, conv2d, conv3d and their transposes."""

from __future__ import annotations

from typing import Any

from refnn.nn.functional import _conv_checks as check
from refnn.nn.functional._arguments import parsed, unpacked
from refnn.ops import conv as ops
from refnn.ops import conv_tbc as tbc
from refnn.ops._memory_format import is_channels_last
from refnn.ops.creation import cast
from refnn.ops.shape import slice, squeeze, unsqueeze

__all__ = ["conv1d", "conv2d", "conv3d", "conv_tbc", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"]

Dims = tuple[int, ...]


def _overloads(rank: int) -> list[str]:
    ints = f"tuple of ints[{rank}]"
    tensors, rest = "Tensor input, Tensor weight, Tensor bias = None", f"{ints} dilation = 1, int groups = 1"
    paddings = f"{ints} padding = 0", 'str padding = "valid"'
    return [f"{tensors}, {ints} stride = 1, {padding}, {rest}" for padding in paddings]


def _overload_of_transpose(rank: int) -> str:
    ints = f"tuple of ints[{rank}]"
    sizes = f"{ints} stride = 1, {ints} padding = 0, {ints} output_padding = 0, int groups = 1, {ints} dilation = 1"
    return f"Tensor input, Tensor weight, Tensor bias = None, {sizes}"


@parsed(*_overloads(1))
def conv1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """conv2d with one spatial dimension: input (N, C, L) or (C, L), weight (O, C / groups, K).

    Source: torch.nn.functional.conv1d.
    """
    return _conv(1, input, weight, bias, stride, padding, dilation, groups)


@parsed(*_overloads(2))
def conv2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """y[n, o, i, j] = bias[o] + Σ_c,a,b weight[o, c, a, b] · x[n, c, i·stride + a·dilation − padding, j…].

    input (N, C, H, W) or (C, H, W), weight (O, C / groups, A, B), bias (O,), all of one dtype; y (N, O, H', W')
    or (O, H', W') with H' = ⌊(H + 2 padding − dilation (A − 1) − 1) / stride⌋ + 1. `stride`, `padding` and
    `dilation` are one int or one for each dimension. padding="valid" is none; "same" keeps H and W, for a
    stride of 1, and puts the odd one at the end. With `groups`, the o-th part of the outputs sees the o-th
    part of the channels alone.

    Raises TypeError for arguments of other types, RuntimeError for sizes or dtypes that do not fit,
    NotImplementedError for dtypes that torch cannot convolve.

    Source: torch.nn.functional.conv2d.
    """
    return _conv(2, input, weight, bias, stride, padding, dilation, groups)


@parsed(*_overloads(3))
def conv3d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """conv2d with three spatial dimensions: input (N, C, D, H, W) or (C, D, H, W), weight (O, C / groups, *K).

    Source: torch.nn.functional.conv3d.
    """
    return _conv(3, input, weight, bias, stride, padding, dilation, groups)


@parsed(_overload_of_transpose(1))
def conv_transpose1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Any:
    """conv_transpose2d with one spatial dimension: input (N, C, L) or (C, L), weight (C, O / groups, K).

    Source: torch.nn.functional.conv_transpose1d.
    """
    return _conv_transpose(1, input, weight, bias, stride, padding, output_padding, groups, dilation)


@parsed(_overload_of_transpose(2))
def conv_transpose2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Any:
    """The transpose of conv2d as a linear map: what carries y's gradient back to x.

    y[n, o, i·stride + a·dilation − padding, j…] += Σ_c weight[c, o, a, b] · x[n, c, i, j], plus bias[o].

    input (N, C, H, W) or (C, H, W), weight (C, O / groups, A, B), bias (O,); y (N, O, H', W') or (O, H', W')
    with H' = (H − 1) stride − 2 padding + dilation (A − 1) + output_padding + 1. `output_padding` chooses
    among the sizes that conv2d would bring to H; it must be less than the stride or the dilation.

    Raises TypeError, RuntimeError and NotImplementedError as conv2d does.

    Source: torch.nn.functional.conv_transpose2d.
    """
    return _conv_transpose(2, input, weight, bias, stride, padding, output_padding, groups, dilation)


@parsed(_overload_of_transpose(3))
def conv_transpose3d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Any:
    """conv_transpose2d with three spatial dimensions: input (N, C, D, H, W) or (C, D, H, W).

    Source: torch.nn.functional.conv_transpose3d.
    """
    return _conv_transpose(3, input, weight, bias, stride, padding, output_padding, groups, dilation)


# Convolution --------------------------------------------------------------------------------------------


def _conv(rank: int, input: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: Any) -> Any:
    name = f"conv{rank}d"
    named = isinstance(padding, str)
    check.check_types(input, weight, bias, groups, stride, 0 if named else padding, dilation)
    stride, dilation = unpacked(name, "stride", stride, rank), unpacked(name, "dilation", dilation, rank)
    groups = int(groups)
    if not named:
        padding = unpacked(name, "padding", padding, rank)
        check.check_bias_dtype(input, bias)
    check.check_rank(name, rank, input)
    batched = input._data.ndim == rank + 2
    x = input if batched else unsqueeze(input, dim=0)
    if padding == "same":
        y = _conv_same(x, weight, bias, stride, dilation, groups)
    elif named and padding != "valid":
        raise RuntimeError(f"Invalid padding string: '{padding}'")
    else:
        check.check_weight_rank(weight, groups)
        dims = weight._data.ndim - 2
        stride = check.filled("stride", stride, dims)
        padding = (0,) * dims if named else check.filled("padding", padding, dims)
        dilation = check.filled("dilation", dilation, dims)
        check.filled("output_padding", (0,) * rank, dims)  # which torch checks too
        y = _convolution(x, weight, bias, stride, padding, dilation, groups)
    _show_order(y, x, weight)
    return y if batched else squeeze(y, dim=(0,))


def _show_order(y: Any, input: Any, weight: Any) -> None:
    """The channels come last for the user too, where the input or the weight brought them last."""
    if y._private_order and any(is_channels_last(t._data) and not t._private_order for t in (input, weight)):
        y._private_order = False


def _conv_same(x: Any, weight: Any, bias: Any, stride: Dims, dilation: Dims, groups: int) -> Any:
    """Pads of dilation (K − 1) in all; where that is odd, one more at the end.

    (There torch warns that it may have to copy the input. Here nothing is copied for it.)
    """
    shape, kernel = x._data.shape, weight._data.shape
    check.check_weight_rank(weight, groups)
    if len(shape) != len(kernel):
        raise RuntimeError(
            f"Expected {len(kernel)}-dimensional input for {len(kernel)}-dimensional weight{list(kernel)}, but got "
            f"{len(shape)}-dimensional input of size {list(shape)} instead"
        )
    rank = len(kernel) - 2
    stride = check.filled("stride", stride, rank, check.FILLED_FOR_SAME)
    dilation = check.filled("dilation", dilation, rank, check.FILLED_FOR_SAME)
    if any(s != 1 for s in stride):
        raise RuntimeError("padding='same' is not supported for strided convolutions")
    total = [d * (k - 1) for d, k in zip(dilation, kernel[2:], strict=True)]
    before = tuple(int(t / 2) for t in total)  # towards 0, so that it is the dilation that is refused
    extra = tuple(t - 2 * b for t, b in zip(total, before, strict=True))
    return _convolution(x, weight, bias, stride, before, dilation, groups, extra)


def _convolution(
    x: Any,
    weight: Any,
    bias: Any,
    stride: Dims,
    padding: Dims,
    dilation: Dims,
    groups: int,
    extra: Dims | None = None,
) -> Any:
    """Check the sizes and convolve. `extra` is padding at the end beyond `padding`."""
    size, kernel = x._data.shape, weight._data.shape
    rank = len(kernel) - 2
    extra = extra or (0,) * rank
    shape = size[:2] + tuple(n + e for n, e in zip(size[2:], extra, strict=False))
    check.check_signs(stride, padding, dilation)
    check.check_weight(shape, kernel, groups)
    check.check_channels(shape, kernel, None if bias is None else bias._data.shape, groups, False)
    check.check_kernel(shape[2:], kernel[2:], padding, dilation)
    if shape[0] and shape[1]:
        check.check_not_empty(shape)
        b = None if bias is None else bias._data
        check.check_same_types(x._data, weight._data, b, shape, groups)
        check.check_weight_not_empty(kernel, dilation, False)
        check.check_dilation(x._data, weight._data, shape, dilation, groups, False)
        check.check_kernel_dtypes(x._data, weight._data, b, rank, dilation, False)
    elif not shape[1]:  # then torch gives no outputs either
        weight = slice(weight, dim=0, start=0, stop=0, step=1)
        bias = None if bias is None else slice(bias, dim=0, start=0, stop=0, step=1)
    pads = tuple((p, p + e) for p, e in zip(padding, extra, strict=True))
    bias = _in_dtype(bias, x)
    return ops.conv(x, weight, bias, stride=stride, padding=pads, dilation=dilation, groups=groups)


def _in_dtype(bias: Any, x: Any) -> Any:
    """Some of torch's kernels take a bias of another dtype."""
    if bias is None or bias._data.dtype == x._data.dtype:
        return bias
    return cast(bias, dtype=x._data.dtype)


# Transposed convolution ---------------------------------------------------------------------------------


def _conv_transpose(
    rank: int,
    input: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    output_padding: Any,
    groups: Any,
    dilation: Any,
) -> Any:
    name = f"conv_transpose{rank}d"
    sizes = {"stride": stride, "padding": padding, "output_padding": output_padding, "dilation": dilation}
    check.check_types(input, weight, bias, groups, *sizes.values())
    form = {key: unpacked(name, key, value, rank) for key, value in sizes.items()}
    groups = int(groups)
    check.check_rank(name, rank, input)
    batched = input._data.ndim == rank + 2
    x = input if batched else unsqueeze(input, dim=0)
    check.check_weight_rank(weight, groups)
    form = {key: check.filled(key, value, weight._data.ndim - 2) for key, value in form.items()}
    y = _transposed(x, weight, bias, groups, **form)
    _show_order(y, x, weight)
    return y if batched else squeeze(y, dim=(0,))


def _transposed(
    x: Any,
    weight: Any,
    bias: Any,
    groups: int,
    stride: Dims,
    padding: Dims,
    output_padding: Dims,
    dilation: Dims,
) -> Any:
    shape, kernel = x._data.shape, weight._data.shape
    check.check_signs(stride, padding, dilation, output_padding)
    check.check_weight(shape, kernel, groups)
    check.check_channels(shape, kernel, None if bias is None else bias._data.shape, groups, True)
    size = tuple(
        (n - 1) * s - 2 * p + d * (k - 1) + o + 1
        for n, s, p, d, k, o in zip(shape[2:], stride, padding, dilation, kernel[2:], output_padding, strict=True)
    )
    if shape[0] and shape[1]:
        check.check_not_empty(shape)
        b = None if bias is None else bias._data
        check.check_same_types(x._data, weight._data, b, shape, groups)
        check.check_weight_not_empty(kernel, dilation, True)
        check.check_dilation(x._data, weight._data, shape, dilation, groups, True)
        check.check_output(shape[2:], size, stride, dilation, output_padding)
        check.check_kernel_dtypes(x._data, weight._data, b, len(kernel) - 2, dilation, True)
    made = [shape[0], kernel[1] * groups, *size]
    for index, n in enumerate(made):
        if n < 0:
            raise RuntimeError(f"invalid shape dimension {n} at index {index} of shape {made}")
    # One place of output_padding is one of padding less at the end.
    pads = tuple((p, p - o) for p, o in zip(padding, output_padding, strict=True))
    return ops.conv_transpose(
        x,
        weight,
        _in_dtype(bias, x),
        size=size,
        stride=stride,
        padding=pads,
        dilation=dilation,
        groups=groups,
    )


@parsed("Tensor input, Tensor weight, Tensor bias, int pad = 0")
def conv_tbc(input: Any, weight: Any, bias: Any, pad: int = 0) -> Any:
    """y[t, b, o] = bias[o] + Σ_k,c input[t + k − pad, b, c] · weight[k, c, o]: conv1d with time first.

    input (T, B, C), weight (K, C, O), bias (O,), all of one dtype; y (T + 2 pad − K + 1, B, O).

    Raises TypeError for arguments of other types, RuntimeError for other shapes and dtypes.

    Source: torch.nn.functional.conv_tbc.
    """
    check.conv_tbc(input, weight, bias, pad)
    return tbc.conv_tbc(input, weight, bias, pad=int(pad))
