"""torch.nn: modules, parameters, initial values, helpers."""

from refnn.nn import init, modules, parameter, utils
from refnn.nn.modules import (
    Container,
    Module,
    ModuleDict,
    ModuleList,
    ParameterDict,
    ParameterList,
    Sequential,
)
from refnn.nn.parameter import Buffer, Parameter

__all__ = [
    "Buffer",
    "Container",
    "Module",
    "ModuleDict",
    "ModuleList",
    "Parameter",
    "ParameterDict",
    "ParameterList",
    "Sequential",
    "init",
    "modules",
    "parameter",
    "utils",
]
