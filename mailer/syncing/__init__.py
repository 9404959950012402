"""Read what came back, in order, without touching it: where it lies, which of it is new, and what follows."""
