"""The Celery application: ``celery -A governance.celery worker``. Tasks are in each app's tasks.py."""

import logging
import os
from typing import Any

from celery import Celery, Task
from celery.signals import worker_init

from governance.tracing import traced

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
logging.captureWarnings(True)  # into the log, as JSON like everything else


class TracedTask(Task):  # type: ignore[misc]
    """A task whose log lines share one trace id."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with traced():
            return super().__call__(*args, **kwargs)


app = Celery("rationale", task_cls=TracedTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def warm_up(**_: Any) -> None:
    """Compile the kernels and load the versions in use in the worker's parent, before it forks and before a task's
    time limit runs."""
    from explain import warming  # noqa: PLC0415 - never in a web process

    warming.warm_up()
    warming.load_versions()
