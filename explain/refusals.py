"""The sentence with which this app declines, so that a page can show it as it stands."""


class Unsupported(Exception):
    """This model cannot be explained exactly here. The message is one sentence for a reader."""


class TooDeep(Unsupported):
    """A kind of model that is explained, but not at this size."""


class BadRows(ValueError):
    """These rows do not carry the features they should. The message names row and feature."""


class Refused(Exception):
    """This decision, or version, is not explained, and why: one sentence for a reader."""
