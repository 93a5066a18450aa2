"""Tensor: one ndarray, its gradient, and its place on the tape.

Most methods are functions of `refnn/functions/`, taken over as they are: `refnn/_tensor/elementwise.py` and
`refnn/_tensor/methods.py` list them by family. The other files of `refnn/_tensor/` hold what only a tensor has:
attributes, differentiation, conversion, writing in place, operators.
"""

from __future__ import annotations

from typing import Any

from refnn import dtypes
from refnn._tensor import legacy
from refnn._tensor.elementwise import Elementwise
from refnn._tensor.methods import Methods
from refnn._tensor.writing import Writing
from refnn.autograd.base import TensorBase, register_tensor_class, wrap
from refnn.functions._calls import wrap_methods

__all__ = ["Tensor", "wrap"]


class Tensor(Methods):
    """An n-dimensional array that records what is computed with it.

    Tensor(*sizes) is uninitialised, Tensor(sequence) holds its values, in the default dtype. `refnn.tensor`
    is the usual way to make one. Source: torch.Tensor.
    """

    __module__ = "refnn"  # where torch has it, and its error messages say it is

    def __new__(cls, *args: Any, size: Any = None, device: Any = None) -> Any:
        self = object.__new__(cls)
        if len(args) == 1 and isinstance(args[0], TensorBase):
            args[0]._settle()
            self._data = args[0]._data
            self._box = args[0]._version_box()
        else:
            self._data = legacy.make(dtypes.get_default_dtype(), args, size, device)
        return self


for _family in (Elementwise, Methods, Writing):
    wrap_methods(_family)
register_tensor_class(Tensor)
