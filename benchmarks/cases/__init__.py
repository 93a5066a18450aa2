"""What is timed, by subject: whole training steps first, then layers, then single operations."""

from benchmarks.case import Case
from benchmarks.cases import (
    convolution,
    embedding,
    loss,
    networks,
    normalization,
    pointwise,
    pooling,
    random,
    recurrent,
)

CASES: list[Case] = [
    *networks.CASES,
    *convolution.CASES,
    *pooling.CASES,
    *normalization.CASES,
    *recurrent.CASES,
    *embedding.CASES,
    *loss.CASES,
    *pointwise.CASES,
    *random.CASES,
]
