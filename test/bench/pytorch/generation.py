"""Sampling with a key/value cache: top-k 50, top-p 0.95, temperature 1, repetition penalty 1.2."""
from side import SIZES, language_model, options, serve

size, mode = options()
import torch

batch, prompt, new = (4 if size == "L" else 16), 32, 64
model = language_model(size).eval()
ids = torch.randint(4, SIZES[size]["vocab_size"], (batch, prompt), generator=torch.Generator().manual_seed(0))


def step():
    with torch.inference_mode():
        out = model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=True, temperature=1.0, top_k=50, top_p=0.95,
                             repetition_penalty=1.2, min_new_tokens=new, max_new_tokens=new, use_cache=True, pad_token_id=3)
    assert out.shape == (batch, prompt + new), out.shape


serve(step)
