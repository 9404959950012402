"""The table of the README, or the benches that are named: ``python -m tests.bench [NAME…]``; ``all`` runs each.

Ratios against other ways of doing the same, taken side by side in one run; the README has the last figures.  ``way``
counts instead of timing; docs/decisions.md has its figures.
"""

from __future__ import annotations

import sys
from importlib import import_module

NAMES = (
    *("table", "startup", "compose", "checks", "ledger", "batch", "template", "history", "growth", "imports"),
    *("people", "way", "paths", "memory", "fleet"),
)


def main(names: list[str]) -> int:
    """Run them in turn."""
    unknown = [name for name in names if name not in (*NAMES, "all")]
    if unknown:
        print(f"there is no bench {unknown[0]}: {', '.join(NAMES)}", file=sys.stderr)
        return 2
    for name in NAMES[1:] if "all" in names else names or NAMES[:1]:
        print(f"== {name}", flush=True)
        import_module(f"tests.bench.{name}").main()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
