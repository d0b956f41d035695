"""Jobs that need the service's code: run by a hand with the environment of one installation."""

import django

django.setup()
