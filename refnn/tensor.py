"""Tensor: one ndarray, its gradient, and its place on the tape.

Most methods are functions of `refnn/functions/`, taken over as they are: `refnn/_tensor/elementwise.py` and
`refnn/_tensor/methods.py` list them by family. The other files of `refnn/_tensor/` hold what only a tensor has:
attributes, differentiation, conversion, writing in place, operators.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn import dtypes
from refnn._tensor.elementwise import Elementwise
from refnn._tensor.methods import Methods
from refnn._tensor.writing import Writing
from refnn.autograd.base import TensorBase, register_tensor_class, wrap
from refnn.functions import (
    from_data,
)
from refnn.functions._calls import wrap_methods
from refnn.functions._checks import type_name
from refnn.types import Size

__all__ = ["Tensor", "wrap"]


class Tensor(Methods):
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
            self._data = from_data.array_of(args[0], dtypes.get_default_dtype())
        else:
            raise TypeError(f"new(): data must be a sequence (got {type_name(args[0])})")
        return self


for _family in (Elementwise, Methods, Writing):
    wrap_methods(_family)
register_tensor_class(Tensor)
