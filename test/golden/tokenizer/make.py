"""Makes expected.json: what Hugging Face tokenizers trains on the bundled prompts, and the ids it gives.

Run from the repository's root: pip install tokenizers==0.23.3 && python test/golden/tokenizer/make.py
"""

import gzip
import json

import tokenizers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

FOLDER = "test/golden/tokenizer"
VOCABULARY_SIZE = 1024
SPECIAL_TOKENS = ["<unk>", "<s>", "</s>", "<pad>"]
TEXTS = [
    "Input: a cat on a sofa\nOutput:",
    "  two  spaces \n\n\ttabs \r\n and ends  ",
    "it's they're we've I'm you'll he'd don'T",
    "caf\u00e9 na\u00efve \u00fcber \u00df \u0130stanbul e\u0301 combining",
    "\u65e5\u672c\u8a9e \ud55c\uad6d\uc5b4 \u0627\u0644\u0639\u0631\u0628\u064a\u0629 \u0e44\u0e17\u0e22 \u0939\u093f\u0928\u094d\u0926\u0940",
    "\U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 \U0001f1e9\U0001f1ea \u2764\ufe0f",
    "8k 4K 1,024.5 \u00bd \u0664\u0662 \u2167 x2 3d",
    "((masterpiece:1.2)), [best] {quality} <lora:x:0.8> --ar 16:9 \u2014 \u201cquoted\u201d \u2026",
    "aaaaaaaaaaaaaaaaaaaa !!!!!!!!! \u00a0nbsp\u2003em\u3000wide",
    "\u0000\u0007\u007f control \ufffd",
]

with gzip.open("data/diffusiondb-prompts.jsonl.gz", "rt", encoding="utf-8") as file:
    prompts = [json.loads(line)["prompt"] for line in file]

tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
trainer = trainers.BpeTrainer(
    vocab_size=VOCABULARY_SIZE,
    min_frequency=2,
    special_tokens=SPECIAL_TOKENS,
    initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    show_progress=False,
)
tokenizer.train_from_iterator(prompts, trainer)
model = json.loads(tokenizer.to_str())["model"]

rows = list(range(0, len(prompts), len(prompts) // 40))
with open(f"{FOLDER}/expected.json", "w", encoding="utf-8") as file:
    json.dump(
        {
            "tokenizers": tokenizers.__version__,
            "vocabularySize": VOCABULARY_SIZE,
            "specialTokens": SPECIAL_TOKENS,
            "vocabulary": sorted(model["vocab"], key=model["vocab"].get),
            "merges": [" ".join(merge) for merge in model["merges"]],
            "prompts": [{"row": row, "ids": tokenizer.encode(prompts[row]).ids} for row in rows],
            "texts": [{"text": text, "ids": tokenizer.encode(text).ids} for text in TEXTS],
        },
        file,
        ensure_ascii=False,
        separators=(",", ":"),
    )
    file.write("\n")
