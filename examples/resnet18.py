"""ResNet-18 on images of 32 × 32: residual blocks with batch normalisation.

This is a script for torch, like `digits_cnn.py` beside it, and keeps to the same protocol:
`refnn diff examples/resnet18.py` runs it under both. Its images are the handwritten digits, with a border of two
pixels and the one channel three times over.

The network is the one of He et al., Deep Residual Learning for Image Recognition, 2015, with the stem that small
images want: a 3 × 3 convolution of stride 1, and no pooling.
"""

import torch
from digits_cnn import load

nn = torch.nn
F = torch.nn.functional

BATCH_SIZE = 8
WIDTHS = (64, 128, 256, 512)  # channels of the four stages, of two blocks each


class BasicBlock(nn.Module):
    """y = relu(x' + bn(conv(relu(bn(conv(x)))))), where x' is x, or its projection if the shape changes."""

    def __init__(self, channels, out, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, out, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)
        self.shortcut = nn.Identity()
        if stride != 1 or channels != out:
            projection = nn.Conv2d(channels, out, 1, stride=stride, bias=False)
            self.shortcut = nn.Sequential(projection, nn.BatchNorm2d(out))

    def forward(self, x):  # (N, C, H, W) -> (N, out, H / stride, W / stride)
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + self.shortcut(x))


class ResNet18(nn.Module):
    """Scores of 10 classes: (N, 3, 32, 32) -> (N, 10)."""

    def __init__(self, classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        blocks, channels = [], 64
        for stage, width in enumerate(WIDTHS):
            blocks += [BasicBlock(channels, width, 2 if stage else 1), BasicBlock(width, width, 1)]
            channels = width
        self.blocks = nn.Sequential(*blocks)
        self.fc = nn.Linear(channels, classes)

    def forward(self, x):  # (N, 3, 32, 32)
        x = F.relu(self.bn1(self.conv1(x)))  # (N, 64, 32, 32)
        x = self.blocks(x)  # (N, 512, 4, 4)
        return self.fc(x.mean((2, 3)))  # (N, 10)


def make_model():
    return ResNet18()


def make_batches():
    return torch.utils.data.DataLoader(load(train=True), batch_size=BATCH_SIZE, shuffle=True)


def loss(model, batch):
    images, labels = batch
    return F.cross_entropy(model(F.pad(images, (2, 2, 2, 2), value=-0.4242).repeat(1, 3, 1, 1)), labels)


def make_optimizer(model):
    return torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)


# Rounding adds up over eighteen layers, each normalised anew; and among millions of values ahead of a ReLU some
# are 0 but for rounding: either side may get the gradient, which a parameter of its channel then sums up.
tolerance = {"rtol": 1e-3, "atol": 1e-3, "kinks": 1e-3}


def main(steps=20):
    torch.manual_seed(1)
    model = make_model()
    optimizer = make_optimizer(model)
    for step, batch in zip(range(1, steps + 1), make_batches(), strict=False):
        optimizer.zero_grad()
        value = loss(model, batch)
        value.backward()
        optimizer.step()
        print(f"step {step:2d}  loss {value.item():.4f}")


if __name__ == "__main__":
    main()
