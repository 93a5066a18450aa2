"""Data of one's own, samplers and batches of different lengths; weights and steps saved, carried and resumed."""

import io
import pickle

import numpy as np
import torch
from torch import nn
from torch.utils import data

torch.manual_seed(5)


class Words(data.Dataset):
    words = ["the", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog", "while", "it", "rains"]

    def __len__(self):
        return len(self.words)

    def __getitem__(self, index):
        word = self.words[index]
        return {"ids": torch.tensor([ord(letter) - 97 for letter in word]), "length": len(word), "text": word}


class Count(data.IterableDataset):
    def __iter__(self):
        return iter(range(5))


def collate(batch):
    ids = torch.full((len(batch), max(item["length"] for item in batch)), -1)
    for row, item in enumerate(batch):
        ids[row, : item["length"]] = item["ids"]
    return ids, torch.tensor([item["length"] for item in batch]), [item["text"] for item in batch]


def attempt(function):
    try:
        print("no error:", function())
    except Exception as error:
        print(f"{type(error).__name__}: {error}")


def lists(loader):
    return [batch.tolist() for batch in loader]


for ids, lengths, texts in data.DataLoader(Words(), batch_size=4, shuffle=True, collate_fn=collate):
    print(ids, lengths, texts)
shuffled = data.DataLoader(range(10), batch_size=3, shuffle=True, generator=torch.Generator().manual_seed(3))
print(len(shuffled), lists(shuffled), lists(shuffled))
weighted = data.WeightedRandomSampler([1.0, 2, 3, 0, 0, 0, 9, 1, 1, 1], 8)
print(lists(data.DataLoader(range(10), sampler=weighted, batch_size=4)))
print(lists(data.DataLoader(range(10), sampler=data.SubsetRandomSampler([1, 4, 6]), batch_size=2)))
batches = data.BatchSampler(data.SequentialSampler(range(7)), 3, False)
print(lists(data.DataLoader(range(7), batch_sampler=batches)), list(data.DataLoader(Count(), batch_size=2)))
print(data.default_collate([{"a": 1, "b": (1.5, "x")}, {"a": 2, "b": (2.5, "y")}]))
both = data.ConcatDataset([Words(), data.Subset(Words(), [0, 1])])
print(len(both), both[-1]["text"], [list(part) for part in data.random_split(range(10), [0.75, 0.25])])
attempt(lambda: next(iter(data.DataLoader(Words(), batch_size=3))))
attempt(lambda: len(data.DataLoader(Count())))
attempt(lambda: data.DataLoader(Words(), batch_size=0))


def fresh():
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
    groups = [{"params": model[0].parameters()}, {"params": model[2].parameters(), "lr": 0.02}]
    optimizer = torch.optim.SGD(groups, lr=0.01, momentum=0.9)
    return model, optimizer, torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)


x = torch.randn(16, 4)
y = x @ torch.tensor([[1.0], [-2.0], [0.5], [3.0]]) + 0.1 * torch.randn(16, 1)


def steps(count, model, optimizer, schedule):
    for _ in range(count):
        model.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        schedule.step()
        print(f"{loss.item():.4f}", [group["lr"] for group in optimizer.param_groups])


run = fresh()
steps(3, *run)
saved = pickle.dumps([part.state_dict() for part in run])
resumed = fresh()
for part, state in zip(resumed, pickle.loads(saved), strict=True):
    print(part.load_state_dict(state))
steps(2, *run)
steps(2, *resumed)
print(torch.equal(run[0][0].weight, resumed[0][0].weight), run[1].state_dict()["param_groups"])

file = io.BytesIO()
np.savez(file, **{name: value.numpy() for name, value in run[0].state_dict().items()})
file.seek(0)
arrays = np.load(file)
other = fresh()[0]
print(other.load_state_dict({name: torch.from_numpy(arrays[name]) for name in arrays.files}), other[2].weight)
attempt(lambda: other.load_state_dict({"0.weight": torch.ones(2, 2)}))

a = torch.arange(24.0).view(2, 3, 4)
b = a.clone()
b[:, 1] = -1
b[b > 15] *= 2
b[0, 0, :2] += torch.tensor([10.0, 20.0])
b.view(-1)[::5] = 0
print(b, b.stride(), b.transpose(0, 2).stride(), a[..., -1], a[0, [0, 2]], a[torch.tensor([1, 0]), :, 1])
table = torch.zeros(5, 3).scatter_(0, torch.tensor([[0, 1, 2], [2, 0, 0]]), torch.ones(2, 3))
table.index_add_(0, torch.tensor([0, 0]), torch.ones(2, 3))
print(table, table.nonzero(), table.gather(1, torch.tensor([[0], [1], [2], [0], [1]])))
shared = np.ones(3, np.float32)
torch.from_numpy(shared).add_(1)
print(shared, f"{torch.tensor(3.14159):.2f}", [*torch.arange(3)], torch.tensor([1, 2.5], dtype=torch.float16) * 3)
for wrong in (lambda: a @ a, lambda: a.view(5, 5), lambda: a + torch.ones(5), lambda: a[3], lambda: a.sum(5)):
    attempt(wrong)
