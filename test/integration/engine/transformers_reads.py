"""What transformers makes of model folders that Burnish wrote: one JSON line a request of one JSON line."""
import json, os, sys

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer

torch.set_num_threads(2)


def rewrite(folder):
    """True when the Python library writes the same tensors to the same bytes."""
    path = os.path.join(folder, "model.safetensors")
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    again = path + ".again"
    save_file(load_file(path), again, metadata)
    with open(path, "rb") as ours, open(again, "rb") as theirs:
        return ours.read() == theirs.read()


def answer(request):
    folder, ids = request["folder"], torch.tensor(request["ids"])
    mask = torch.tensor(request["mask"])
    kind = AutoModelForSequenceClassification if request["head"] == "score" else AutoModelForCausalLM
    model, info = kind.from_pretrained(folder, dtype=torch.float32, output_loading_info=True)
    model.eval()
    with torch.no_grad():
        logits = model(input_ids=ids, attention_mask=mask).logits
    tokenizer = AutoTokenizer.from_pretrained(folder)
    return dict(
        logits=logits.flatten().tolist(),
        stray=sorted(str(key) for name in ("missing_keys", "unexpected_keys", "mismatched_keys") for key in info[name]),
        tokens=[tokenizer(text)["input_ids"] for text in request["texts"]],
        sameBytes=rewrite(folder),
    )


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
