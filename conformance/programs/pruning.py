"""torch.nn.utils.prune: masks, hooks, composition, removal, errors."""

import copy
import importlib
import pickle

from conformance.programs import program, scene


def prune_of(torch):
    return importlib.import_module(f"{torch.__name__}.nn.utils.prune")


def layer(torch):
    m = torch.nn.Conv1d(2, 3, 2)
    with torch.no_grad():
        m.weight.copy_(torch.tensor([3.0, -1, 4, -1.5, 5, -9, 2, 6, -5.5, 3.5, 8, -0.5]).reshape(3, 2, 2))
        m.bias.copy_(torch.tensor([0.5, -0.25, 0.125]))
    return m


def shown(m):
    return m.weight_mask, m.weight, list(m.state_dict()), [type(h).__name__ for h in m._forward_pre_hooks.values()]


@program
def each_function(torch, show):
    p = prune_of(torch)
    calls = [
        lambda m: p.identity(m, "weight"),
        lambda m: p.random_unstructured(m, "weight", 0.3),
        lambda m: p.random_unstructured(m, name="weight", amount=5),
        lambda m: p.l1_unstructured(m, "weight", 0.25),
        lambda m: p.l1_unstructured(m, "weight", 4, importance_scores=m.weight.detach() * -1 + 20),
        lambda m: p.random_structured(m, "weight", 0.5, 0),
        lambda m: p.random_structured(m, "weight", 1, dim=-1),
        lambda m: p.ln_structured(m, "weight", 0.5, n=2, dim=1),
        lambda m: p.ln_structured(m, "weight", 1, n=1, dim=-3),
        lambda m: p.ln_structured(m, "weight", 2, n=float("inf"), dim=0),
        lambda m: p.ln_structured(m, "weight", 1, n="fro", dim=0),
        lambda m: p.ln_structured(m, "weight", 1, n=-float("inf"), dim=2, importance_scores=m.weight.detach() ** 2),
        lambda m: p.custom_from_mask(m, "weight", torch.tensor([1, 0] * 6).reshape(3, 2, 2)),
    ]
    for call in calls:
        m = layer(torch)
        weight = m.weight
        show(call(m) is m, shown(m), m, torch.rand(1))
        show(m.weight_orig is weight, type(m.weight).__name__, type(m.weight_mask).__name__, m.weight_mask.dtype)
        show(m.weight.grad_fn is not None, p.is_pruned(m), p.is_pruned(torch.nn.Sequential(m)))
        m(torch.ones(1, 2, 3)).sum().backward()
        show(m.weight_orig.grad)
        with torch.no_grad():
            m.weight_orig.add_(1)
        m(torch.ones(1, 2, 3))
        show(m.weight)
        show(p.remove(m, "weight") is m, m.weight, list(m.state_dict()), m.weight is weight, p.is_pruned(m))


@program
def one_after_the_other(torch, show):
    p, m = prune_of(torch), layer(torch)
    p.l1_unstructured(m, "weight", 2)
    p.random_unstructured(m, "weight", 0.2)
    show(shown(m))
    p.ln_structured(m, "weight", 1, n=2, dim=0)
    show(shown(m))
    p.ln_structured(m, "weight", 0.5, n=2, dim=0)
    show(shown(m))
    p.random_structured(m, "weight", 1, dim=-1)
    show(shown(m))
    p.custom_from_mask(m, "weight", torch.ones(3, 2, 2))
    p.identity(m, "weight")
    show(shown(m))
    container = next(iter(m._forward_pre_hooks.values()))
    show(len(container), [type(x).__name__ for x in container], type(container[0]).__name__, container._tensor_name)
    p.l1_unstructured(m, "bias", 1)
    show(m.bias, len(m._forward_pre_hooks))
    p.remove(m, "weight")
    show(list(m.state_dict()))
    p.remove(m, "bias")
    show(list(m.state_dict()), m.bias)


@program
def amounts(torch, show):
    p = prune_of(torch)
    for amount in (0, 0.0, 1.0, 12, 0.04, 0.125):
        show(shown(p.l1_unstructured(layer(torch), "weight", amount)))
    for amount in (0, 0.0, 0.5, 2, 3, 0.1, 1.0):
        show(shown(p.ln_structured(layer(torch), "weight", amount, 2, 0)))
    for amount in (0, 0.5, 2, 3):
        show(shown(p.random_structured(layer(torch), "weight", amount, 0)))


@program
def wrong_calls(torch, show):
    p, m = prune_of(torch), layer(torch)
    for wrong in (-1, 1.5, -0.1, "0.5", None, float("nan"), float("inf"), torch.tensor(1)):
        show.raises(p.L1Unstructured, wrong)
        show.raises(p.random_structured, m, "weight", wrong, 0)
    show.raises(p.l1_unstructured, m, "weight", 13)
    with scene(lambda name, text: show(name)):
        p.l1_unstructured(m, "weight", True)
    show.raises(p.random_unstructured, m, "weight", 13)
    show.raises(p.random_structured, m, "weight", 4, 0)
    show.raises(p.ln_structured, m, "weight", 4, 2, 0)
    show.raises(p.ln_structured, m, "bias", 1, 2, 0)
    show.raises(p.random_structured, m, "bias", 1, 0)
    show.raises(p.ln_structured, m, "weight", 1, 2, 3)
    show.raises(p.ln_structured, m, "weight", 1, 2, -4)
    show.raises(p.custom_from_mask, m, "weight", torch.ones(2))
    show.raises(p.l1_unstructured, m, "weight", 1, torch.ones(2))
    show.raises(p.l1_unstructured, m, "nothing", 1)
    show.raises(p.remove, m, "weight")
    show.raises(p.remove, torch.nn.Linear(1, 1), "nothing")
    show.raises(p.BasePruningMethod)
    show(list(m.state_dict()), m._forward_pre_hooks, p.is_pruned(m), type(m.weight).__name__)
    p.l1_unstructured(m, "weight", 6)
    show.raises(p.l1_unstructured, m, "weight", 7)
    show(list(m.state_dict()), len(m._forward_pre_hooks))


@program
def containers(torch, show):
    p = prune_of(torch)
    a, b = p.L1Unstructured(1), p.Identity()
    a._tensor_name, b._tensor_name = "weight", "bias"
    c = p.PruningContainer(a)
    with scene(show):
        c.add_pruning_method(3)
    try:
        c.add_pruning_method(b)
    except ValueError as error:
        show(str(error).split("PruningContainer")[0], str(error).split(">")[-1])
    c.add_pruning_method(None)
    show(len(c), list(c)[1])
    show.raises(p.PruningContainer, a, a)
    show.raises(p.PruningContainer, 3)
    show(len(p.PruningContainer()))
    x = torch.tensor([[1.0, -2.0], [3.0, 0.5]])
    show(p.PruningContainer(a).compute_mask(x, torch.tensor([[1.0, 1.0], [1.0, 0.0]])))
    odd = type(
        "Odd", (p.BasePruningMethod,), {"PRUNING_TYPE": "odd", "compute_mask": lambda self, t, default_mask: t}
    )()
    odd._tensor_name = "weight"
    with scene(show):
        p.PruningContainer(odd).compute_mask(x, x)
    odd.PRUNING_TYPE = "structured"
    with scene(show):
        p.PruningContainer(odd).compute_mask(x, x)
    odd.dim = -3
    with scene(show):
        p.PruningContainer(odd).compute_mask(x, x)
    m = layer(torch)
    m.register_forward_pre_hook(a)
    m.register_forward_pre_hook(copy.copy(a))
    show.raises(p.identity, m, "weight")


@program
def prune_of_a_tensor(torch, show):
    p = prune_of(torch)
    x = torch.tensor([[1.0, -2.0], [3.0, 0.5]])
    show(p.L1Unstructured(2).prune(x), p.L1Unstructured(2).prune(x, importance_scores=-x.abs()))
    show(p.L1Unstructured(1).prune(x, default_mask=torch.tensor([[0.0, 1.0], [1.0, 1.0]])))
    show(p.LnStructured(1, 2).prune(x), p.LnStructured(0.5, n=1, dim=0).prune(x), p.RandomStructured(1).prune(x))
    show(p.RandomUnstructured(0.5).prune(x.double()), p.Identity().prune(x), p.CustomFromMask(x > 0).prune(x))
    with scene(show):
        p.Identity().prune(x, importance_scores=x[0])
    show(p.RandomUnstructured.PRUNING_TYPE, p.LnStructured.PRUNING_TYPE, p.CustomFromMask.PRUNING_TYPE)


@program
def globally(torch, show):
    p = prune_of(torch)
    a, b = layer(torch), torch.nn.Linear(2, 2)
    pairs = [(a, "weight"), (b, "weight"), (b, "bias")]
    show(p.global_unstructured(pairs, pruning_method=p.L1Unstructured, amount=0.3))
    show(a.weight_mask, b.weight_mask, b.bias_mask, list(b.state_dict()))
    p.global_unstructured(pairs, p.RandomUnstructured, amount=3)
    show(a.weight_mask, b.weight_mask, b.bias_mask, [type(h).__name__ for h in b._forward_pre_hooks.values()])
    scores = {(a, "weight"): torch.arange(12.0).reshape(3, 2, 2)}
    p.global_unstructured(tuple(pairs), p.L1Unstructured, importance_scores=scores, amount=2)
    show(a.weight_mask, b.weight_mask, b.bias_mask)
    show.raises(p.global_unstructured, 3, p.L1Unstructured, amount=1)
    show.raises(p.global_unstructured, pairs, p.L1Unstructured, importance_scores=[1], amount=1)
    show.raises(p.global_unstructured, pairs, p.L1Unstructured, amount=100)
    with scene(show):
        p.global_unstructured(pairs, p.LnStructured, amount=1, n=1)


@program
def methods_of_ones_own(torch, show):
    p = prune_of(torch)

    class EveryOther(p.BasePruningMethod):
        PRUNING_TYPE = "unstructured"

        def __init__(self, start=0):
            self.start = start

        def compute_mask(self, t, default_mask):
            mask = default_mask.clone()
            mask.view(-1)[self.start :: 2] = 0
            return mask

    m = layer(torch)
    method = EveryOther.apply(m, "weight", start=1)
    show(type(method).__name__, shown(m))
    EveryOther.apply(m, "weight", 0)
    show(shown(m)[:2])
    show.raises(EveryOther.apply, m, "weight", 1, 2)

    class Broken(EveryOther):
        def compute_mask(self, t, default_mask):
            raise KeyError("broken")

    n = layer(torch)
    weight = n.weight
    show.raises(Broken.apply, n, "weight")
    show(list(n.state_dict()), n.weight is weight, n._forward_pre_hooks)


@program
def copies_and_states(torch, show):
    p, m = prune_of(torch), layer(torch)
    p.l1_unstructured(m, "weight", 0.5)
    show.raises(copy.deepcopy, m)
    with torch.no_grad():
        m(torch.ones(1, 2, 3))
    c = copy.deepcopy(m)
    show(shown(c), p.is_pruned(c))
    d = pickle.loads(pickle.dumps(m))
    show(shown(d))
    other = p.identity(layer(torch), "weight")
    show(other.load_state_dict(m.state_dict()))
    other(torch.ones(1, 2, 3))
    show(other.weight)
    r = p.l1_unstructured(torch.nn.RNN(2, 2), "weight_ih_l0", 0.5)
    show(sorted(r.state_dict()), r.weight_ih_l0 == 0)
