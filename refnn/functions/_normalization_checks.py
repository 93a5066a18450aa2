"""What torch checks before it normalises, in its order and with its words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from refnn.autograd.base import TensorBase
from refnn.autograd.modes import mode
from refnn.dtypes import from_numpy, not_implemented
from refnn.functions._checks import bool_argument, int_argument, tensor_argument, type_name
from refnn.functions._random_arguments import number
from refnn.functions._scalars import c_name

Tensors = Mapping[str, Any]

# Types --------------------------------------------------------------------------------------------------


def _optional_tensors(function: str, tensors: Tensors, first: int) -> None:
    for position, (name, tensor) in enumerate(tensors.items(), first):
        if tensor is not None and not isinstance(tensor, TensorBase):
            tensor_argument(function, name, position, tensor)


def arguments(
    function: str, input: Any, tensors: Tensors, flag: str, flagged: Any, momentum: Any, eps: Any, cudnn: Any
) -> tuple[float, float]:
    """The types of batch_norm's and instance_norm's arguments: (momentum, eps) as floats."""
    tensor_argument(function, "input", 1, input)
    _optional_tensors(function, tensors, 2)
    bool_argument(function, flag, 6, flagged)
    numbers = number(function, "momentum", 7, momentum), number(function, "eps", 8, eps)
    bool_argument(function, "cudnn_enabled", 9, cudnn)
    return numbers


def layer_arguments(function: str, input: Any, shape: Any, tensors: Tensors, eps: Any) -> float:
    """The types of layer_norm's and rms_norm's arguments: eps as a float."""
    tensor_argument(function, "input", 1, input)
    where = f"{function}(): argument 'normalized_shape' (position 2) must be tuple of ints"
    if not isinstance(shape, (tuple, list)):
        raise TypeError(f"{where}, not {type_name(shape)}")
    for n in shape[:1]:
        if isinstance(n, bool) or not hasattr(n, "__index__"):
            raise TypeError(f"{where}, but found element of type {type_name(n)} at pos 0")
    _optional_tensors(function, tensors, 3)
    return number(function, "eps", 3 + len(tensors), eps)


def group_arguments(input: Any, num_groups: Any, tensors: Tensors, eps: Any, cudnn: Any) -> float:
    """The types of group_norm's arguments: eps as a float."""
    tensor_argument("group_norm", "input", 1, input)
    int_argument("group_norm", "num_groups", 2, num_groups)
    _optional_tensors("group_norm", tensors, 3)
    found = number("group_norm", "eps", 5, eps)
    bool_argument("group_norm", "cudnn_enabled", 6, cudnn)
    return found


# Shapes -------------------------------------------------------------------------------------------------


def has_channels(input: Any) -> None:
    """Raise IndexError for less than two dimensions."""
    ndim = input._data.ndim
    if ndim == 0:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    if ndim == 1:
        raise IndexError("Dimension out of range (expected to be in range of [-1, 0], but got 1)")


def sizes(input: Any, tensors: Tensors, channels: int, training: bool, repeated: int = 1) -> None:
    """Each vector has one value for each channel; statistics are there in evaluation. Raises RuntimeError."""
    for name in ("running_mean", "running_var", "weight", "bias"):
        tensor = tensors[name]
        if tensor is not None:
            found = tensor._data.size * repeated
            if found != channels:
                raise RuntimeError(f"{name} should contain {channels} elements not {found}")
        elif not training and name.startswith("running"):
            raise RuntimeError(f"{name} must be defined in evaluation mode")
    has_channels(input)


def repeatable(tensors: Tensors) -> None:
    """torch repeats vectors for the examples. Raises RuntimeError for what has more dimensions."""
    for tensor in tensors.values():
        if tensor is not None and tensor._data.ndim > 1:
            raise RuntimeError(
                "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor"
            )


def first_weight(tensors: Tensors, examples: int) -> None:
    """Of no values, weight and bias have their first value read: raise IndexError where there is none."""
    for name in ("weight", "bias"):
        if tensors[name] is not None and tensors[name]._data.size * examples == 0:
            raise IndexError("select(): index 0 out of range for tensor of size [0] at dimension 0")


def no_gradient(tensors: Tensors) -> None:
    """Raise RuntimeError for running statistics that require a gradient."""
    for name in ("running_mean", "running_var"):
        if tensors[name] is not None and tensors[name].requires_grad:
            raise RuntimeError(
                f"The function 'native_batch_norm' is not differentiable with respect to argument '{name}'. This "
                "input cannot have requires_grad True."
            )


def both_statistics(tensors: Tensors) -> None:
    """Raise ValueError for one running statistic without the other, RuntimeError for one that is no vector."""
    mean, var = tensors["running_mean"], tensors["running_var"]
    if (mean is None) != (var is None):
        raise ValueError("running_mean and running_var must either both be None or neither be None")
    for tensor in (mean, var):
        if tensor is not None and tensor._data.ndim != 1:
            raise RuntimeError(f"TensorAccessor expected 1 dims but tensor has {tensor._data.ndim}")


def statistics(input: Any, tensors: Tensors) -> None:
    """Running statistics that torch can use."""
    if mode.grad:
        no_gradient(tensors)
    both_statistics(tensors)


def _shape(sizes: Any) -> str:
    return f"[{', '.join(map(str, sizes))}]"


def _normalized_shapes(shape: tuple[int, ...], tensors: Tensors) -> None:
    if not shape:
        raise RuntimeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got "
            "normalized_shape = []"
        )
    for name, tensor in tensors.items():
        if tensor is not None and tensor._data.shape != shape:
            raise RuntimeError(
                f"Expected {name} to be of same shape as normalized_shape, but got {name} of shape "
                f"{_shape(tensor._data.shape)} and normalized_shape = {_shape(shape)}"
            )


def _ends_with(input: Any, shape: tuple[int, ...], wanted: str) -> None:
    if input._data.shape[max(0, input._data.ndim - len(shape)) :] != shape:
        raise RuntimeError(
            f"Given normalized_shape={_shape(shape)}, expected input with shape [*{wanted}], but got input of "
            f"size{_shape(input._data.shape)}"
        )


def layer_shapes(input: Any, shape: tuple[int, ...], tensors: Tensors) -> None:
    """x ends with the normalized shape, which is the weights'. Raises RuntimeError."""
    _normalized_shapes(shape, tensors)
    _ends_with(input, shape, "".join(f", {n}" for n in shape))


def rms_shapes(input: Any, shape: tuple[int, ...], weight: Any) -> None:
    """The same for rms_norm; ValueError for too few dimensions."""
    _normalized_shapes(shape, {"weight": weight})
    if input._data.ndim < len(shape):
        raise ValueError(f"Input tensor must have at least {len(shape)} dimensions, but got {input._data.ndim}")
    _ends_with(input, shape, ", ".join(map(str, shape)))


def groups(input: Any, num_groups: int, tensors: Tensors) -> None:
    """The groups divide the channels, and weights have one value for each. Raises RuntimeError."""
    has_channels(input)
    shape = input._data.shape
    if num_groups <= 0:
        raise RuntimeError(f"Expected num groups to be greater than 0, got {num_groups}")
    if shape[1] % num_groups:
        raise RuntimeError(
            f"Expected number of channels in input to be divisible by num_groups, but got input of shape "
            f"{_shape(shape)} and num_groups={num_groups}"
        )
    for name, tensor in tensors.items():
        if tensor is not None and tensor._data.shape != shape[1:2]:
            of = "weight" if name == "weight" else "bias"
            shown = tensors["weight" if name == "weight" or tensors["weight"] is not None else "bias"]
            raise RuntimeError(
                f"Expected {of} to be a vector of size equal to the number of channels in input, but got {of} of "
                f"shape {_shape(shown._data.shape)} and input of shape {_shape(shape)}"
            )


# Dtypes -------------------------------------------------------------------------------------------------


def batch_dtypes(input: Any, tensors: Tensors) -> None:
    """As `dtypes`, but the kernel comes first."""
    if from_numpy(input._data.dtype).category != 2:
        raise not_implemented("batch_norm", input.dtype)
    mixed_dtypes(input, tensors)
    kernel_dtypes("batch_norm", input, tensors)


def instance_dtypes(input: Any, tensors: Tensors) -> None:
    """As `batch_dtypes`, but the running mean may have any dtype; alone with x it stands for x's."""
    alone = tensors["weight"] is None and tensors["bias"] is None and tensors["running_mean"] is not None
    others = {name: tensor for name, tensor in tensors.items() if name != "running_mean"}
    batch_dtypes(input, {"input": input, **others} if alone else others)


def mixed_dtypes(input: Any, tensors: Tensors) -> None:
    """If the first tensor has not x's dtype, x is of half precision, everything else float32. Raises RuntimeError."""
    x = input._data.dtype
    others = [tensor._data.dtype for tensor in tensors.values() if tensor is not None]
    if others and others[0] != x:
        if any(other != "float32" for other in others):
            raise RuntimeError("mixed dtype (CPU): expect parameter to have scalar type of Float")
        if x.itemsize != 2 or x.kind not in "fV":
            raise RuntimeError("mixed dtype (CPU): all inputs must share same datatype.")


def kernel_dtypes(kernel: str, input: Any, tensors: Tensors) -> None:
    """The tensors have one dtype, x a floating one. Raises RuntimeError, NotImplementedError."""
    x = input._data.dtype
    others = [tensor._data.dtype for tensor in tensors.values() if tensor is not None]
    for other in others[1:]:
        if other != others[0]:
            expected, found = from_numpy(x).title, from_numpy(other).title
            raise RuntimeError(f"expected scalar type {expected} but found {found}")
    if x.kind not in "fV":
        raise not_implemented(kernel, x)


def cpp_names(*tensors: Any) -> list[str]:
    """C++'s names of their dtypes."""
    return [c_name(tensor._data.dtype) for tensor in tensors]
