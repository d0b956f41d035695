"""The one exception of this package."""


class RuntimeFault(Exception):
    """Something on this machine keeps the product from running; the text is one clear sentence.

    Commands print the text alone and exit 1: a traceback would tell a newcomer nothing more.
    """
