from tests.factories import built_world, world

__all__ = ["built_world", "world"]
