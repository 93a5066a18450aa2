"""What torch checks before it pools, in its order and with its words."""

from __future__ import annotations

from typing import Any

from refnn.dtypes import not_implemented
from refnn.functions._checks import bool_argument, is_int, tensor_argument
from refnn.nn.functional._arguments import Misfit, int_sequence, is_size, unpacked
from refnn.ops._memory_format import is_channels_last
from refnn.ops._pools import is_last
from refnn.ops.pooling import Pool, places

Dims = tuple[int, ...]

_WORDS = {2: "two", 3: "three"}
FLOATS = "float16 bfloat16 float32 float64"
NUMBERS = f"{FLOATS} uint8 int8 int16 int32 int64"

# A whole call ---------------------------------------------------------------------------------------------


def max_pool(rank: int, with_indices: bool, input: Any, ceil_mode: bool, *sizes: Dims) -> Pool:
    """What torch checks of a maximum's call once its arguments have the right types, and the windows."""
    if rank == 1 and not with_indices:
        pool = max_pool1d(input, ceil_mode, *sizes)
        kernel_dtype("max_pool1d_impl", pool, input, FLOATS)
        return pool
    if rank == 1:
        return _as_image("max_pool", input, NUMBERS, ceil_mode, *sizes)
    pool = max_sizes(rank, ceil_mode, *sizes)
    if input.ndim not in (rank + 1, rank + 2):
        raise RuntimeError(f"non-empty {rank + 1}D or {rank + 2}D (batch mode) tensor expected for input")
    if rank == 3:
        volume_format(input)
    lengths(pool)
    if rank == 2:
        shape2d(pool, tuple(input.shape))
    else:
        shape3d(pool, tuple(input.shape), "max_pool3d_with_indices_out_cpu_template", fits=False)
    kernel_dtype(f"max_pool{rank}d", pool, input, NUMBERS)
    return pool


def avg_pool(rank: int, input: Any, ceil_mode: bool, divisor_override: Any, *sizes: Dims) -> Pool:
    """What torch checks of an average's call once its sizes and flags have the right types, and the windows."""
    if rank == 1:
        return _as_image("avg_pool", input, f"{FLOATS} int64", ceil_mode, *sizes, (1,))
    if divisor_override is not None and not is_int(divisor_override):
        raise Misfit
    pool = avg_sizes(rank, ceil_mode, *sizes)
    if rank == 3 and input.ndim not in (4, 5):
        raise RuntimeError("non-empty 4D or 5D (batch mode) tensor expected for input")
    if divisor_override == 0:
        raise RuntimeError("divisor must be not zero")
    if rank == 2:
        input.size(-3)  # raises IndexError, as torch's first look at the channels does
    lengths(pool)
    if rank == 2:
        shape2d(pool, tuple(input.shape))
        kernel_dtype("avg_pool2d", pool, input, f"{FLOATS} int64")
    else:
        shape3d(pool, tuple(input.shape), "avg_pool3d", fits=True)
        kernel_dtype("avg_pool3d_out_frame", pool, input, "float32 float64 int64")
    return pool


def _as_image(family: str, input: Any, dtypes: str, ceil_mode: bool, *sizes: Dims) -> Pool:
    """A one-dimensional pooling that torch computes on an image of height 1, and checks as such."""
    dimensions(f"{family}1d", input)
    image = one_sizes(f"{family}1d", ceil_mode, *sizes)
    lengths(image)
    shape2d(image, (*input.shape[:-1], 1, input.shape[-1]))
    pool = Pool(image.kernel[1:], image.stride[1:], image.padding[1:], image.dilation[1:], ceil_mode)
    kernel_dtype(f"{family}2d", pool, input, dtypes)
    return pool


# Types and sizes ------------------------------------------------------------------------------------------


def arguments(function: str, input: Any, sizes: dict[str, Any], flags: dict[str, Any]) -> list[Dims]:
    """The sizes as tuples; an absent stride is empty.

    Raises TypeError, as torch's parser does, unless the input is a Tensor, then the sizes are ints, then the
    flags bools.
    """
    tensor_argument(function, "input", 1, input)
    if sizes["stride"] is None:
        sizes["stride"] = ()
    for position, (name, value) in enumerate(sizes.items(), 2):
        if not is_size(value):
            int_sequence(function, name, position, value)
    for position, (name, value) in enumerate(flags.items(), 2 + len(sizes)):
        bool_argument(function, name, position, value)
    return [unpacked(function, name, value) for name, value in sizes.items()]


def fill(rank: int, given: Dims, message: str, default: Dims | None = None) -> Dims:
    """One int stands for all dimensions, none for the default. Raises RuntimeError for another number."""
    if default is not None and not given:
        return default
    if len(given) not in (1, rank):
        raise RuntimeError(message)
    return given * rank if len(given) == 1 else given


def max_sizes(rank: int, ceil: bool, kernel: Dims, stride: Dims, padding: Dims, dilation: Dims) -> Pool:
    """The windows of max_pool2d and max_pool3d."""
    single = f"a single int, or a tuple of {_WORDS[rank]} ints"
    name = f"max_pool{rank}d"
    kernel = fill(rank, kernel, f"{name}: kernel_size must either be {single}")
    stride = fill(rank, stride, f"{name}: stride must either be omitted, {single}", kernel)
    padding = fill(rank, padding, f"{name}: padding must either be {single}")
    dilation = fill(rank, dilation, f"{name}: dilation must be either {single}")
    return Pool(kernel, stride, padding, dilation, ceil)


def avg_sizes(rank: int, ceil: bool, kernel: Dims, stride: Dims, padding: Dims) -> Pool:
    """The windows of avg_pool2d and avg_pool3d."""
    either = "either " if rank == 2 else ""
    single = f"a single int, or a tuple of {_WORDS[rank]} ints"
    name = f"avg_pool{rank}d"
    kernel = fill(rank, kernel, f"{name}: kernel_size must {either}be {single}")
    stride = fill(rank, stride, f"{name}: stride must {either}be omitted, {single}", kernel)
    padding = fill(rank, padding, f"{name}: padding must {either}be {single}")
    return Pool(kernel, stride, padding, (1,) * rank, ceil)


def one_sizes(function: str, ceil: bool, kernel: Dims, stride: Dims, padding: Dims, dilation: Dims) -> Pool:
    """The windows of a one-dimensional pooling that torch computes as two-dimensional: K = (1, k)."""
    names = (("kernel_size", kernel), ("stride", stride or kernel), ("padding", padding), ("dilation", dilation))
    for name, given in names:
        if len(given) != 1:
            raise RuntimeError(f"{function}() argument '{name}' should contain one int (got {len(given)})")
    return Pool((1, *kernel), (1, *(stride or kernel)), (0, *padding), (1, *dilation), ceil)


def dimensions(function: str, input: Any) -> None:
    """Raise RuntimeError unless the input of a one-dimensional pooling is 2-D or 3-D."""
    if input.ndim not in (2, 3):
        raise RuntimeError(
            f"Expected 2 to 3 dimensions, but got {input.ndim}-dimensional tensor for argument #1 'self' "
            f"(while checking arguments for {function})"
        )


def lengths(pool: Pool) -> None:
    """What torch checks while it computes the output's size, dimension by dimension."""
    for k, stride, p, d in zip(*pool[:4], strict=True):
        if stride == 0:
            raise RuntimeError("stride should not be zero")
        if p < 0:
            raise RuntimeError(f"pad must be non-negative, but got pad: {p}")
        if p > _half((k - 1) * d + 1):
            raise RuntimeError(
                f"pad should be at most half of effective kernel size, but got pad={p}, "
                f"kernel_size={k} and dilation={d}"
            )


def _half(n: int) -> int:
    """n / 2, rounded toward 0 as in C."""
    return -(-n // 2) if n < 0 else n // 2


def _named(prefix: str, axes: str, values: Dims) -> str:
    return " ".join(f"{prefix}{axis}: {value}" for axis, value in zip(axes, values, strict=True))


def _positive(pool: Pool) -> None:
    axes = "HW" if pool.rank == 2 else "THW"
    for what, prefix, values in (
        ("kernel size", "k", pool.kernel),
        ("stride", "d", pool.stride),
        ("dilation", "dilation", pool.dilation),
    ):
        if min(values) <= 0:
            raise RuntimeError(f"{what} should be greater than zero, but got {_named(prefix, axes, values)}")


def _filled(pool: Pool, channels: int, size: Dims) -> None:
    """Raise RuntimeError unless there is a window."""
    found = places(pool, size)
    if min(found) < 1:
        given, computed = ("x".join(map(str, (channels, *n))) for n in (size, found))
        raise RuntimeError(
            f"Given input size: ({given}). Calculated output size: ({computed}). Output size is too small"
        )


def volume_format(input: Any) -> None:
    """Raise RuntimeError for a volume without batch that looks like a channels-last batch of images."""
    if input.ndim == 4 and not input._private_order and is_channels_last(input._data):
        raise RuntimeError("Unsupported memory format. Supports only ChannelsLast3d, Contiguous")


def shape2d(pool: Pool, shape: Dims) -> None:
    """(N, C, H, W) or (C, H, W), nothing but N of which may be 0, and at least one window."""
    _positive(pool)
    if len(shape) not in (3, 4) or 0 in shape[-3:]:
        raise RuntimeError(
            f"Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, but got:{list(shape)}"
        )
    (kh, kw), (ph, pw) = pool.kernel, pool.padding
    if kw // 2 < pw or kh // 2 < ph:
        raise RuntimeError(
            "pad should be smaller than or equal to half of kernel size, but got "
            f"padW = {pw}, padH = {ph}, kW = {kw}, kH = {kh}"
        )
    _filled(pool, shape[-3], shape[-2:])


def shape3d(pool: Pool, shape: Dims, function: str, fits: bool) -> None:
    """(N, C, T, H, W) or (C, T, H, W), nothing but N of which may be 0, and at least one window.

    With `fits` the kernel may not be larger than the volume.
    """
    _positive(pool)
    if 0 in shape[-4:]:
        raise RuntimeError(
            f"{function}(): Expected input's non-batch dimensions to have positive length, but input has a "
            f"shape of {list(shape)} and non-batch dimension 0 has length zero!"
        )
    (kt, kh, kw), (pt, ph, pw), (t, h, w) = pool.kernel, pool.padding, shape[-3:]
    if fits and (t < kt or h < kh or w < kw):
        raise RuntimeError(f"input image (T: {t} H: {h} W: {w}) smaller than kernel size (kT: {kt} kH: {kh} kW: {kw})")
    if kt // 2 < pt or kw // 2 < pw or kh // 2 < ph:
        raise RuntimeError(
            "pad should be smaller than or equal to half of kernel size, but got "
            f"kT: {kt} kW: {kw} kH: {kh} padT: {pt} padW: {pw} padH: {ph}"
        )
    _filled(pool, shape[-4], shape[-3:])


def kernel_dtype(kernel: str, pool: Pool, input: Any, allowed: str) -> None:
    """Raise NotImplementedError unless the input's dtype is among `allowed` (names, separated by spaces)."""
    if input.dtype.name not in allowed.split():
        if kernel.endswith("2d") and is_last(input._data, pool):
            kernel += "_channels_last"
        raise not_implemented(kernel, input.dtype)


def max_pool1d(input: Any, ceil_mode: bool, kernel: Dims, stride: Dims, padding: Dims, dilation: Dims) -> Pool:
    """What max_pool1d without indices checks: its own words."""
    shape = list(input.shape)
    if len(shape) not in (2, 3) or 0 in shape[-2:]:
        raise RuntimeError(
            "max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, "
            f"but got:{shape}"
        )
    for name, given, words in (
        ("kernel_size", kernel, "must be an int, list of ints or tuple of ints of size 1"),
        ("stride", stride or (1,), "must be None, an int, list of ints, or tuple of ints of size 1"),
        ("padding", padding, "must be an int, list of ints, or tuple of ints of size 1"),
        ("dilation", dilation, "must be an int, list of ints or tuple of ints of size 1"),
    ):
        if len(given) != 1:
            raise RuntimeError(f"max_pool1d() {name} {words} but got size {len(given)}")
    pool = Pool(kernel, stride or kernel, padding, dilation, ceil_mode)
    (k,), (step,), (p,), (d,) = pool[:4]
    _above_zero("kernel_size", k)
    _above_zero("stride", step)
    if p < 0:
        raise RuntimeError(f"max_pool1d() padding must be non-negative, but got {p}")
    if p > k // 2:
        raise RuntimeError(
            f"max_pool1d() padding should be at most half of kernel size, but got padding={p} and kernel_size={k}"
        )
    _above_zero("dilation", d)
    (found,) = places(pool, (shape[-1],))
    if found < 1:
        raise RuntimeError(f"max_pool1d() Invalid computed output size: {found}")
    return pool


def _above_zero(name: str, value: int) -> None:
    if value <= 0:
        raise RuntimeError(f"max_pool1d() {name} must be greater than zero, but got {value}")
