"""nn.utils: clipping, and parameters as one vector."""

from conformance.programs import program


def parameters(torch, *grads, dtype=None):
    made = []
    for grad in grads:
        p = torch.nn.Parameter(torch.zeros(len(grad), dtype=dtype))
        p.grad = torch.tensor(grad, dtype=dtype)
        made.append(p)
    return made


@program
def clip_norm(torch, show):
    clip = torch.nn.utils.clip_grad_norm_
    for order in (2, 1, 0, 3.5, -1, float("inf"), -float("inf"), "inf"):
        for limit in (1, 5.0, 100, 0, -1):
            ps = parameters(torch, [3.0, 4.0], [-1.0, 2.5])
            show(order, limit, clip(ps, limit, order), [p.grad for p in ps])


@program
def clip_norm_at_the_limit(torch, show):
    ps = parameters(torch, [3.0, 4.0])
    show(torch.nn.utils.clip_grad_norm_(ps, 5), ps[0].grad.tolist())
    ps = parameters(torch, [3.0, 4.0])
    show(torch.nn.utils.clip_grad_norm_(iter(ps), 1.0), ps[0].grad.tolist(), ps[0].grad._version)


@program
def clip_norm_corners(torch, show):
    clip = torch.nn.utils.clip_grad_norm_
    show(clip([], 1), clip(torch.nn.Parameter(torch.ones(1)), 1), clip(parameters(torch, [2.0])[0], 1))
    show(clip((p for p in []), 1))
    for bad in (float("nan"), float("inf")):
        ps = parameters(torch, [bad, 1.0])
        show(clip(ps, 1), ps[0].grad)
        ps = parameters(torch, [bad, 1.0])
        show.raises(clip, ps, 1, error_if_nonfinite=True)
        show(ps[0].grad)
    show.raises(clip, parameters(torch, [1.0]), "a")
    show.raises(clip, parameters(torch, [1.0]), 1, "x")
    show.raises(clip, 3, 1)
    show.raises(clip, [3], 1)
    ps = parameters(torch, [3.0]) + parameters(torch, [4.0], dtype=torch.float64)
    show(clip(ps, 1), [p.grad for p in ps])
    for foreach in (True, False):
        ps = parameters(torch, [3.0, 4.0])
        show(clip(ps, 1, foreach=foreach), ps[0].grad)


@program
def deprecated_clip(torch, show):
    show(torch.nn.utils.clip_grad_norm(parameters(torch, [3.0, 4.0]), 1))


@program
def total_norm(torch, show):
    norm = torch.nn.utils.get_total_norm
    show(norm([torch.tensor([3.0, 4.0])]), norm(torch.tensor([3.0, 4.0])), norm([]))
    show(norm([torch.tensor([3.0]), torch.tensor([4.0], dtype=torch.float64)]))
    show(norm([torch.tensor([0.0, 4.0])], -1.0), norm([torch.tensor([])], 2), norm([torch.tensor(2.0)], 3))
    show.raises(norm, [torch.tensor([3, 4])])
    show.raises(norm, [torch.tensor([])], float("inf"))
    show.raises(norm, [torch.tensor([])], -1)


@program
def clip_with_norm(torch, show):
    ps = parameters(torch, [3.0, 4.0])
    show(torch.nn.utils.clip_grads_with_norm_(ps, 1, torch.tensor(10.0)), ps[0].grad)


@program
def clip_value(torch, show):
    clip = torch.nn.utils.clip_grad_value_
    for limit in (1, 2.5, 0.25, -1, float("inf")):
        ps = parameters(torch, [3.0, -4.0, float("nan"), float("inf")], [0.5])
        show(clip(ps, limit), [p.grad for p in ps])
    p = parameters(torch, [3.0])[0]
    show(clip(p, 1), p.grad)
    show.raises(clip, p, "a")


@program
def vectors(torch, show):
    u = torch.nn.utils
    m = torch.nn.Linear(2, 2)
    for p in m.parameters():
        torch.nn.init.ones_(p)
    vec = u.parameters_to_vector(m.parameters())
    show(vec, vec.grad_fn is not None)
    new = torch.arange(6.0)
    show(u.vector_to_parameters(new, m.parameters()), m.weight, m.bias, m.weight.is_leaf)
    new.add_(1)
    show(m.weight)
    show.raises(u.vector_to_parameters, [1], m.parameters())
    show.raises(u.vector_to_parameters, torch.ones(5), m.parameters())
    show.raises(u.parameters_to_vector, [])


@program
def clip_norms_of_mixed_dtypes(torch, show):
    f16, b16, f32, f64, c64 = torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.complex64
    for dtypes in ((f16,), (b16,), (f64, f32), (c64,), (c64, f32)):
        for order in (2, 0, float("inf"), -float("inf"), 3, 0.5, -1):
            for foreach in (None, True, False):
                made = [parameters(torch, [k - 1.5, k - 0.5, k + 0.5], dtype=d)[0] for k, d in enumerate(dtypes)]
                show(order, torch.nn.utils.clip_grad_norm_(made, 1.0, order, foreach=foreach), [p.grad for p in made])
        if c64 not in dtypes:
            torch.nn.utils.clip_grad_value_(made, 0.7)
            show([p.grad for p in made])
    total = torch.nn.utils.get_total_norm
    for dtypes in ((b16, f16), (f16, b16, f64), (f16, f32)):
        show(total([torch.ones(3, dtype=d) for d in dtypes]))
    show(total([]), total(torch.ones(3)))
