"""What the web process imports of this floor brings none of the libraries that only workers need."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("fairlearn", "pandas", "sklearn", "numba", "shap", "lime", "pyarrow")


def test_the_web_process_loads_no_worker_library() -> None:
    code = (
        "import os, sys, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'governance.settings';"
        "django.setup(); import governance.urls, fairness.runs, fairness.policies, fairness.assessing;"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
