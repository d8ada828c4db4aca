"""Weights and AdamW moments to a safetensors file, and from it into a live model and optimiser."""
import os, tempfile, time
from side import adamw, language_model, options, serve

size, mode = options()
import torch
from safetensors.torch import load_file, save_file

model = language_model(size)
optimiser = adamw([model], 1e-5, 0.0)
for weight in model.parameters():
    weight.grad = torch.randn_like(weight)
optimiser.step()
optimiser.zero_grad(set_to_none=True)
path = os.path.join(tempfile.mkdtemp(dir=mode), "state.safetensors")


def tensors():
    flat = {}
    for name, weight in model.named_parameters():
        moments = optimiser.state[weight]
        flat[name], flat["m." + name], flat["v." + name] = weight.detach(), moments["exp_avg"], moments["exp_avg_sq"]
    return flat


def step():
    started = time.perf_counter()
    if os.path.exists(path):
        os.unlink(path)
    save_file(tensors(), path)
    saved = time.perf_counter()
    loaded = load_file(path)
    with torch.no_grad():
        for name, live in tensors().items():
            live.copy_(loaded[name])
    return dict(save=saved - started, load=time.perf_counter() - saved)


serve(step)
