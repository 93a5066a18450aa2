"""torch.nn: modules, parameters, initial values, helpers."""

from refnn.nn import functional, init, modules, parallel, parameter, utils
from refnn.nn._factory import factory_kwargs
from refnn.nn.modules import *  # noqa: F403 - the layers are listed once, in modules/__init__.py
from refnn.nn.parallel import DataParallel
from refnn.nn.parameter import Buffer, Parameter, UninitializedBuffer, UninitializedParameter

__all__ = [  # noqa: PLE0604
    *modules.__all__,
    "Buffer",
    "DataParallel",
    "Parameter",
    "UninitializedBuffer",
    "UninitializedParameter",
    "factory_kwargs",
    "functional",
    "init",
    "modules",
    "parallel",
    "parameter",
    "utils",
]
