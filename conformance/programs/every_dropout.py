"""A training run for `test_runs.py`, with every kind of dropout: of values and channels, of SELU networks, in
place, as a function, between recurrent layers, and the random slopes of RReLU.

It keeps to the protocol of `refnn diff`. Its data are 400 noisy sawtooth waves of three frequencies, drawn from
the seed with arithmetic that rounds alike everywhere.
"""

import torch
from torch.utils.data import DataLoader, TensorDataset, WeightedRandomSampler, random_split

nn = torch.nn
F = torch.nn.functional

BATCH_SIZE = 16


class Waves(nn.Module):
    """3 scores for each wave: (N, 1, 64) -> (N, 3)."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv1d(1, 8, 5, stride=2)
        self.dropout1 = nn.Dropout1d(0.1)
        self.conv2 = nn.Conv2d(8, 8, (1, 3))
        self.dropout2 = nn.Dropout2d(0.1)
        self.dropout3 = nn.Dropout3d(0.1)
        self.channels = nn.FeatureAlphaDropout(0.1)
        self.gru = nn.GRU(8, 12, num_layers=3, dropout=0.2, bidirectional=True)
        self.alpha = nn.AlphaDropout(0.1)
        self.hidden = nn.Linear(24, 16)
        self.leak = nn.RReLU()
        self.dropout = nn.Dropout(0.2, inplace=True)
        self.out = nn.Linear(16, 3)

    def forward(self, x):  # (N, 1, 64)
        x = self.dropout1(torch.tanh(self.conv1(x)))  # (N, 8, 30)
        x = self.dropout2(torch.tanh(self.conv2(x.unsqueeze(2))))  # (N, 8, 1, 28)
        x = self.dropout3(x.unsqueeze(2)).flatten(2)  # (N, 8, 28)
        x = self.channels(x)
        x, _ = self.gru(x.permute(2, 0, 1))  # (28, N, 24)
        x = self.alpha(x.mean(0))  # (N, 24)
        x = self.dropout(self.leak(self.hidden(x)))  # (N, 16)
        return self.out(F.dropout(x, 0.1, self.training))


def make_model():
    return Waves()


def make_batches():
    labels = torch.randint(0, 3, (400,))
    phase = torch.rand(400, 1)
    time = torch.arange(64) / 64
    waves = ((labels[:, None] + 1.0) * time + phase) % 1 + 0.1 * torch.randn(400, 64)
    train, _ = random_split(TensorDataset(waves.unsqueeze(1), labels), [0.9, 0.1])
    sampler = WeightedRandomSampler(torch.rand(len(train)) + 0.5, 4000)
    return DataLoader(train, BATCH_SIZE, sampler=sampler)


def loss(model, batch):
    x, labels = batch
    return F.cross_entropy(model(x), labels)


def make_optimizer(model):
    return torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
