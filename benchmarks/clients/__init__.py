"""Clients: what sends load, and what the baselines do. Nothing here knows the service's code."""
