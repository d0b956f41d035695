"""The web process: ``granian --interface wsgi governance.wsgi:application``."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
_pages = get_wsgi_application()

from governance.entrance import Entrance  # noqa: E402 - imports models, which must be set up

application = Entrance(_pages)
# Import every view now: the first caller should not wait for it, and a broken import should show at start.
get_resolver().url_patterns  # noqa: B018
# All that is loaded now stays. A collector that goes through it again and again, whenever a bulk makes a
# few thousand objects, costs a twentieth of the time and never finds anything.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
