"""One AdamW step of a one-output sequence classifier, mean squared error, rows padded to the right."""
from side import SIZES, adamw, options, reward_model, serve

size, mode = options()
import torch

batch, length = 8, 128
model = reward_model(size).train()
optimiser = adamw([model], 1e-5, 1e-3)
forward = torch.compile(model) if mode == "compile" else model
draw = torch.Generator().manual_seed(0)
ids = torch.randint(4, SIZES[size]["vocab_size"], (batch, length), generator=draw)
mask = torch.ones_like(ids)
for row in range(batch):
    real = int(length * (0.5 + 0.5 * (row + 1) / batch))
    ids[row, real:] = 3
    mask[row, real:] = 0
labels = torch.randn(batch, generator=draw)


def step():
    scores = forward(input_ids=ids, attention_mask=mask, use_cache=False).logits.squeeze(-1)
    loss = torch.nn.functional.mse_loss(scores.float(), labels)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    optimiser.zero_grad(set_to_none=True)
    float(loss.detach())


serve(step)
