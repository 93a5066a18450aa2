"""The same work in bare NumPy, written for one case: no tape, no checks, no choice of shapes, dtypes or options.

It says what the arithmetic takes on the machine at hand, whatever torch takes there: what refnn takes more is the
price of generality. Each function makes the phases of a case; `forward` returns the output, `backward` the gradients
of the inputs in their order. Buffers of an image or a step are made once, results anew. What is wanted again backward
stays in the closure.
"""

from benchmarks.by_hand.layers import (
    batch_norm,
    cross_entropy,
    embedding,
    layer_norm,
    linear,
    log_softmax,
    max_pool_2x2,
    softmax,
)
from benchmarks.by_hand.recurrent import lstm, rnn
from benchmarks.by_hand.steps import digits_cnn, tiny_mlp
from benchmarks.by_hand.windows import conv_3x3, depthwise_3x3

__all__ = [
    "batch_norm",
    "conv_3x3",
    "cross_entropy",
    "depthwise_3x3",
    "digits_cnn",
    "embedding",
    "layer_norm",
    "linear",
    "log_softmax",
    "lstm",
    "max_pool_2x2",
    "rnn",
    "softmax",
    "tiny_mlp",
]
