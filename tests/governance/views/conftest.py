"""The pages' tests look at the world of tests/factories.py."""

from tests.factories import built_world, world

__all__ = ["built_world", "world"]
