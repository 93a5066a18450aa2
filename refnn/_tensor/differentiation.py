"""A tensor's place on the tape: gradients, leaves, history, hooks."""

from __future__ import annotations

import warnings
from collections import OrderedDict
from typing import Any

from refnn._tensor.attributes import Attributes
from refnn.autograd import engine
from refnn.autograd.base import TensorBase, wrap
from refnn.autograd.handles import RemovableHandle, add_hook
from refnn.autograd.modes import mode
from refnn.autograd.node import shown
from refnn.functions._checks import bool_argument, type_name

_C_NAMES = {  # what C++ calls a dtype
    "Float": "float", "Double": "double", "Half": "c10::Half", "BFloat16": "c10::BFloat16",
    "ComplexFloat": "c10::complex<float>", "ComplexDouble": "c10::complex<double>", "Bool": "bool",
    "Byte": "unsigned char", "Char": "signed char", "Short": "short int", "Int": "int", "Long": "long int",
}  # fmt: skip


_NOT_A_LEAF = (
    "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be "
    "populated during autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf Tensor, "
    "use .retain_grad() on the non-leaf Tensor. If you access the non-leaf Tensor by mistake, make sure you access the "
    "leaf Tensor instead. See github.com/pytorch/pytorch/pull/30531 for more information."
)


def _wrong_dtype(given: Any, wanted: Any) -> str:
    return (
        f"attempting to assign a gradient with dtype '{_C_NAMES[given.title]}' to a tensor with grad_dtype "
        f"'{wanted.title}'. The gradient must match the tensor's grad_dtype (defaults to the tensor's dtype). You "
        "can set the tensor's grad_dtype attribute with a specific dtype, or None to allow any dtype. Set grad_dtype "
        "with caution. Diverging the dtypes of a tensor and its gradient may break downstream systems that assume "
        "they match."
    )


class Differentiation(Attributes):
    """A tensor's gradient, history and hooks."""

    @property
    def requires_grad(self) -> bool:
        """Whether gradients are recorded for it."""
        if self._base is not None:
            return self._requires_grad or self._base._requires_grad
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if not isinstance(value, bool):
            raise RuntimeError("requires_grad must be a bool")
        if value and self._node is None and self._data.dtype.kind not in "fcV":
            raise RuntimeError("only Tensors of floating point and complex dtype can require gradients")
        self.requires_grad_(value)

    def requires_grad_(self, requires_grad: bool = True) -> Any:
        """Record gradients for this leaf from now on, or stop.

        Raises RuntimeError for a non-leaf, and for integers.
        """
        bool_argument("requires_grad_", "requires_grad", 1, requires_grad)
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
        self._requires_grad = requires_grad
        return self

    @property
    def grad(self) -> Any:
        """The gradient that backward accumulated, or None. Warns where none will ever be kept."""
        if self._grad is None and self._node is not None and not self._retains:
            warnings.warn(_NOT_A_LEAF, UserWarning, stacklevel=2)
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
                raise RuntimeError(_wrong_dtype(value.dtype, self.dtype))  # type: ignore[attr-defined]
            if value._data.shape != self._data.shape:
                raise RuntimeError(
                    f"attempting to assign a gradient of size '{list(value._data.shape)}' to a tensor of size "
                    f"'{list(self._data.shape)}'. Please ensure that the gradient and the tensor are the same size"
                )
        self._grad = value

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    @property
    def grad_fn(self) -> Any:
        """The node that computed it; None for a leaf."""
        if self._base is not None:
            self._sync()
        return None if self._node is None else shown(self._node)

    @property
    def is_leaf(self) -> bool:
        """Whether it was made by the user rather than computed from what requires grad."""
        if self._base is not None:
            self._sync()
        return self._node is None

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
        if not isinstance(value, TensorBase):
            raise TypeError(f"Variable data has to be a tensor, but got {type_name(value)}")
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
        if self.grad_fn is not None:
            self._node.retain(self._index, self)
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
        node.watched = True
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
