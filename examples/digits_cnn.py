"""A convolutional network learns handwritten digits.

This is a script for torch. It knows nothing of refnn: `refnn diff examples/digits_cnn.py` runs it twice,
once with torch and once with refnn standing in for it, and `examples/demo.py` trains it to the end both ways.
With `import refnn as torch` in its one import of torch, it runs on NumPy alone.

The network is the one of PyTorch's introductory digits example: two convolutions, max pooling, and two
linear layers, with dropout before each of the latter. The data is described in `examples/data/README.md`.
"""

from pathlib import Path

import numpy as np
import torch

nn = torch.nn
F = torch.nn.functional

DATA = Path(__file__).parent / "data" / "mnist10k.npz"
TRAIN_SIZE = 8000
BATCH_SIZE = 32


class DigitsCNN(nn.Module):
    """10 log-probabilities for each image: (N, 1, 28, 28) -> (N, 10)."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, kernel_size=3)
        self.conv2 = nn.Conv2d(32, 64, kernel_size=3)
        self.pool = nn.MaxPool2d(2)
        self.dropout1 = nn.Dropout(0.25)
        self.fc1 = nn.Linear(64 * 12 * 12, 128)
        self.dropout2 = nn.Dropout(0.5)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x):  # (N, 1, 28, 28)
        x = F.relu(self.conv1(x))  # (N, 32, 26, 26)
        x = F.relu(self.conv2(x))  # (N, 64, 24, 24)
        x = self.dropout1(self.pool(x))  # (N, 64, 12, 12)
        x = torch.flatten(x, 1)  # (N, 9216)
        x = self.dropout2(F.relu(self.fc1(x)))  # (N, 128)
        return F.log_softmax(self.fc2(x), dim=1)  # (N, 10)


def load(train):
    """The images, scaled to mean 0 and deviation 1, and their labels: 8,000 to train, 2,000 to test."""
    part = slice(0, TRAIN_SIZE) if train else slice(TRAIN_SIZE, None)
    with np.load(DATA) as data:
        images = data["images"][part].astype(np.float32)[:, None] / 255
        labels = data["labels"][part].astype(np.int64)
    return torch.utils.data.TensorDataset(torch.from_numpy((images - 0.1307) / 0.3081), torch.from_numpy(labels))


# What `refnn diff` asks of a script: a model, batches, a loss and, if it is to take steps, an optimizer.


def make_model():
    return DigitsCNN()


def make_batches():
    return torch.utils.data.DataLoader(load(train=True), batch_size=BATCH_SIZE, shuffle=True)


def loss(model, batch):
    images, labels = batch
    return F.nll_loss(model(images), labels)


def make_optimizer(model):
    # Where a gradient is near 0, Adam with a small eps takes its rounding error for a direction.
    return torch.optim.Adam(model.parameters(), lr=1.5e-3, betas=(0.9, 0.99), eps=1e-5)


# Of a million values ahead of max pooling, a few are equal but for rounding: either may get the gradient.
tolerance = {"kinks": 1e-3}


# The training run.


def train(model, batches, optimizer, report=lambda loss, right: None):
    """One epoch, the last third of it at a fifth of the learning rate.

    `report` is given each batch's loss and the share of its images that were read rightly.
    """
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=170, gamma=0.2)
    model.train()
    for images, labels in batches:
        optimizer.zero_grad()
        output = model(images)
        value = F.nll_loss(output, labels)
        value.backward()
        optimizer.step()
        scheduler.step()
        report(value.item(), (output.argmax(dim=1) == labels).float().mean().item())


def accuracy(model, batch_size=500):
    """The share of the test images that the model reads rightly."""
    model.eval()
    right = total = 0
    with torch.no_grad():
        for images, labels in torch.utils.data.DataLoader(load(train=False), batch_size=batch_size):
            right += (model(images).argmax(dim=1) == labels).sum().item()
            total += len(labels)
    return right / total


def main():
    torch.manual_seed(1)
    model = make_model()
    losses = []
    train(model, make_batches(), make_optimizer(model), lambda loss, right: losses.append(loss))
    print(f"loss {losses[0]:.3f} -> {losses[-1]:.3f}, accuracy on the test images {accuracy(model):.1%}")


if __name__ == "__main__":
    main()
