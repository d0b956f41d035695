"""Models of every kind, from bytes to something that predicts, with nothing in the bytes executed."""
