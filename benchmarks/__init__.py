"""Measures the service against named baselines: ``python -m benchmarks`` prints one report."""
