"""The next letter of a text, by RNN, LSTM and GRU; then sequences of different lengths, packed."""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

torch.manual_seed(0)
if torch.cuda.is_available():
    torch.cuda.manual_seed_all(0)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
text = "a network reads one letter after the other, and keeps in its state what it has read. " * 4
letters = sorted(set(text))
ids = torch.tensor([letters.index(letter) for letter in text])
print(device, torch.cuda.device_count(), len(letters), ids[:20], ids.unique().numel())


class Speller(nn.Module):
    def __init__(self, kind, size, hidden=32, layers=2):
        super().__init__()
        self.register_buffer("one_hot", torch.eye(size))
        self.rnn = getattr(nn, kind)(size, hidden, num_layers=layers, batch_first=True, dropout=0.1)
        self.out = nn.Linear(hidden, size)

    def forward(self, x, state=None):
        states, state = self.rnn(self.one_hot[x], state)
        return self.out(states), state


def detached(state):
    return tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()


for kind in ("RNN", "LSTM", "GRU"):
    model = Speller(kind, len(letters)).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    state = None
    for step in range(6):
        starts = torch.randint(0, len(ids) - 33, (8,))
        x = torch.stack([ids[i : i + 32] for i in starts])
        y = torch.stack([ids[i + 1 : i + 33] for i in starts])
        logits, state = model(x.to(device), state)
        state = detached(state)
        loss = nn.CrossEntropyLoss()(logits.transpose(1, 2), y)
        optimizer.zero_grad()
        loss.backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        print(kind, step, f"loss {loss.item():.4f}, length {norm.item():.4f}")
    model.eval()
    with torch.no_grad():
        letter, state, spelled = ids[:1].view(1, 1), None, []
        for _ in range(15):
            logits, state = model(letter, state)
            letter = torch.multinomial(torch.softmax(logits[0, -1] / 0.8, -1), 1).view(1, 1)
            spelled.append(letters[letter.item()])
    print(repr("".join(spelled)))

sequences = [torch.randn(length, 4) for length in (5, 2, 7)]
lengths = torch.tensor([len(sequence) for sequence in sequences])
padded = pad_sequence(sequences, batch_first=True)
packed = pack_padded_sequence(padded, lengths, batch_first=True, enforce_sorted=False)
print(packed.batch_sizes, packed.sorted_indices, packed.data.shape)
states, (last, cell) = nn.LSTM(4, 3, bidirectional=True, batch_first=True)(packed)
unpacked, found = pad_packed_sequence(states, batch_first=True)
print(unpacked.shape, found, last.shape, cell.sum(), unpacked[1])

step, hidden = nn.GRUCell(4, 3), torch.zeros(3, 3)
for t in range(3):
    hidden = step(padded[:, t], hidden)
print(hidden)
mask = torch.arange(7)[None, :] < lengths[:, None]
print(mask, padded.masked_fill(~mask[..., None], float("-inf")).amax(1))
