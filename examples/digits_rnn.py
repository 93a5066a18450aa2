"""A recurrent network reads handwritten digits row by row.

This is a script for torch, like `digits_cnn.py` beside it, and keeps to the same protocol. Each image is a
sequence of 28 rows of 28 pixels; two layers of gated recurrent units read it, with dropout between them, and the
last state of the second says which digit it was.
"""

import torch
from digits_cnn import accuracy, load

nn = torch.nn
F = torch.nn.functional

BATCH_SIZE = 32


class DigitsGRU(nn.Module):
    """10 scores for each image: (N, 1, 28, 28) -> (N, 10)."""

    def __init__(self, hidden=64):
        super().__init__()
        self.gru = nn.GRU(28, hidden, num_layers=2, batch_first=True, dropout=0.2)
        self.out = nn.Linear(hidden, 10)

    def forward(self, x):  # (N, 1, 28, 28)
        _, state = self.gru(x.squeeze(1))  # (2, N, hidden)
        return self.out(state[-1])  # (N, 10)


def make_model():
    return DigitsGRU()


def make_batches():
    return torch.utils.data.DataLoader(load(train=True), batch_size=BATCH_SIZE, shuffle=True)


def loss(model, batch):
    images, labels = batch
    return F.cross_entropy(model(images), labels)


def make_optimizer(model):
    return torch.optim.Adam(model.parameters(), lr=4e-3)


def main():
    torch.manual_seed(1)
    model = make_model()
    optimizer = make_optimizer(model)
    for number, batch in enumerate(make_batches()):
        optimizer.zero_grad()
        value = loss(model, batch)
        value.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if number % 50 == 0:
            print(f"step {number:3d}  loss {value.item():.3f}")
    print(f"accuracy on the test images {accuracy(model):.1%}")


if __name__ == "__main__":
    main()
