"""A process that may compute and nothing else: no network, no new files, no other programs, little memory."""
