"""The benchmarks, one a module: ``run(house, sizes)`` measures and returns figures."""
