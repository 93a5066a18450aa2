"""Recurrent layers over 50 steps of 32 sequences, 128 features to 128."""

from benchmarks.case import Case, Work, gemm, layer


def recurrent(class_name: str, gates: int) -> Case:
    flops = 50 * 2 * gemm(32, 128, gates * 128)
    return Case(
        f"{class_name}, T = 50, B = 32, H = 128",
        {"forward": Work(flops, 4 * 2 * 50 * 32 * 128), "backward": Work(2 * flops, 4 * 4 * 50 * 32 * 128)},
        layer(lambda torch: getattr(torch.nn, class_name)(128, 128), 50, 32, 128),
    )


CASES = [recurrent("RNN", 1), recurrent("GRU", 3), recurrent("LSTM", 4)]
