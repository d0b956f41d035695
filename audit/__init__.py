"""audit remembers: what enters its log stays, and outsiders can check that it did."""
