"""Alert rules looked at without a stack: checked, mutated, replayed over recorded runs."""
