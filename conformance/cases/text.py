"""What tensors and what surrounds them print, as expressions of `torch`."""

from conformance.harness.scripts import Script

EXPRESSIONS = """
torch.tensor(3.0)
torch.tensor(3)
torch.tensor(True)
torch.tensor(1.5, dtype=torch.float64)
torch.tensor(float('nan'))
torch.tensor(1 + 2j)
torch.tensor([])
torch.tensor([], dtype=torch.int64)
torch.zeros(0, 3)
torch.zeros(2, 0, 3)
torch.tensor([1, 2, 3])
torch.tensor([1, -20, 300])
torch.tensor([True, False])
torch.tensor([1.0, 2.0, 3.0])
torch.tensor([1.0, 2.5, -3.25])
torch.tensor([0.1, 0.123456789, 10.0])
torch.tensor([1e-5, 1.0])
torch.tensor([1e-5, 2e-5])
torch.tensor([1e10, 1.0])
torch.tensor([1e8, 2e8])
torch.tensor([123456.0, 0.5])
torch.tensor([99999999.0])
torch.tensor([1e-38, 1e38])
torch.tensor([1000.0, 1.0001])
torch.tensor([float('nan'), 1.0])
torch.tensor([float('inf'), -float('inf'), 1.5])
torch.tensor([float('nan'), float('inf')])
torch.tensor([-0.0, 0.0])
torch.tensor([1.0, 2.0], dtype=torch.float64)
torch.tensor([1.0, 2.0], dtype=torch.float16)
torch.tensor([1.0, 2.5], dtype=torch.bfloat16)
torch.tensor([1, 2], dtype=torch.uint8)
torch.tensor([1, 2], dtype=torch.int32)
torch.tensor([1 + 2j, 3.5 - 4j])
torch.tensor([1 + 2j], dtype=torch.complex128)
torch.arange(6).reshape(2, 3)
torch.arange(24.0).reshape(2, 3, 4)
torch.arange(16.0).reshape(1, 2, 2, 2, 2)
torch.arange(1000)
torch.arange(1001)
torch.arange(1001.0)
torch.arange(2000.0).reshape(40, 50)
torch.arange(8000).reshape(20, 20, 20)
torch.ones(3, 400)
torch.arange(30.0)
torch.arange(100.0).reshape(5, 20) / 7
torch.arange(12.0).reshape(3, 4).t()
torch.arange(12.0)[::3]
torch.ones(2).expand(3, 2)
torch.ones(2).requires_grad_()
torch.ones(2, dtype=torch.float64).requires_grad_()
torch.ones(2).requires_grad_() + 1
torch.ones(2).requires_grad_() * 2
(torch.ones(2).requires_grad_() * 2).sum()
torch.ones(2, 2).requires_grad_() @ torch.ones(2, 2)
torch.ones(2, 2).requires_grad_().t()
torch.ones(2, 2).requires_grad_()[0]
torch.ones(2, 2).requires_grad_().mean()
torch.ones(2).requires_grad_().exp()
torch.ones(2).requires_grad_().detach()
torch.nn.functional.relu(torch.ones(2).requires_grad_())
torch.nn.functional.softmax(torch.ones(2).requires_grad_(), dim=0)
torch.nn.functional.linear(torch.ones(2, 3), torch.ones(1, 3).requires_grad_())
torch.nn.functional.linear(torch.ones(2, 3), torch.ones(1, 3).requires_grad_(), torch.ones(1))
torch.nn.functional.conv2d(torch.ones(1, 1, 2, 2), torch.ones(1, 1, 2, 2).requires_grad_())
torch.nn.functional.max_pool2d(torch.ones(1, 1, 2, 2).requires_grad_(), 2)
torch.nn.functional.avg_pool2d(torch.ones(1, 1, 2, 2).requires_grad_(), 2)
torch.nn.functional.mse_loss(torch.ones(2).requires_grad_(), torch.zeros(2))
torch.nn.functional.l1_loss(torch.ones(2).requires_grad_(), torch.zeros(2))
torch.nn.functional.binary_cross_entropy(torch.full((2,), 0.5).requires_grad_(), torch.zeros(2))
torch.nn.functional.binary_cross_entropy_with_logits(torch.ones(2).requires_grad_(), torch.zeros(2))
torch.nn.functional.cross_entropy(torch.ones(2, 3).requires_grad_(), torch.tensor([0, 1]))
torch.nn.functional.nll_loss(torch.ones(2, 3).requires_grad_(), torch.tensor([0, 1]))
torch.nn.functional.dropout(torch.ones(2).requires_grad_(), 0.0)
torch.nn.functional.leaky_relu(torch.ones(2).requires_grad_())
torch.nn.Parameter(torch.ones(2))
torch.nn.Parameter(torch.ones(2), requires_grad=False)
torch.nn.ParameterList([torch.nn.Parameter(torch.ones(2))])
torch.nn.ParameterDict({'a': torch.nn.Parameter(torch.ones(2))})
torch.zeros(2).shape
torch.float32
torch.zeros(2).device
torch.strided
torch.channels_last
torch.zeros(3).max(0)
torch.zeros(2).grad
torch.finfo(torch.float32)
torch.iinfo(torch.int64)
str(torch.tensor([1.5]))
format(torch.tensor(1.5), '.3f')
f'{torch.tensor([1.5])}'
torch.tensor([1.5]).tolist()
torch.nn.Conv2d(2, 4, 3, dilation=(1,))
torch.nn.Conv1d(2, 4, (1, 2))
torch.nn.ConvTranspose2d(2, 4, (1,))
torch.nn.BatchNorm1d((1, 2))
torch.nn.EmbeddingBag(4, 3, max_norm='a', norm_type=True, scale_grad_by_freq='b', padding_idx=-1)
torch.nn.LSTM(3, 2, num_layers=True, bidirectional=0)
torch.nn.Linear(True, 2)
""".strip().splitlines()


def _text(expression: str):
    def code(torch):
        return repr(eval(expression, {"torch": torch}))

    return code


TEXT = [Script("repr", expression, expression, (), _text(expression)) for expression in EXPRESSIONS]
