"""Recurrent layers over 50 steps of 32 sequences, 128 features to 128."""

from collections.abc import Callable

from benchmarks import by_hand
from benchmarks.case import Case, Phases, Work, floats, gemm, layer


def recurrent(class_name: str, gates: int, hand: Callable[..., Phases] | None = None) -> Case:
    def bare() -> Phases:
        x, g, weights = floats(50, 32, 128), floats(50, 32, 128, seed=1), floats(gates * 128, 257, seed=2)
        return hand(g, x, weights / 12)

    flops = 50 * 2 * gemm(32, 128, gates * 128)
    return Case(
        f"{class_name}, T = 50, B = 32, H = 128",
        {"forward": Work(flops, 4 * 2 * 50 * 32 * 128), "backward": Work(2 * flops, 4 * 4 * 50 * 32 * 128)},
        layer(lambda torch: getattr(torch.nn, class_name)(128, 128), 50, 32, 128),
        by_hand=bare if hand else None,
    )


CASES = [recurrent("RNN", 1, by_hand.rnn), recurrent("GRU", 3), recurrent("LSTM", 4, by_hand.lstm)]
