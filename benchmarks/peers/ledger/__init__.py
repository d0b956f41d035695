"""The peers' only app: one decision, twice."""
