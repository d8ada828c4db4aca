"""One AdamW step of a causal language model; the first quarter of each row carries no loss. Mode: eager or compile."""
from side import SIZES, adamw, language_model, options, serve

size, mode = options()
import torch
from transformers import get_cosine_schedule_with_warmup

batch, length = (2 if size == "L" else 8), 128
model = language_model(size).train()
optimiser = adamw([model], 2e-5, 0.01)
schedule = get_cosine_schedule_with_warmup(optimiser, 3, 1000)
forward = torch.compile(model) if mode == "compile" else model
draw = torch.Generator().manual_seed(0)
batches = [torch.randint(4, SIZES[size]["vocab_size"], (batch, length), generator=draw) for _ in range(4)]
mask = torch.ones(batch, length, dtype=torch.long)
count = 0


def step():
    global count
    ids = batches[count % 4]
    count += 1
    labels = ids.clone()
    labels[:, : length // 4] = -100
    loss = forward(input_ids=ids, attention_mask=mask, labels=labels, use_cache=False).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    schedule.step()
    optimiser.zero_grad(set_to_none=True)
    float(loss.detach())


serve(step)
