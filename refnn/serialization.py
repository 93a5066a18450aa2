"""save and load: torch's own files, written and read without torch.

A file is an uncompressed zip archive: `data.pkl` is a pickle in which tensors refer to storages by number, `data/0`,
`data/1`, … are those storages' bytes. Tensors that share memory share a storage, and do so again once they are loaded.
The pickle has torch's names, so that either library reads what the other wrote.
"""

from __future__ import annotations

import io
import os
import pickle
from collections import OrderedDict
from collections.abc import Callable
from contextlib import contextmanager, suppress
from importlib import import_module
from types import FunctionType
from typing import IO, Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from refnn import dtypes
from refnn.autograd.base import TensorBase
from refnn.tensor import Tensor, wrap
from refnn.types import Size, device

__all__ = ["add_safe_globals", "clear_safe_globals", "get_safe_globals", "load", "safe_globals", "save"]

Array = NDArray[Any]
File = str | os.PathLike[str] | IO[bytes]

_STORED = {
    "FloatStorage": dtypes.float32, "DoubleStorage": dtypes.float64, "HalfStorage": dtypes.float16,
    "BFloat16Storage": dtypes.bfloat16, "ComplexFloatStorage": dtypes.complex64,
    "ComplexDoubleStorage": dtypes.complex128, "LongStorage": dtypes.int64, "IntStorage": dtypes.int32,
    "ShortStorage": dtypes.int16, "CharStorage": dtypes.int8, "ByteStorage": dtypes.uint8, "BoolStorage": dtypes.bool,
}  # fmt: skip
_STORAGE_OF = {kind: name for name, kind in _STORED.items()}
_NO_CUDA = (
    "Attempting to deserialize object on a CUDA device but torch.cuda.is_available() is False. If you are running on "
    "a CPU-only machine, please use torch.load with map_location=torch.device('cpu') to map your storages to the CPU."
)
_NOT_SEEKABLE = (
    ". You can only torch.load from a file that is seekable. Please pre-load the data into a buffer like io.BytesIO "
    "and try to load from it instead."
)
_safe: list[Any] = []


class _Name(NamedTuple):
    """A function or class of torch's, of which only the name is known here."""

    module: str
    name: str

    def __call__(self) -> None:
        """pickle wants what rebuilds an object to be callable; whoever loads the file calls torch's."""
        raise AssertionError(f"{self.module}.{self.name} is a name alone")


# Saving -------------------------------------------------------------------------------------------------


class _Pickler(pickle._Pickler):  # in Python, since names must be written that cannot be imported
    def __init__(self, file: IO[bytes], protocol: int) -> None:
        from refnn.nn import Parameter

        super().__init__(file, protocol)
        self._parameter = Parameter
        self.storages: list[Array] = []
        self._numbers: dict[int, int] = {}

    def reducer_override(self, obj: Any) -> Any:
        if type(obj) is device:
            return device, (str(obj),)
        if type(obj) is not Tensor and type(obj) is not self._parameter:
            return NotImplemented
        own = {name: value for name, value in vars(obj).items() if name not in TensorBase.__annotations__}
        if type(obj) is self._parameter:
            whole: tuple[Any, ...] = (obj.data, obj.requires_grad, OrderedDict())
            if own:
                return _Name("torch._utils", "_rebuild_parameter_with_state"), (*whole, own)
            return _Name("torch._utils", "_rebuild_parameter"), whole
        function, window = self._window(obj)
        if own:
            return _Name("torch._tensor", "_rebuild_from_type_v2"), (function, Tensor, window, own)
        return function, window

    def _window(self, tensor: Any) -> tuple[_Name, tuple[Any, ...]]:
        """torch's function that rebuilds the tensor, and its arguments: a storage, and where in it the tensor lies."""
        tensor._settle()
        array = tensor._data
        owner = array
        while isinstance(owner.base, np.ndarray):
            owner = owner.base
        if owner.dtype != array.dtype or not (owner.flags.c_contiguous or owner.flags.f_contiguous):
            owner = array = np.ascontiguousarray(array).reshape(array.shape)
        elif min(array.strides, default=0) < 0:
            owner = array = array.copy()
        number = self._numbers.setdefault(id(owner), len(self.storages))
        if number == len(self.storages):
            self.storages.append(owner)  # kept alive, so that its id stays its own
        first, own = (a.__array_interface__["data"][0] for a in (owner, array))
        offset = (own - first) // array.itemsize if array.size else 0
        hooks: Any = OrderedDict()
        place = offset, tuple(array.shape), wrap(array).stride(), tensor.requires_grad, hooks
        if tensor.dtype in _STORAGE_OF:
            storage = _Stored(_Name("torch", _STORAGE_OF[tensor.dtype]), number, owner.size)
            return _Name("torch._utils", "_rebuild_tensor_v2"), (storage, *place)
        storage = _Stored(_Name("torch.storage", "UntypedStorage"), number, owner.nbytes)
        return _Name("torch._utils", "_rebuild_tensor_v3"), (storage, *place, tensor.dtype)

    def persistent_id(self, obj: Any) -> Any:
        if isinstance(obj, _Stored):
            return "storage", obj.kind, str(obj.number), "cpu", obj.size
        return None

    def save_global(self, obj: Any, name: str | None = None) -> None:
        """Write a function's or class's name: refnn's as torch's."""
        if not isinstance(obj, _Name):
            name = name or getattr(obj, "__qualname__", None) or obj.__name__
            module: str = pickle.whichmodule(obj, name)  # type: ignore[attr-defined]
            if module.partition(".")[0] != "refnn":
                super().save_global(obj, name)  # type: ignore[misc]
                return
            obj = _Name("torch" + module.removeprefix("refnn"), name)
        self.write(pickle.GLOBAL + f"{obj.module}\n{obj.name}\n".encode())  # type: ignore[attr-defined]

    dispatch: ClassVar[Any] = {**pickle._Pickler.dispatch, _Name: save_global, FunctionType: save_global}


class _Stored(NamedTuple):
    """A storage as the pickle names it: torch's class, the number of its file, how many elements it has."""

    kind: _Name
    number: int
    size: int


@contextmanager
def _written_whole(f: File) -> Any:
    """What to write to: instead of a path a file beside it, which takes its place once all is written."""
    if not isinstance(f, str | os.PathLike):
        if not hasattr(f, "write"):
            raise AttributeError("expected 'f' to be string, path, or a file-like object with a 'write' attribute")
        yield f
        return
    folder = os.path.dirname(f)
    if folder and not os.path.isdir(folder):
        raise RuntimeError(f"Parent directory {folder} does not exist.")
    path = os.path.realpath(f)
    beside = f"{path}.{os.getpid()}.part"
    try:
        with open(beside, "wb") as file:
            yield file
        os.replace(beside, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.remove(beside)
        raise


def save(
    obj: Any,
    f: File,
    pickle_module: Any = pickle,
    pickle_protocol: int = 2,
    _use_new_zipfile_serialization: bool = True,
    _disable_byteorder_record: bool = False,
) -> None:
    """Write an object with the tensors in it to a file, as torch.save does; torch.load reads it.

    f: a path or a file open for writing bytes. What stood under the path stays there until all is written.
    Raises NotImplementedError for another pickle module and the format before torch 1.6, RuntimeError where the path's
    folder does not exist, AttributeError for what is neither a path nor a file.
    Source: torch.save.
    """
    from zipfile import ZIP_STORED, ZipFile

    if pickle_module is not pickle or not _use_new_zipfile_serialization:
        raise NotImplementedError("save writes the zip format with Python's pickle alone")
    text = io.BytesIO()
    pickler = _Pickler(text, pickle_protocol)
    pickler.dump(obj)
    name = os.path.splitext(os.path.basename(f))[0] if isinstance(f, str | os.PathLike) else "archive"
    with _written_whole(f) as file, ZipFile(file, "w", ZIP_STORED) as archive:
        archive.writestr(f"{name}/data.pkl", text.getvalue())
        if not _disable_byteorder_record:
            archive.writestr(f"{name}/byteorder", "little")
        for number, array in enumerate(pickler.storages):
            flat = array.reshape(-1, order="A")
            archive.writestr(f"{name}/data/{number}", flat.astype(flat.dtype.newbyteorder("<"), copy=False).tobytes())
        archive.writestr(f"{name}/version", "3\n")


# Loading ------------------------------------------------------------------------------------------------


def _rebuild_tensor(storage: Array, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *rest: Any) -> Any:
    """A tensor that lies in a storage; `rest` is requires_grad, hooks and metadata."""
    strides = [s * storage.itemsize for s in stride]
    tensor = wrap(np.ndarray(tuple(size), storage.dtype, storage, offset * storage.itemsize, strides))
    return tensor.requires_grad_() if rest and rest[0] else tensor


def _rebuild_tensor_of(storage: Array, *place: Any) -> Any:
    """A tensor of the dtype that comes sixth, which lies in a storage of bytes."""
    return _rebuild_tensor(storage.view(place[5].numpy), *place[:5])


def _rebuild_parameter(data: Any, requires_grad: bool, _hooks: Any, state: Any = None) -> Any:
    from refnn.nn import Parameter

    return _with_attributes(Parameter(data, requires_grad), state)


def _rebuild_from_type(function: Callable[..., Any], _kind: Any, args: tuple[Any, ...], state: Any) -> Any:
    """A tensor with attributes of its own."""
    return _with_attributes(function(*args), state)


def _with_attributes(tensor: Any, state: Any) -> Any:
    """A tensor with what was set on it; what the tape keeps there is not for a file to say."""
    for name, value in state.items() if isinstance(state, dict) else ():
        if name not in TensorBase.__annotations__:
            setattr(tensor, name, value)
    return tensor


_REBUILD: dict[tuple[str, str], Any] = {
    ("torch._utils", "_rebuild_tensor"): _rebuild_tensor,
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
    ("torch._utils", "_rebuild_tensor_v3"): _rebuild_tensor_of,
    ("torch._utils", "_rebuild_parameter"): _rebuild_parameter,
    ("torch._utils", "_rebuild_parameter_with_state"): _rebuild_parameter,
    ("torch._tensor", "_rebuild_from_type_v2"): _rebuild_from_type,
    ("torch", "Size"): Size,
    ("torch", "device"): device,
    ("torch", "Tensor"): Tensor,
    ("collections", "OrderedDict"): OrderedDict,
    ("torch.storage", "UntypedStorage"): dtypes.uint8,
    **{("torch", name): kind for name, kind in _STORED.items()},
    **{("torch", kind.name): kind for kind in dtypes.ALL},
}
_PLAIN = {
    "builtins": {"set", "bytearray", "complex"},
    "__builtin__": {"set", "bytearray", "complex"},
    "_codecs": {"encode"},
    "collections": {"Counter"},
}


class _Unpickler(pickle._Unpickler):  # in Python, to see what is to be given a state
    def __init__(self, text: IO[bytes], read: Callable[[str], bytes], weights_only: bool, location: Any) -> None:
        super().__init__(text)
        self._read, self._weights_only, self._location = read, weights_only, location
        self._storages: dict[str, Array] = {}

    def find_class(self, module: str, name: str) -> Any:
        known = _REBUILD.get((module, name))
        if known is not None:
            return known
        if module == "torch" or module.startswith("torch."):
            import_module("refnn.nn")
            module = "refnn" + module.removeprefix("torch")
        if self._weights_only and name not in _PLAIN.get(module, ()):
            for safe in _safe:
                if (safe.__module__, safe.__qualname__) == (module, name):
                    return safe
            raise pickle.UnpicklingError(
                "Weights only load failed. This file can still be loaded, to do so you have two options, do those "
                "steps only if you trust the source of the checkpoint. \n\t(1) In PyTorch 2.6, we changed the default "
                "value of the `weights_only` argument in `torch.load` from `False` to `True`. Re-running `torch.load` "
                "with `weights_only` set to `False` will likely succeed, but it can result in arbitrary code "
                f"execution.\n\t(2) Allowlist it: torch.serialization.add_safe_globals([{module}.{name}])."
            )
        return super().find_class(module, name)

    def load_build(self) -> None:
        """Give the state on top of the stack to the object below: not to a class or function, which others use."""
        kind = type(self.stack[-2])  # type: ignore[attr-defined]
        if self._weights_only and kind is not OrderedDict and kind not in _safe:
            raise pickle.UnpicklingError(
                "Weights only load failed. Can only build Tensor, Parameter, OrderedDict or types allowlisted via "
                f"`add_safe_globals`, but got {kind}"
            )
        super().load_build()  # type: ignore[misc]

    dispatch: ClassVar[Any] = {**pickle._Unpickler.dispatch, pickle.BUILD[0]: load_build}

    def persistent_load(self, pid: Any) -> Array:
        _, kind, key, place, size = pid
        if key not in self._storages:
            stored = np.frombuffer(bytearray(self._read(key)), kind.numpy.newbyteorder("<"), size)
            stored = stored.astype(kind.numpy, copy=False)
            _check_on_cpu(_mapped(self._location, place, stored))
            self._storages[key] = stored
        return self._storages[key]


def _mapped(location: Any, place: str, storage: Array) -> str:
    """Where map_location sends a storage that was saved at a place."""
    if location is None:
        return place
    if isinstance(location, dict):
        return str(location.get(place, place))
    if callable(location):
        return place if location(storage, place) is None else "cpu"
    return str(location)


def _check_on_cpu(place: str) -> None:
    if place.startswith("cuda"):
        raise RuntimeError(_NO_CUDA)
    if place != "cpu":
        raise RuntimeError(
            f"don't know how to restore data location of torch.storage.UntypedStorage (tagged with {place})"
        )


def load(
    f: File,
    map_location: Any = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = None,
    mmap: bool | None = None,
    **pickle_load_args: Any,
) -> Any:
    """Read what `save`, or torch.save, wrote. All tensors come to lie on the CPU.

    weights_only: take tensors, numbers, strings and containers alone, and what add_safe_globals allows. So it is unless
        False is said, since any other pickle can run code.
    map_location: where the tensors go that were saved on another device, which can only be "cpu": a device, its name, a
        dict from names to names, or a function of a storage (its array) and a name, which returns a storage or None.
    Raises pickle.UnpicklingError where weights_only forbids an object, RuntimeError for another device or a file of
    another kind, NotImplementedError for another pickle module and for mmap, AttributeError for what is no file.
    Source: torch.load.
    """
    from zipfile import BadZipFile, ZipFile

    if mmap or pickle_load_args or pickle_module not in (None, pickle):
        raise NotImplementedError("load reads whole files with Python's pickle alone")
    try:
        archive = ZipFile(f)
    except AttributeError as error:
        raise AttributeError(f"{error}{_NOT_SEEKABLE}") from None
    except BadZipFile:
        raise RuntimeError("load reads the zip format, which torch.save writes since 1.6; this is another") from None
    with archive:
        root = next(name for name in archive.namelist() if name.endswith("data.pkl")).removesuffix("data.pkl")
        if f"{root}byteorder" in archive.namelist() and archive.read(f"{root}byteorder") != b"little":
            raise RuntimeError("load reads little-endian files alone")
        text = io.BytesIO(archive.read(f"{root}data.pkl"))
        read = lambda key: archive.read(f"{root}data/{key}")  # noqa: E731
        return _Unpickler(text, read, weights_only is not False, map_location).load()


def add_safe_globals(safe_globals: list[Any]) -> None:
    """Let these functions and classes occur in what `load` reads with weights_only."""
    _safe.extend(safe_globals)


def get_safe_globals() -> list[Any]:
    """What add_safe_globals was given."""
    return list(_safe)


def clear_safe_globals() -> None:
    """Forget what add_safe_globals was given."""
    _safe.clear()


@contextmanager
def safe_globals(safe_globals: list[Any]) -> Any:
    """add_safe_globals for a while."""
    before = get_safe_globals()
    add_safe_globals(safe_globals)
    try:
        yield
    finally:
        _safe[:] = before
