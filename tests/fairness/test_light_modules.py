"""What the web process imports of this floor brings none of the libraries that only workers need."""

from __future__ import annotations

import subprocess
import sys

# Of scipy only its parts are heavy.
HEAVY = (
    "fairlearn",
    "pandas",
    "sklearn",
    "numba",
    "shap",
    "lime",
    "pyarrow",
    "scipy.stats",
    "scipy.optimize",
)


def test_the_web_process_loads_no_worker_library() -> None:
    code = (
        "import os, sys, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'governance.settings';"
        "django.setup(); import governance.urls, fairness.runs, fairness.policies, fairness.assessing;"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_an_export_brings_no_pandas() -> None:
    code = (
        "import sys; from fairness.parquet import Writer; w = Writer({}, segments=False);"
        "row = {'entry_id': 'a', 'model_ref': 'm@1', 'decided_at': '2026-01-01T00:00:00.5Z',"
        "'features': '{}', 'label': 'x', 'effective': None, 'truth': None, 'score': 0.1,"
        "'lag_seconds': None}; list(w.write([row])); list(w.end({'decisions': 1}));"
        "print(sorted({'pandas', 'sklearn', 'fairlearn'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
