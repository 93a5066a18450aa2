"""Tensor: one ndarray, its gradient, and its place on the tape.

The methods stand in `refnn/functions/`, by family; the class body below lists them. What is written out
here is what only a tensor has: attributes, autograd, conversion to Python and NumPy, operators.
"""

from __future__ import annotations

import math
import weakref
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import numpy as np

from refnn import dtypes
from refnn.autograd import engine
from refnn.autograd.base import Array, TensorBase, register_tensor_class, wrap
from refnn.autograd.inplace import apply_inplace, check_writable
from refnn.autograd.modes import mode
from refnn.autograd.node import RemovableHandle, add_hook
from refnn.functions import (
    activation,
    bivariate,
    comparison,
    complexes,
    conversion,
    creation,
    cumulative,
    elementary,
    gathering,
    index_dim,
    indexing,
    joining,
    linalg,
    masks,
    parts,
    pointwise,
    random_inplace,
    random_sampling,
    rearranging,
    reduction,
    sorting,
    special,
    statistics,
)
from refnn.functions import quantile as quantiles
from refnn.functions import shape as shapes
from refnn.functions._checks import broadcast_error, type_name
from refnn.functions._elementwise import broadcast
from refnn.ops import comparison as compare
from refnn.ops import pointwise as ops
from refnn.ops.creation import copy_values, fill_values
from refnn.printing import tensor_text
from refnn.types import CPU, Size, strided
from refnn.types import device as Device

__all__ = ["Tensor", "wrap"]

_OPERANDS = (TensorBase, int, float, complex, np.generic)


def _operator(operation: Any, name: str, reflected: bool = False) -> Any:
    """A binary operator: NotImplemented for operands that are not numbers or tensors."""

    def run(self: Any, other: Any) -> Any:
        if not isinstance(other, _OPERANDS):
            return NotImplemented
        try:
            return operation(other, self) if reflected else operation(self, other)
        except ValueError:
            raise broadcast_error([self._data.shape, getattr(other, "_data", np.empty(())).shape]) from None

    run.__name__ = name
    return run


_equal = _operator(compare.equal, "__eq__")


def _equals(self: Any, other: Any) -> Any:
    """x == y, where y may be one of NumPy's arrays: the only operator for which torch takes it as a tensor."""
    if isinstance(other, np.ndarray) and other.dtype.kind in "biufc":
        other = creation.from_numpy(other)
    return _equal(self, other)


def _inplace_operator(function: Any) -> Any:
    """`x += y` and its like: NotImplemented for what is neither a number nor a tensor."""
    return lambda self, other: function(self, other) if isinstance(other, _OPERANDS) else NotImplemented


class Tensor(TensorBase):
    """An n-dimensional array that records what is computed with it.

    Tensor(*sizes) is uninitialised, Tensor(sequence) holds its values, in the default dtype. `refnn.tensor`
    is the usual way to make one. Source: torch.Tensor.
    """

    __module__ = "refnn"  # where torch has it, and its error messages say it is

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        self = object.__new__(cls)
        if not args:
            self._data = np.empty(0, dtypes.get_default_dtype().numpy)
        elif len(args) == 1 and isinstance(args[0], TensorBase):
            args[0]._settle()
            self._data = args[0]._data
            self._box = args[0]._version_box()
        elif all(isinstance(a, int) for a in args) or (len(args) == 1 and isinstance(args[0], Size)):
            self._data = np.empty(args[0] if isinstance(args[0], Size) else args, dtypes.get_default_dtype().numpy)
        elif len(args) == 1 and isinstance(args[0], (list, tuple, np.ndarray)):
            self._data = creation._array_of(args[0], dtypes.get_default_dtype())
        else:
            raise TypeError(f"new(): data must be a sequence (got {type_name(args[0])})")
        return self

    # What it is -------------------------------------------------------------------------------------------

    @property
    def shape(self) -> Size:
        """The lengths of its dimensions."""
        return Size(self._data.shape)

    @property
    def dtype(self) -> dtypes.dtype:
        """The type of its elements."""
        return dtypes.from_numpy(self._data.dtype)

    @property
    def device(self) -> Device:
        """Where it lives: the CPU."""
        return CPU

    @property
    def layout(self) -> Any:
        return strided

    @property
    def ndim(self) -> int:
        return self._data.ndim

    @property
    def itemsize(self) -> int:
        return self._data.itemsize

    @property
    def nbytes(self) -> int:
        return self._data.nbytes

    @property
    def is_cuda(self) -> bool:
        return False

    is_sparse = is_quantized = is_meta = is_mkldnn = is_nested = is_mps = is_xpu = False

    def dim(self) -> int:
        """The number of dimensions."""
        return self._data.ndim

    ndimension = dim

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the length of one dimension."""
        if dim is None:
            return Size(self._data.shape)
        from refnn.functions._checks import one_dim

        if not self._data.ndim:
            raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
        return self._data.shape[one_dim(dim, self._data.ndim)]

    def stride(self, dim: int | None = None) -> Any:
        """The steps between elements, in elements."""
        self._settle()
        if self._data.size:
            steps = tuple(s // self._data.itemsize for s in self._data.strides)
        else:  # NumPy has no strides there; torch counts as if every length were at least 1
            steps = tuple(math.prod(max(n, 1) for n in self._data.shape[d + 1 :]) for d in range(self._data.ndim))
        return steps if dim is None else steps[dim]

    def storage_offset(self) -> int:
        """Where it begins in its base, in elements."""
        if self._base is None:
            return 0
        first, own = (a.__array_interface__["data"][0] for a in (self._base._data, self._data))
        return int(own - first) // self._data.itemsize

    def data_ptr(self) -> int:
        """The address of its first element."""
        self._settle()
        return int(self._data.__array_interface__["data"][0])

    def numel(self) -> int:
        """The number of elements."""
        return self._data.size

    nelement = numel

    def element_size(self) -> int:
        """Bytes of one element."""
        return self._data.itemsize

    def get_device(self) -> int:
        return -1

    def type(self, dtype: Any = None, non_blocking: bool = False) -> Any:
        """Without an argument the name of its type, 'torch.FloatTensor'; else a conversion."""
        if dtype is None:
            return f"torch.{self.dtype.title}Tensor"
        if isinstance(dtype, str):
            named = {f"torch.{d.title}Tensor": d for d in dtypes.ALL}
            if dtype not in named:
                raise ValueError(f"invalid type: '{dtype}'")
            dtype = named[dtype]
        return conversion.to(self, dtype)

    def is_set_to(self, tensor: Any) -> bool:
        """Whether two tensors are the same window on the same memory."""
        self._settle()
        tensor._settle()
        mine, theirs = self._data.__array_interface__, tensor._data.__array_interface__
        return all(mine[k] == theirs[k] for k in ("data", "shape", "strides"))

    def is_signed(self) -> bool:
        return self.dtype.is_signed

    def is_inference(self) -> bool:
        return self._inference

    # Autograd ---------------------------------------------------------------------------------------------

    @property
    def requires_grad(self) -> bool:
        """Whether gradients are recorded for it."""
        if self._base is not None:
            return self._requires_grad or self._base._requires_grad
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if value and self._node is None and self._data.dtype.kind not in "fcV":
            raise RuntimeError("only Tensors of floating point and complex dtype can require gradients")
        self.requires_grad_(value)

    def requires_grad_(self, requires_grad: bool = True) -> Any:
        """Record gradients for this leaf from now on, or stop.

        Raises RuntimeError for a non-leaf, and for integers.
        """
        if self._node is not None:
            if not requires_grad:
                raise RuntimeError(
                    "you can only change requires_grad flags of leaf variables. If you want to use a computed variable "
                    "in a subgraph that doesn't require differentiation use var_no_grad = var.detach()."
                )
            return self
        if requires_grad:
            if self._data.dtype.kind not in "fcV":
                raise RuntimeError("only Tensors of floating point dtype can require gradients")
            if self._inference and not mode.inference:
                raise RuntimeError(
                    "Setting requires_grad=True on inference tensor outside InferenceMode is not allowed."
                )
        self._requires_grad = bool(requires_grad)
        return self

    @property
    def grad(self) -> Any:
        """The gradient that backward accumulated, or None."""
        return self._grad

    @grad.setter
    def grad(self, value: Any) -> None:
        if value is not None:
            if not isinstance(value, TensorBase):
                raise TypeError(
                    f"assigned grad expected to be a Tensor or None but got grad of type {type_name(value)}"
                )
            if value is self:
                raise RuntimeError("can't assign Variable as its own grad")
            if value._data.dtype != self._data.dtype:
                raise RuntimeError(
                    f"attempting to assign a gradient with dtype '{value.dtype}' to a tensor with dtype '{self.dtype}'"  # type: ignore[attr-defined]
                )
            if value._data.shape != self._data.shape:
                raise RuntimeError("assigned grad has data of a different size")
        self._grad = value

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    @property
    def grad_fn(self) -> Any:
        """The node that computed it; None for a leaf."""
        if self._base is not None:
            self._sync()
        return self._node

    @property
    def is_leaf(self) -> bool:
        """Whether it was made by the user rather than computed from what requires grad."""
        return self.grad_fn is None

    @property
    def output_nr(self) -> int:
        return self._index

    @property
    def retains_grad(self) -> bool:
        return self._retains

    def _is_view(self) -> bool:
        return self._base is not None

    @property
    def data(self) -> Any:
        """The same memory without a history; writes to it are not counted."""
        self._settle()
        return wrap(self._data)

    @data.setter
    def data(self, value: Any) -> None:
        if self._requires_grad and value._data.dtype.kind not in "fcV":
            raise RuntimeError("data set to a tensor that requires gradients must be floating point or complex dtype")
        self._data = value._data

    def detach(self) -> Any:
        """The same memory without a history; writes to either are counted by both."""
        self._settle()
        other = wrap(self._data)
        other._box = self._version_box()
        return other

    def detach_(self) -> Any:
        """Forget the history. Raises RuntimeError for a view."""
        if self._base is not None:
            raise RuntimeError(
                "Can't detach views in-place. Use detach() instead. If you are using DistributedDataParallel (DDP) for "
                "training, and gradient_as_bucket_view is set as True, gradients are views of DDP buckets, and hence "
                "detach_() cannot be called on these gradients. To fix this error, please refer to the "
                "Optimizer.zero_grad() function in torch/optim/optimizer.py as the solution."
            )
        self._node, self._index, self._requires_grad = None, 0, False
        return self

    def backward(
        self,
        gradient: Any = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Any = None,
    ) -> None:
        """Accumulate the gradients of this tensor into the leaves. See refnn.autograd.backward."""
        engine.backward(self, gradient, retain_graph, create_graph, inputs=inputs)

    def retain_grad(self) -> None:
        """Keep the gradient of this non-leaf in `.grad`."""
        if not self.requires_grad:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        node = self.grad_fn
        if node is None:
            return
        if node._retained is None:
            node._retained = {}
        node._retained[self._index] = weakref.ref(self)
        self._retains = True

    def register_hook(self, hook: Any) -> RemovableHandle:
        """Call hook(grad) when the gradient of this tensor is known; a returned tensor replaces it."""
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        node = self.grad_fn
        if node is None:
            if self._hooks is None:
                self._hooks = OrderedDict()
            return add_hook(self._hooks, hook)
        if node._tensor_hooks is None:
            node._tensor_hooks = {}
        return add_hook(node._tensor_hooks.setdefault(self._index, OrderedDict()), hook)

    def register_post_accumulate_grad_hook(self, hook: Any) -> RemovableHandle:
        """Call hook(tensor) after this leaf's gradient was accumulated."""
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if self.grad_fn is not None:
            raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
        if self._post_hooks is None:
            self._post_hooks = OrderedDict()
        return add_hook(self._post_hooks, hook)

    # To Python and NumPy ----------------------------------------------------------------------------------

    def item(self) -> Any:
        """The only element, as a Python number."""
        if self._data.size != 1:
            raise RuntimeError(f"a Tensor with {self._data.size} elements cannot be converted to Scalar")
        value = self._data.item()
        return float(value) if self._data.dtype.kind == "V" else value

    def tolist(self) -> Any:
        """The elements as nested lists of Python numbers."""
        data = self._data
        return (data.astype(np.float32) if data.dtype.kind == "V" else data).tolist()

    def numpy(self, *, force: bool = False) -> Array:
        """The same memory as an ndarray. Raises RuntimeError where a history would be lost, unless forced."""
        if self.requires_grad and not force:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
        if self._data.dtype.kind == "V":
            raise TypeError("Got unsupported ScalarType BFloat16")
        self._settle()
        return self._data

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.array(self.numpy(), dtype=dtype, copy=copy)

    __array_priority__ = 1000

    def __array_wrap__(self, array: Array, context: Any = None, return_scalar: bool = False) -> Any:
        """What a NumPy function of this tensor returns, as a tensor; truth values as uint8, torch's rule of old."""
        array = np.asarray(array)
        return creation.from_numpy(array.astype(np.uint8) if array.dtype == np.bool_ else array)

    def __dlpack__(self, **kwargs: Any) -> Any:
        if self.requires_grad:
            raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
        self._settle()
        return self._data.__dlpack__(**kwargs)

    def __dlpack_device__(self) -> Any:
        return self._data.__dlpack_device__()

    def cpu(self, memory_format: Any = None) -> Any:
        """This tensor: it is there already."""
        return self

    def __bool__(self) -> bool:
        if self._data.size != 1:
            if not self._data.size:
                raise RuntimeError("Boolean value of Tensor with no values is ambiguous")
            raise RuntimeError("Boolean value of Tensor with more than one value is ambiguous")
        return bool(self._data.item() != 0)

    def _scalar(self, title: str) -> Any:
        """The only element, to be made a Python number of another kind."""
        if self._data.size != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        value = self.item()
        if title and isinstance(value, complex) and value.imag:
            raise RuntimeError(f"value cannot be converted to type {title} without overflow")
        return value.real if title and isinstance(value, complex) else value

    def __int__(self) -> int:
        return int(self._scalar("int64_t"))

    def __float__(self) -> float:
        return float(self._scalar("double"))

    def __complex__(self) -> complex:
        return complex(self._scalar(""))

    def __index__(self) -> int:
        if self._data.size != 1 or self._data.dtype.kind not in "iub":
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self._data.item())

    def __len__(self) -> int:
        if not self._data.ndim:
            raise TypeError("len() of a 0-d tensor")
        return self._data.shape[0]

    def __iter__(self) -> Iterator[Any]:
        if not self._data.ndim:
            raise TypeError("iteration over a 0-d tensor")
        return iter(shapes.unbind(self, 0))

    def __contains__(self, element: Any) -> bool:
        if isinstance(element, _OPERANDS):
            return bool((self == element)._data.any())
        raise RuntimeError(f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}.")

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        return tensor_text(self)

    def __format__(self, spec: str) -> str:
        if self._data.ndim == 0 and type(self) is Tensor:
            return self.item().__format__(spec)
        return object.__format__(self, spec)

    __hash__ = object.__hash__

    def __dir__(self) -> list[str]:
        return sorted(set(super().__dir__()))

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if not self.is_leaf:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at "
                "the moment.  "
                "If you were attempting to deepcopy a module, this may be because of a "
                "torch.nn.utils.weight_norm usage, "
                "see https://github.com/pytorch/pytorch/pull/103001"
            )
        if id(self) in memo:
            return memo[id(self)]
        self._settle()
        other: Any = object.__new__(type(self))
        memo[id(self)] = other
        other._data = self._data.copy(order="K")
        other._requires_grad = self._requires_grad
        if self._grad is not None:
            other._grad = self._grad.__deepcopy__(memo)
        self._copy_attributes(other)
        return other

    def _copy_attributes(self, other: Any) -> None:
        for key, value in self.__dict__.items():
            if not key.startswith("_"):
                other.__dict__[key] = value

    def __reduce_ex__(self, protocol: Any) -> Any:
        extra = {k: v for k, v in self.__dict__.items() if not k.startswith("_")}
        return (
            _rebuild,
            (
                type(self),
                np.ascontiguousarray(self._data).reshape(self._data.shape),
                self.requires_grad,
                extra,
            ),
        )

    # In place ---------------------------------------------------------------------------------------------

    def copy_(self, src: Any, non_blocking: bool = False) -> Any:
        """Take the values of src, a tensor or a number, broadcast and cast."""
        if not isinstance(src, TensorBase):
            if not isinstance(src, _OPERANDS):
                raise TypeError(f"copy_(): argument 'other' (position 1) must be Tensor, not {type_name(src)}")
            return self.fill_(src)
        mine, theirs = self._data.shape, src._data.shape
        if mine != theirs:
            try:
                both = np.broadcast_shapes(mine, theirs)
            except ValueError:
                raise broadcast_error([mine, theirs]) from None
            if both != mine:
                raise RuntimeError(f"output with shape {list(mine)} doesn't match the broadcast shape {list(both)}")
        return apply_inplace(copy_values, self, src)

    def fill_(self, value: Any) -> Any:
        """Every element becomes value."""
        if isinstance(value, TensorBase):
            if value._data.ndim:
                raise RuntimeError(
                    f"fill_ only supports 0-dimension value tensor but got tensor with {value._data.ndim} dimensions."
                )
            return apply_inplace(copy_values, self, value)
        return apply_inplace(fill_values, self, value=value)

    def zero_(self) -> Any:
        """Every element becomes 0."""
        return apply_inplace(fill_values, self, value=0)

    def fill_diagonal_(self, fill_value: Any, wrap: bool = False) -> Any:
        """The main diagonal becomes fill_value."""
        check_writable(self, False)
        np.fill_diagonal(self._data, fill_value, wrap)
        self._bump_version()
        return self

    def resize_(self, *sizes: Any, memory_format: Any = None) -> Any:
        """Another shape, in place: elements are kept in order, new ones are uninitialised."""
        if self.requires_grad:
            raise RuntimeError("cannot resize variables that require grad")
        from refnn.functions._checks import sizes as as_sizes

        fresh = np.empty(as_sizes(sizes), self._data.dtype)
        n = min(fresh.size, self._data.size)
        fresh.reshape(-1)[:n] = self._data.reshape(-1)[:n]
        self._data = fresh
        return self

    def squeeze_(self, dim: Any = None) -> Any:
        """In place: without dimensions of length 1."""
        return self._reshaped(shapes.squeeze(self, dim))

    def unsqueeze_(self, dim: int) -> Any:
        """In place: with a new dimension of length 1."""
        return self._reshaped(shapes.unsqueeze(self, dim))

    def t_(self) -> Any:
        """In place: transposed."""
        return self._reshaped(shapes.t(self))

    def transpose_(self, dim0: int, dim1: int) -> Any:
        """In place: two dimensions exchanged."""
        return self._reshaped(shapes.transpose(self, dim0, dim1))

    def _reshaped(self, result: Any) -> Any:
        self._data = result._data
        if result._requires_grad:
            self._requires_grad, self._node, self._index = True, result._node, result._index
        self._bump_version()
        return self

    def where(self, condition: Any, other: Any) -> Any:
        """This tensor where the condition is true, other elsewhere."""
        return comparison.where(condition, self, other)

    def apply_(self, callable: Any) -> Any:
        """Every element becomes callable(element)."""
        flat = [callable(v) for v in self._data.reshape(-1).tolist()]
        self._data[...] = np.array(flat).reshape(self._data.shape)
        self._bump_version()
        return self

    # Operators --------------------------------------------------------------------------------------------

    __add__ = __radd__ = _operator(ops.add, "__add__")
    __mul__ = __rmul__ = _operator(ops.mul, "__mul__")
    __truediv__ = _operator(ops.div, "__truediv__")
    __floordiv__ = _operator(ops.div_floor, "__floordiv__")
    __rfloordiv__ = _operator(ops.div_floor, "__rfloordiv__", True)
    __mod__ = _operator(ops.remainder, "__mod__")
    __rmod__ = _operator(ops.remainder, "__rmod__", True)
    __pow__ = _operator(pointwise.pow, "__pow__")
    __rpow__ = _operator(ops.pow, "__rpow__", True)
    __eq__ = _equals
    __ne__ = _operator(compare.not_equal, "__ne__")
    __lt__ = _operator(compare.less, "__lt__")
    __le__ = _operator(compare.less_equal, "__le__")
    __gt__ = _operator(compare.greater, "__gt__")
    __ge__ = _operator(compare.greater_equal, "__ge__")
    __and__ = __rand__ = _operator(compare.bitwise_and, "__and__")
    __or__ = __ror__ = _operator(compare.bitwise_or, "__or__")
    __xor__ = __rxor__ = _operator(compare.bitwise_xor, "__xor__")
    __lshift__ = _operator(compare.left_shift, "__lshift__")
    __rshift__ = _operator(compare.right_shift, "__rshift__")

    def __sub__(self, other: Any) -> Any:
        if not isinstance(other, _OPERANDS):
            return NotImplemented
        if self._data.dtype == np.bool_:
            pointwise._no_bool_minus(self, other)
        return broadcast(ops.sub, self, other)

    def __rtruediv__(self, other: Any) -> Any:
        """other · (1 / self), in torch's order of rounding."""
        return elementary.reciprocal(self) * other if isinstance(other, (*_OPERANDS, np.ndarray)) else NotImplemented

    def __rsub__(self, other: Any) -> Any:
        if not isinstance(other, _OPERANDS):
            return NotImplemented
        return pointwise.rsub(self, other)

    def __matmul__(self, other: Any) -> Any:
        return linalg._matmul(self, other) if isinstance(other, TensorBase) else NotImplemented

    def __neg__(self) -> Any:
        return elementary.neg(self)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return elementary.abs(self)

    def __invert__(self) -> Any:
        return comparison.bitwise_not(self)

    __iadd__ = _inplace_operator(pointwise.add_)
    __isub__ = _inplace_operator(pointwise.sub_)
    __imul__ = _inplace_operator(pointwise.mul_)
    __itruediv__ = _inplace_operator(pointwise.div_)
    __ifloordiv__ = _inplace_operator(pointwise.floor_divide_)
    __imod__ = _inplace_operator(pointwise.remainder_)
    __ipow__ = _inplace_operator(pointwise.pow_)
    __iand__ = _inplace_operator(comparison.bitwise_and_)
    __ior__ = _inplace_operator(comparison.bitwise_or_)
    __ixor__ = _inplace_operator(comparison.bitwise_xor_)

    __getitem__ = indexing.getitem
    __setitem__ = indexing.setitem

    @property
    def T(self) -> Any:
        """The dimensions in reverse order."""
        return shapes.permute(self, *range(self._data.ndim)[::-1])

    @property
    def mT(self) -> Any:
        """The last two dimensions exchanged."""
        return shapes.transpose(self, -2, -1)

    @property
    def real(self) -> Any:
        return complexes.real(self)

    @property
    def imag(self) -> Any:
        return complexes.imag(self)

    # Methods, by family: see refnn/functions/ ---------------------------------------------------------------

    # pointwise
    exp = elementary.exp
    exp_ = elementary.exp_
    exp2 = elementary.exp2
    exp2_ = elementary.exp2_
    expm1 = elementary.expm1
    expm1_ = elementary.expm1_
    log = elementary.log
    log_ = elementary.log_
    log2 = elementary.log2
    log2_ = elementary.log2_
    log10 = elementary.log10
    log10_ = elementary.log10_
    log1p = elementary.log1p
    log1p_ = elementary.log1p_
    sqrt = elementary.sqrt
    sqrt_ = elementary.sqrt_
    rsqrt = elementary.rsqrt
    rsqrt_ = elementary.rsqrt_
    reciprocal = elementary.reciprocal
    reciprocal_ = elementary.reciprocal_
    square = elementary.square
    square_ = elementary.square_
    sin = elementary.sin
    sin_ = elementary.sin_
    cos = elementary.cos
    cos_ = elementary.cos_
    tan = elementary.tan
    tan_ = elementary.tan_
    asin = elementary.asin
    asin_ = elementary.asin_
    acos = elementary.acos
    acos_ = elementary.acos_
    atan = elementary.atan
    atan_ = elementary.atan_
    sinh = elementary.sinh
    sinh_ = elementary.sinh_
    cosh = elementary.cosh
    cosh_ = elementary.cosh_
    asinh = elementary.asinh
    asinh_ = elementary.asinh_
    acosh = elementary.acosh
    acosh_ = elementary.acosh_
    atanh = elementary.atanh
    atanh_ = elementary.atanh_
    tanh = elementary.tanh
    tanh_ = elementary.tanh_
    sigmoid = elementary.sigmoid
    sigmoid_ = elementary.sigmoid_
    relu = elementary.relu
    relu_ = elementary.relu_
    abs = elementary.abs
    abs_ = elementary.abs_
    absolute = elementary.absolute
    sign = elementary.sign
    sign_ = elementary.sign_
    sgn = elementary.sgn
    floor = elementary.floor
    floor_ = elementary.floor_
    ceil = elementary.ceil
    ceil_ = elementary.ceil_
    trunc = elementary.trunc
    trunc_ = elementary.trunc_
    fix = elementary.fix
    frac = elementary.frac
    frac_ = elementary.frac_
    isnan = comparison.isnan
    isinf = comparison.isinf
    isfinite = comparison.isfinite
    logical_not = comparison.logical_not
    maximum = pointwise.maximum
    minimum = pointwise.minimum
    fmax = pointwise.fmax
    fmin = pointwise.fmin
    atan2 = pointwise.atan2
    atan2_ = pointwise.atan2_
    arctan2 = pointwise.arctan2
    remainder = pointwise.remainder
    remainder_ = pointwise.remainder_
    fmod = pointwise.fmod
    fmod_ = pointwise.fmod_
    floor_divide = pointwise.floor_divide
    floor_divide_ = pointwise.floor_divide_
    eq = comparison.eq
    eq_ = comparison.eq_
    ne = comparison.ne
    ne_ = comparison.ne_
    lt = comparison.lt
    lt_ = comparison.lt_
    le = comparison.le
    le_ = comparison.le_
    gt = comparison.gt
    gt_ = comparison.gt_
    ge = comparison.ge
    ge_ = comparison.ge_
    not_equal = comparison.not_equal
    less = comparison.less
    less_equal = comparison.less_equal
    greater = comparison.greater
    greater_equal = comparison.greater_equal
    logical_and = comparison.logical_and
    logical_or = comparison.logical_or
    logical_xor = comparison.logical_xor
    logical_and_ = comparison.logical_and_
    logical_or_ = comparison.logical_or_
    bitwise_and = comparison.bitwise_and
    bitwise_and_ = comparison.bitwise_and_
    bitwise_or = comparison.bitwise_or
    bitwise_or_ = comparison.bitwise_or_
    bitwise_xor = comparison.bitwise_xor
    bitwise_xor_ = comparison.bitwise_xor_
    bitwise_left_shift = comparison.bitwise_left_shift
    bitwise_right_shift = comparison.bitwise_right_shift
    add = pointwise.add
    add_ = pointwise.add_
    sub = pointwise.sub
    sub_ = pointwise.sub_
    rsub = pointwise.rsub
    mul = pointwise.mul
    mul_ = pointwise.mul_
    multiply = pointwise.multiply
    multiply_ = pointwise.multiply_
    subtract = pointwise.subtract
    subtract_ = pointwise.subtract_
    div = pointwise.div
    div_ = pointwise.div_
    divide = pointwise.divide
    divide_ = pointwise.divide_
    true_divide = pointwise.true_divide
    neg = elementary.neg
    neg_ = elementary.neg_
    negative = elementary.negative
    pow = pointwise.pow
    pow_ = pointwise.pow_
    round = elementary.round
    round_ = elementary.round_
    bitwise_not = comparison.bitwise_not
    clamp = pointwise.clamp
    clamp_ = pointwise.clamp_
    clip = pointwise.clip
    clip_ = pointwise.clip_
    clamp_min = pointwise.clamp_min
    clamp_max = pointwise.clamp_max
    lerp = pointwise.lerp
    lerp_ = pointwise.lerp_
    addcmul = pointwise.addcmul
    addcmul_ = pointwise.addcmul_
    addcdiv = pointwise.addcdiv
    addcdiv_ = pointwise.addcdiv_
    arctan2_ = pointwise.arctan2_
    true_divide_ = pointwise.true_divide_
    clamp_min_ = pointwise.clamp_min_
    clamp_max_ = pointwise.clamp_max_
    nan_to_num = elementary.nan_to_num
    arcsin = elementary.arcsin
    arcsin_ = elementary.arcsin_
    arccos = elementary.arccos
    arccos_ = elementary.arccos_
    arctan = elementary.arctan
    arctan_ = elementary.arctan_
    arcsinh = elementary.arcsinh
    arcsinh_ = elementary.arcsinh_
    arccosh = elementary.arccosh
    arccosh_ = elementary.arccosh_
    arctanh = elementary.arctanh
    arctanh_ = elementary.arctanh_
    absolute_ = elementary.absolute_
    sgn_ = elementary.sgn_
    fix_ = elementary.fix_
    deg2rad = elementary.deg2rad
    deg2rad_ = elementary.deg2rad_
    rad2deg = elementary.rad2deg
    rad2deg_ = elementary.rad2deg_
    negative_ = elementary.negative_
    positive = elementary.positive
    nan_to_num_ = elementary.nan_to_num_
    isclose = comparison.isclose
    allclose = comparison.allclose
    equal = comparison.equal
    not_equal_ = comparison.not_equal_
    less_ = comparison.less_
    less_equal_ = comparison.less_equal_
    greater_ = comparison.greater_
    greater_equal_ = comparison.greater_equal_
    isreal = comparison.isreal
    logical_not_ = comparison.logical_not_
    logical_xor_ = comparison.logical_xor_
    bitwise_left_shift_ = comparison.bitwise_left_shift_
    bitwise_right_shift_ = comparison.bitwise_right_shift_
    bitwise_not_ = comparison.bitwise_not_
    isposinf = comparison.isposinf
    isneginf = comparison.isneginf
    signbit = comparison.signbit

    # bivariate
    hypot = bivariate.hypot
    hypot_ = bivariate.hypot_
    copysign = bivariate.copysign
    copysign_ = bivariate.copysign_
    logaddexp = bivariate.logaddexp
    logaddexp2 = bivariate.logaddexp2
    xlogy = bivariate.xlogy
    xlogy_ = bivariate.xlogy_
    nextafter = bivariate.nextafter
    nextafter_ = bivariate.nextafter_
    gcd = bivariate.gcd
    gcd_ = bivariate.gcd_
    lcm = bivariate.lcm
    lcm_ = bivariate.lcm_
    heaviside = bivariate.heaviside
    heaviside_ = bivariate.heaviside_
    ldexp = bivariate.ldexp
    ldexp_ = bivariate.ldexp_
    float_power = bivariate.float_power
    float_power_ = bivariate.float_power_
    frexp = bivariate.frexp

    # reduction
    sum = reduction.sum
    nansum = reduction.nansum
    mean = reduction.mean
    nanmean = reduction.nanmean
    prod = reduction.prod
    count_nonzero = reduction.count_nonzero
    max = reduction.max
    min = reduction.min
    amax = reduction.amax
    amin = reduction.amin
    aminmax = reduction.aminmax
    argmax = reduction.argmax
    argmin = reduction.argmin
    any = reduction.any
    all = reduction.all

    # statistics
    var = statistics.var
    std = statistics.std
    logsumexp = statistics.logsumexp
    norm = statistics.norm_method
    dist = statistics.dist
    renorm = statistics.renorm
    renorm_ = statistics.renorm_
    quantile = quantiles.quantile
    nanquantile = quantiles.nanquantile
    cov = statistics.cov
    corrcoef = statistics.corrcoef
    histc = statistics.histc
    bincount = statistics.bincount

    # sorting
    sort = sorting.sort
    argsort = sorting.argsort
    msort = sorting.msort
    topk = sorting.topk
    kthvalue = sorting.kthvalue
    median = sorting.median
    nanmedian = sorting.nanmedian
    mode = sorting.mode
    unique = sorting.unique
    unique_consecutive = sorting.unique_consecutive

    # cumulative
    cumsum = cumulative.cumsum
    cumsum_ = cumulative.cumsum_
    cumprod = cumulative.cumprod
    cumprod_ = cumulative.cumprod_
    cummax = cumulative.cummax
    cummin = cumulative.cummin
    logcumsumexp = cumulative.logcumsumexp
    diff = cumulative.diff

    # shape
    reshape = shapes.reshape
    view = shapes.view
    view_as = shapes.view_as
    reshape_as = shapes.reshape_as
    flatten = shapes.flatten
    unflatten = shapes.unflatten
    permute = shapes.permute
    transpose = shapes.transpose
    t = shapes.t
    adjoint = shapes.adjoint
    swapaxes = shapes.swapaxes
    swapdims = shapes.swapdims
    movedim = shapes.movedim
    moveaxis = shapes.moveaxis
    squeeze = shapes.squeeze
    unsqueeze = shapes.unsqueeze
    expand = shapes.expand
    expand_as = shapes.expand_as
    broadcast_to = shapes.broadcast_to
    sum_to_size = shapes.sum_to_size
    ravel = shapes.ravel

    # joining
    split = joining.split_method
    split_with_sizes = joining.split_with_sizes
    chunk = joining.chunk
    unbind = joining.unbind
    tensor_split = joining.tensor_split
    hsplit = joining.hsplit
    vsplit = joining.vsplit
    dsplit = joining.dsplit

    # rearranging
    repeat = rearranging.repeat
    tile = rearranging.tile
    repeat_interleave = rearranging.repeat_interleave
    flip = rearranging.flip_method
    fliplr = rearranging.fliplr
    flipud = rearranging.flipud
    roll = rearranging.roll
    rot90 = rearranging.rot90
    tril = rearranging.tril
    tril_ = rearranging.tril_
    triu = rearranging.triu
    triu_ = rearranging.triu_

    # parts
    narrow = parts.narrow
    select = parts.select
    diagonal = parts.diagonal
    diag = parts.diag
    diag_embed = parts.diag_embed
    diagflat = parts.diagflat
    unfold = parts.unfold
    select_scatter = parts.select_scatter
    slice_scatter = parts.slice_scatter
    diagonal_scatter = parts.diagonal_scatter

    # gathering
    gather = gathering.gather
    take_along_dim = gathering.take_along_dim
    scatter = gathering.scatter
    scatter_ = gathering.scatter_
    scatter_add = gathering.scatter_add
    scatter_add_ = gathering.scatter_add_
    scatter_reduce = gathering.scatter_reduce
    scatter_reduce_ = gathering.scatter_reduce_
    index_select = index_dim.index_select
    index_add = index_dim.index_add
    index_add_ = index_dim.index_add_
    index_copy = index_dim.index_copy
    index_copy_ = index_dim.index_copy_
    index_fill = index_dim.index_fill
    index_fill_ = index_dim.index_fill_
    index_reduce = index_dim.index_reduce
    index_reduce_ = index_dim.index_reduce_
    take = index_dim.take
    put = index_dim.put
    put_ = index_dim.put_

    # masks
    masked_fill = masks.masked_fill
    masked_fill_ = masks.masked_fill_
    masked_select = masks.masked_select
    masked_scatter = masks.masked_scatter
    masked_scatter_ = masks.masked_scatter_
    nonzero = masks.nonzero
    argwhere = masks.argwhere

    # indexing
    index_put = indexing.index_put
    index_put_ = indexing.index_put_

    # linalg
    dot = linalg.dot
    mv = linalg.mv
    mm = linalg.mm
    bmm = linalg.bmm
    matmul = linalg.matmul
    outer = linalg.outer
    addmm = linalg.addmm
    baddbmm = linalg.baddbmm
    trace = linalg.trace

    # creation
    new_zeros = creation.new_zeros
    new_ones = creation.new_ones
    new_empty = creation.new_empty
    new_full = creation.new_full
    new_tensor = creation.new_tensor
    clone = conversion.clone
    is_contiguous = conversion.is_contiguous
    contiguous = conversion.contiguous
    to = conversion.to
    type_as = conversion.type_as
    half = conversion.half
    bfloat16 = conversion.bfloat16
    float = conversion.float
    double = conversion.double
    byte = conversion.byte
    char = conversion.char
    short = conversion.short
    int = conversion.int_
    long = conversion.long
    bool = conversion.bool_
    cfloat = conversion.cfloat
    cdouble = conversion.cdouble
    conj = complexes.conj
    is_floating_point = conversion.is_floating_point
    is_complex = conversion.is_complex

    # activation
    softmax = activation.softmax
    log_softmax = activation.log_softmax
    prelu = activation.prelu
    hardshrink = activation.hardshrink

    # special
    erf = special.erf
    erf_ = special.erf_
    erfc = special.erfc
    erfc_ = special.erfc_

    # random_inplace
    uniform_ = random_inplace.uniform_
    normal_ = random_inplace.normal_
    exponential_ = random_inplace.exponential_
    log_normal_ = random_inplace.log_normal_
    cauchy_ = random_inplace.cauchy_
    bernoulli_ = random_inplace.bernoulli_
    geometric_ = random_inplace.geometric_
    random_ = random_inplace.random_
    # random_sampling
    bernoulli = random_sampling.bernoulli
    multinomial = random_sampling.multinomial


def _rebuild(cls: type[Any], data: Array, requires_grad: bool, extra: dict[str, Any]) -> Any:
    """A tensor out of a pickle."""
    tensor = object.__new__(cls)
    tensor._data = data
    tensor._requires_grad = requires_grad
    tensor.__dict__.update(extra)
    return tensor


register_tensor_class(Tensor)
