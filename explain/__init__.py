"""Computes why one decision came out as it did: with the artefact that made it, or not at all."""
