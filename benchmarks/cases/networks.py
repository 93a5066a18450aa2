"""Training steps, a linear layer, an encoder layer."""

from importlib import import_module
from typing import Any

import numpy as np

from benchmarks import by_hand
from benchmarks.case import Case, Phases, Work, bare, floats, gemm, layer, step


def digits_step(torch: Any) -> Phases:
    digits = import_module("digits_cnn")
    torch.manual_seed(0)
    model = digits.make_model()
    labels = np.random.default_rng(2).integers(0, 10, 64)
    batch = (torch.from_numpy(floats(64, 1, 28, 28)), torch.from_numpy(labels))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001)
    return step(lambda: digits.loss(model, batch), optimizer)


def tiny_step(torch: Any) -> Phases:
    nn = torch.nn
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 1))
    x, y = torch.from_numpy(floats(8, 16)), torch.from_numpy(floats(8, 1))
    criterion = nn.MSELoss()
    return step(lambda: criterion(model(x), y), torch.optim.SGD(model.parameters(), lr=0.001))


def digits_by_hand() -> Phases:
    shapes = [(32, 1, 3, 3), (32,), (64, 32, 3, 3), (64,), (128, 9216), (128,), (10, 128), (10,)]
    parameters = tuple(floats(*shape) / np.sqrt(np.prod(shape[1:], dtype=np.float32)) for shape in shapes)
    labels = np.random.default_rng(2).integers(0, 10, 64)
    return by_hand.digits_cnn(floats(64, 1, 28, 28), labels, parameters, 0.001, dropout=(0.25, 0.5))


def tiny_by_hand() -> Phases:
    weights = (floats(32, 16) / 4, floats(32), floats(1, 32) / 6, floats(1))
    return by_hand.tiny_mlp(floats(8, 16), floats(8, 1), *weights, rate=0.001)


def resnet(torch: Any) -> Phases:
    return layer(lambda _: import_module("resnet18").ResNet18(), 8, 3, 32, 32)(torch)


def mlp_step(torch: Any) -> Phases:
    nn = torch.nn
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10)
    )  # fmt: skip
    x = torch.from_numpy(floats(64, 784))
    labels = torch.from_numpy(np.random.default_rng(2).integers(0, 10, 64))
    criterion = nn.CrossEntropyLoss()
    return step(lambda: criterion(model(x), labels), torch.optim.SGD(model.parameters(), lr=0.001))


LINEAR = gemm(64, 784, 512)
DIGITS_FLOPS = [gemm(64 * 26 * 26, 9, 32), gemm(64 * 24 * 24, 32 * 9, 64), gemm(64, 9216, 128), gemm(64, 128, 10)]
DIGITS_WEIGHTS = 32 * 9 + 64 * 32 * 9 + 9216 * 128 + 128 * 10 + 32 + 64 + 128 + 10
# Activations that a step has to write and read again: conv1, conv2 (both rectified), pool, dropout, fc1.
DIGITS_VALUES = 64 * (2 * 32 * 26 * 26 + 2 * 64 * 24 * 24 + 2 * 64 * 12 * 12 + 3 * 128)
MLP_FLOPS = [gemm(64, 784, 512), gemm(64, 512, 512), gemm(64, 512, 10)]
MLP_WEIGHTS = 784 * 512 + 512 * 512 + 512 * 10 + 512 + 512 + 10
MLP_VALUES = 64 * (784 + 4 * 512 + 10)
TOKENS = 8 * 128
ENCODER = gemm(TOKENS, 256, 3 * 256) + 2 * gemm(TOKENS, 128, 256) + gemm(TOKENS, 256, 256) + 2 * gemm(TOKENS, 256, 2048)
ENCODER_BYTES = 4 * (TOKENS * (10 * 256 + 2 * 2048) + 2 * 8 * 8 * 128 * 128 + 256 * (4 * 256 + 2 * 2048))

# ResNet-18 on 8 images: (places, taps · channels, channels out) of each convolution.
RESNET_CONVS = [(8 * 1024, 27, 64), *[(8 * 1024, 576, 64)] * 4]
for _width, _places in ((128, 256), (256, 64), (512, 16)):
    _taps, _in = 9 * _width, _width // 2
    RESNET_CONVS += [(8 * _places, 9 * _in, _width), *[(8 * _places, _taps, _width)] * 3, (8 * _places, _in, _width)]
RESNET_FLOPS = sum(gemm(*conv) for conv in RESNET_CONVS)
RESNET_VALUES = sum(2 * n * out for n, _, out in RESNET_CONVS)  # of convolutions, and normalised and rectified
RESNET_WEIGHTS = sum(taps * out for _, taps, out in RESNET_CONVS)

CASES = [
    Case(
        "digits CNN, training step, batch 64",
        {
            "forward": Work(sum(DIGITS_FLOPS), 4 * (DIGITS_VALUES + DIGITS_WEIGHTS)),
            "backward": Work(2 * sum(DIGITS_FLOPS) - DIGITS_FLOPS[0], 4 * 2 * (DIGITS_VALUES + DIGITS_WEIGHTS)),
            "optimizer": Work(2 * DIGITS_WEIGHTS, 4 * 3 * DIGITS_WEIGHTS),
        },
        digits_step,
        by_hand=digits_by_hand,
    ),
    Case(
        "tiny MLP 16-32-1, training step, batch 8",
        {
            "forward": Work(gemm(8, 16, 32) + gemm(8, 32, 1), 4 * 1000),
            "backward": Work(gemm(8, 16, 32) + 2 * gemm(8, 32, 1), 4 * 2000),
            "optimizer": Work(2 * 577, 4 * 3 * 577),
        },
        tiny_step,
        by_hand=tiny_by_hand,
    ),
    Case(
        "MLP 784-512-512-10, training step, batch 64",
        {
            "forward": Work(sum(MLP_FLOPS), 4 * (MLP_VALUES + MLP_WEIGHTS)),
            "backward": Work(2 * sum(MLP_FLOPS) - MLP_FLOPS[0], 4 * 2 * (MLP_VALUES + MLP_WEIGHTS)),
            "optimizer": Work(2 * MLP_WEIGHTS, 4 * 3 * MLP_WEIGHTS),
        },
        mlp_step,
    ),
    Case(
        "ResNet-18, 8 × 3 × 32 × 32",
        {
            "forward": Work(RESNET_FLOPS, 4 * (RESNET_VALUES + RESNET_WEIGHTS)),
            "backward": Work(2 * RESNET_FLOPS, 8 * (RESNET_VALUES + RESNET_WEIGHTS)),
        },
        resnet,
        needs=("nn.BatchNorm2d",),
    ),
    Case(
        "Linear 64 × 784 → 512",
        {
            "forward": Work(LINEAR, 4 * (64 * 784 + 784 * 512 + 64 * 512)),
            "backward": Work(2 * LINEAR, 4 * (64 * 784 * 2 + 784 * 512 * 2 + 64 * 512)),
        },
        layer(lambda torch: torch.nn.Linear(784, 512), 64, 784),
        by_hand=bare(by_hand.linear, (64, 512), (64, 784), (512, 784), (512,)),
    ),
    Case(
        "TransformerEncoderLayer, B = 8, T = 128, D = 256, 8 heads",
        {"forward": Work(ENCODER, ENCODER_BYTES), "backward": Work(2 * ENCODER, 2 * ENCODER_BYTES)},
        layer(lambda torch: torch.nn.TransformerEncoderLayer(256, 8, batch_first=True), 8, 128, 256),
        needs=("nn.TransformerEncoderLayer",),
    ),
]
