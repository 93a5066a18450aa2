"""Making a batch of samples: default_collate, default_convert (torch.utils.data._utils.collate)."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any

import numpy as np

from refnn import dtypes
from refnn.functions.from_data import as_tensor, tensor
from refnn.functions.joining import stack
from refnn.tensor import Tensor

__all__ = ["collate", "default_collate", "default_collate_fn_map", "default_convert"]

_KINDS_OF_TEXT = "SaUO"  # NumPy's dtypes for strings and objects
_EXPECTED = "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {}"


def default_convert(data: Any) -> Any:
    """`data` with its NumPy arrays as tensors, inside mappings and sequences too; the rest as it is."""
    if isinstance(data, Tensor):
        return data
    if type(data).__module__ == "numpy" and not isinstance(data, (str, bytes)):
        if isinstance(data, np.ndarray) and _is_text(data.dtype):
            return data
        return as_tensor(data)
    if isinstance(data, Mapping):
        return _mapping_like(data, {key: default_convert(data[key]) for key in data})
    if isinstance(data, tuple):
        return _tuple_like(data, [default_convert(item) for item in data])
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return _sequence_like(data, [default_convert(item) for item in data])
    return data


def default_collate(batch: Any) -> Any:
    """A list of samples as one sample with a first dimension more.

    Tensors and arrays are stacked; numbers become a tensor (floats one of float64); strings stay a list;
    mappings, named tuples and sequences are collated member by member.

    Raises TypeError for other types, RuntimeError for sequences of different lengths.
    """
    return collate(batch, collate_fn_map=default_collate_fn_map)


def collate(batch: Any, *, collate_fn_map: dict[Any, Callable[..., Any]] | None = None) -> Any:
    """default_collate with a table of its own: from a type, or a tuple of types, to a function
    `f(batch, *, collate_fn_map)`.
    """
    first = batch[0]
    combine = _function_for(first, collate_fn_map or {})
    if combine is not None:
        return combine(batch, collate_fn_map=collate_fn_map)
    if isinstance(first, Mapping):
        joined = {key: collate([s[key] for s in batch], collate_fn_map=collate_fn_map) for key in first}
        return _mapping_like(first, joined)
    is_named = isinstance(first, tuple) and hasattr(first, "_fields")
    if not isinstance(first, Sequence):
        raise TypeError(_EXPECTED.format(type(first)))
    if not is_named and any(len(sample) != len(first) for sample in batch):
        raise RuntimeError("each element in list of batch should be of equal size")
    columns = [collate(column, collate_fn_map=collate_fn_map) for column in zip(*batch, strict=False)]
    return _tuple_like(first, columns) if isinstance(first, tuple) else _sequence_like(first, columns)


def _function_for(sample: Any, table: dict[Any, Callable[..., Any]]) -> Callable[..., Any] | None:
    exact = table.get(type(sample))
    if exact is not None:
        return exact
    return next((function for kind, function in table.items() if isinstance(sample, kind)), None)


# Containers keep their type, and what else they carry, where they can be copied.


def _mapping_like(model: Any, items: dict[Any, Any]) -> Any:
    try:
        if isinstance(model, MutableMapping):
            clone = copy.copy(model)
            clone.update(items)
            return clone
        return type(model)(items)
    except TypeError:
        return items


def _tuple_like(model: Any, items: list[Any]) -> Any:
    """A named tuple keeps its type; a plain one becomes a list, as in torch."""
    return type(model)(*items) if hasattr(model, "_fields") else items


def _sequence_like(model: Any, items: list[Any]) -> Any:
    try:
        if isinstance(model, MutableSequence):
            clone = copy.copy(model)
            for i, item in enumerate(items):
                clone[i] = item
            return clone
        return type(model)(items)
    except TypeError:
        return items


# Leaves


def _is_text(dtype: np.dtype[Any]) -> bool:
    return any(kind in dtype.str for kind in _KINDS_OF_TEXT)


def _collate_tensors(batch: Any, *, collate_fn_map: Any = None) -> Any:
    return stack(batch, 0)


def _collate_arrays(batch: Any, *, collate_fn_map: Any = None) -> Any:
    if _is_text(batch[0].dtype):
        raise TypeError(_EXPECTED.format(batch[0].dtype))
    return collate([as_tensor(array) for array in batch], collate_fn_map=collate_fn_map)


def _collate_scalars(batch: Any, *, collate_fn_map: Any = None) -> Any:
    return as_tensor(batch)


def _collate_floats(batch: Any, *, collate_fn_map: Any = None) -> Any:
    return tensor(batch, dtype=dtypes.float64)


def _collate_ints(batch: Any, *, collate_fn_map: Any = None) -> Any:
    return tensor(batch)


def _collate_strings(batch: Any, *, collate_fn_map: Any = None) -> Any:
    return batch


default_collate_fn_map: dict[Any, Callable[..., Any]] = {
    Tensor: _collate_tensors,
    np.ndarray: _collate_arrays,
    (np.bool_, np.number, np.object_): _collate_scalars,
    float: _collate_floats,
    int: _collate_ints,
    str: _collate_strings,
    bytes: _collate_strings,
}
