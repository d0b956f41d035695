"""What the scores of groups are worth, from 1,000 bins with sums: no figure here reads a decision."""
