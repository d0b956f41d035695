"""Does the artefact still give what was recorded? One decision, or all of a version."""
