"""``python -m tests.checks``: precision and recall of each check over the corpus."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from mailer.checks.problem import NAMES
from tests.checks.guilty import GUILTY
from tests.checks.innocent import INNOCENT
from tests.kit.checks import found


def main() -> None:
    right, wrong, missed = Counter[str](), Counter[str](), Counter[str]()
    blocks = warnings = 0
    for sample in (*GUILTY, *INNOCENT):
        with tempfile.TemporaryDirectory() as folder:
            told = found(sample, Path(folder))
        for each, counter in (
            (told & sample.expect, right),
            (told - sample.expect, wrong),
            (sample.expect - told, missed),
        ):
            counter.update(word.partition(" ")[0] for word in each)
        if told != sample.expect:
            print(f"{sample.name}: expected {sorted(sample.expect)}, found {sorted(told)}")
        if sample.innocent:
            blocks += any(word.endswith(" b") for word in told)
            warnings += any(word.endswith(" w") for word in told)
    for name in NAMES:
        told, there = right[name] + wrong[name], right[name] + missed[name]
        precision = f"{right[name] / told:.2f}" if told else "-"
        recall = f"{right[name] / there:.2f}" if there else "-"
        print(f"{name:<12} precision {precision:>5}  recall {recall:>5}  ({there} letters)")
    print(f"{len(GUILTY)} letters with faults; of {len(INNOCENT)} innocent ones {blocks} blocked, {warnings} warned of")


if __name__ == "__main__":
    main()
