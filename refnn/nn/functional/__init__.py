"""torch.nn.functional: the layers as functions. They check their arguments and raise torch's errors."""

from refnn.nn.functional.activation import (
    leaky_relu,
    leaky_relu_,
    log_softmax,
    relu,
    relu_,
    sigmoid,
    softmax,
    softmin,
    tanh,
)
from refnn.nn.functional.dropout import (
    alpha_dropout,
    dropout,
    dropout1d,
    dropout2d,
    dropout3d,
    feature_alpha_dropout,
)
from refnn.nn.functional.linear import bilinear, linear

__all__ = [
    # activation
    "leaky_relu",
    "leaky_relu_",
    "log_softmax",
    "relu",
    "relu_",
    "sigmoid",
    "softmax",
    "softmin",
    "tanh",
    # dropout
    "alpha_dropout",
    "dropout",
    "dropout1d",
    "dropout2d",
    "dropout3d",
    "feature_alpha_dropout",
    # linear
    "bilinear",
    "linear",
]
