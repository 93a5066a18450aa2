"""Arguments under NumPy's names: torch's parser takes `axis` for dim, `keepdims` for keepdim, x and x2 for tensors."""

from conformance.programs import program

CALLS = """
torch.cumprod(x, axis=0)
torch.max(x, axis=1)
torch.max(x, axis=1, keepdims=True)
torch.cat([x, x], axis=1)
torch.stack([x, x], axis=-1)
torch.softmax(x, axis=-1)
torch.std(x, axis=0, keepdims=True)
torch.logsumexp(x, axis=(0, 1))
torch.gather(x, axis=0, index=i)
torch.diff(x, axis=0)
torch.sum(x, axis=None)
torch.mean(a=x, axis=0)
torch.exp(x=x)
torch.maximum(x1=x, x2=x)
torch.zeros_like(a=x)
torch.allclose(x1=x, x2=x)
x.sum(axis=1)
x.sum(axis=(0, 1), keepdims=True, dtype=torch.float64)
x.mean(axis=0)
x.argmax(axis=1)
x.all(axis=0, keepdims=True)
x.sort(axis=1)
x.unsqueeze(axis=0)
x.topk(1, axis=0)
x.repeat_interleave(2, axis=0)
x.clone().scatter_(axis=0, index=i, src=x + 1)
x.add(x2=1)
x.sum(0, axis=1)
torch.sum(x, dim=0, axis=0)
torch.sum(x, axis=0, foo=1)
torch.sum(x, axis="a")
torch.sum(x, axis=5)
torch.max(x, axis=1, keepdims=2)
torch.cat([x, x[0]], axis=0)
torch.flip(x, axis=0)
torch.nn.functional.softmax(x, axis=1)
torch.matmul(a=x, b=x)
torch.is_tensor(x=x)
"""


@program
def functions_and_methods(torch, show):
    x, i = torch.arange(6.0).reshape(2, 3), torch.zeros(1, 3, dtype=torch.int64)
    for call in CALLS.strip().splitlines():
        show.raises(eval, call, {"torch": torch, "x": x, "i": i})


@program
def gradients(torch, show):
    x = torch.arange(6.0).reshape(2, 3).requires_grad_()
    x.square().sum(axis=0).prod(axis=0).backward()
    show(x.grad)
