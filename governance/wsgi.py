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
# All that is loaded now stays: the collector need not go through it whenever a bulk makes some thousand
# objects. What a bulk makes is let go of by counting; looking for cycles in the midst of it took 7 % of its time.
gc.collect()
gc.freeze()
gc.set_threshold(200_000, 20, 20)
