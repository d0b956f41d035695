from __future__ import annotations

import numpy as np

from explain.attribution.players import Players


def test_columns_are_gathered_by_player() -> None:
    players = Players.of(["a", "unread", "b"], [2, 0, 2])
    gathered = players.gather(np.array([[1.0, 2.0, 4.0], [0.0, 1.0, 0.5]]))
    assert gathered.tolist() == [[2.0, 0.0, 5.0], [1.0, 0.0, 0.5]]
