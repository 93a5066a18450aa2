"""Digits, read by a multi-layer perceptron: splits, loaders, parameter groups, a schedule, clipping."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import nn, optim
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset, random_split

DATA = Path(__file__).resolve().parents[3] / "examples" / "data" / "mnist10k.npz"

torch.manual_seed(42)
with np.load(DATA) as file:
    images = torch.from_numpy(file["images"][:600].astype(np.float32) / 255).reshape(600, -1)
    labels = torch.as_tensor(file["labels"][:600]).long()
print(images.shape, images.dtype, images.mean(), images.std(), labels[:10], labels.bincount())

train, test = random_split(TensorDataset(images, labels), [500, 100], generator=torch.Generator().manual_seed(7))
loader = DataLoader(train, batch_size=32, shuffle=True, drop_last=True)
print(len(train), len(test), len(loader), train.indices[:5])


class MLP(nn.Module):
    def __init__(self, sizes, p=0.2):
        super().__init__()
        layers = []
        for inputs, outputs in pairwise(sizes[:-1]):
            layers += [nn.Linear(inputs, outputs), nn.LeakyReLU(0.1), nn.Dropout(p)]
        self.body = nn.Sequential(*layers, nn.Linear(*sizes[-2:]))
        self.apply(self._start)

    @staticmethod
    def _start(module):
        if isinstance(module, nn.Linear):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            nn.init.zeros_(module.bias)

    def forward(self, x):
        return self.body(x)


model = MLP([784, 64, 32, 10])
print(model)
print(sum(p.numel() for p in model.parameters()), "parameters")

decayed = [p for p in model.parameters() if p.ndim > 1]
others = [p for p in model.parameters() if p.ndim <= 1]
groups = [{"params": decayed, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0, "lr": 2e-3}]
optimizer = optim.AdamW(groups, lr=1e-3)
schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=30)
print(optimizer)

for epoch in range(2):
    model.train()
    total = 0.0
    for step, (x, y) in enumerate(loader):
        optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(model(x), y, label_smoothing=0.1)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        total += loss.item() * x.size(0)
        if step == 0:
            print(loss, norm)
    print(f"epoch {epoch}: loss {total / 480:.4f}, rates {schedule.get_last_lr()}")

model.eval()
with torch.no_grad():
    logits = torch.cat([model(x) for x, _ in DataLoader(test, batch_size=50)])
target = torch.tensor([int(test[i][1]) for i in range(len(test))])
guesses = logits.argmax(dim=1)
best = logits.softmax(dim=-1).topk(3, dim=-1)
print("right:", (guesses == target).float().mean().item(), "among the first three:",
      (best.indices == target[:, None]).any(1).float().mean())  # fmt: skip
print(best.values[:3], best.indices[:3])
confusion = torch.zeros(10, 10, dtype=torch.int64)
for truth, guess in zip(target, guesses, strict=True):
    confusion[truth, guess] += 1
print(confusion, confusion.diag().sum(), confusion.sum(0, keepdim=True))
