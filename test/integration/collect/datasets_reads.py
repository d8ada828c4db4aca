"""Prints the rows of every split of a dataset folder, once by its card and once from the JSON lines, as one JSON object."""

import json
import sys

from datasets import load_dataset

folder, cache = sys.argv[1:]
splits = ["train", "validation", "test"]
lines = {split: f"{folder}/{split}.jsonl" for split in splits}
loaded = {
    "parquet": load_dataset(folder, cache_dir=cache),
    "jsonl": load_dataset("json", data_files=lines, cache_dir=cache),
}
print(
    json.dumps(
        {
            name: {
                "types": {column: feature.dtype for column, feature in data["train"].features.items()},
                "rows": {split: data[split].to_list() for split in splits},
            }
            for name, data in loaded.items()
        }
    )
)
