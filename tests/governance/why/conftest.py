from tests.factories import world

__all__ = ["world"]
