"""How far features and outputs are from a version's reference, from histograms and counts alone."""
