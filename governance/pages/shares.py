"""A share with its uncertainty. Plain Python."""

from math import sqrt
from typing import Final

Z: Final = 1.959963984540054
SMALL: Final = 30
"""Below so many cases a share is said to rest on few."""


def wilson(hits: int, of: int) -> tuple[float, float]:
    """Wilson's 95 % score interval of a share (Wilson 1927; Brown, Cai and DasGupta 2001).

    It stays within 0 and 1 and is usable at small ``of``. Raises ValueError unless
    0 ≤ ``hits`` ≤ ``of`` and ``of`` > 0.
    """
    if not 0 <= hits <= of or of == 0:
        raise ValueError("a share needs cases, and no more hits than cases")
    share, spread = hits / of, Z * Z / of
    centre = (share + spread / 2) / (1 + spread)
    reach = Z * sqrt(share * (1 - share) / of + spread / (4 * of)) / (1 + spread)
    return max(0.0, centre - reach), min(1.0, centre + reach)
