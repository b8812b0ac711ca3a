"""How surely thanks are told from the rest, on public talk: `python -m tests.bench thanks`."""

import sys

from desk.cases.thanks import thanks
from tests.bench.knowledge import SAMPLES, read

_THANKFUL = ("thankyou", "thank you")
_BESIDE = (*_THANKFUL, "confirmation", "rejection", "openinggreeting", "goodbye", "greeting", "yes")


def main(arguments: list[str]) -> int:
    """Print recall and false silence per set; return the exit code."""
    if not SAMPLES.is_dir():
        print(f"The samples are not at {SAMPLES}.", file=sys.stderr)
        return 2
    for name in ("multidogo_train.jsonl", "clinc150.train.jsonl", "banking77.train.jsonl"):
        rows = read(name)
        wanted = [one.text for one in rows if one.label in _THANKFUL]
        others = [one.text for one in rows if one.label not in _BESIDE and len(one.text) > 3]
        found = sum(thanks(text).is_sure for text in wanted)
        wrong = [text for text in others if thanks(text).is_sure]
        recall = f"{found / len(wanted):.1%} of {len(wanted)}" if wanted else "none in it"
        print(f"{name:24} thanks {recall:>14}; silent wrongly {len(wrong) / len(others):.2%}")
        if "--why" in arguments:
            print("\n".join(wrong))
    return 0
