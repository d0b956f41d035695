"""LIME (Ribeiro, Singh and Guestrin 2016) for many decisions at once, from one seeded sample.

With numbers cut into bins, LIME's random rows do not depend on the row that is explained: only
their closeness to it does. So one sample, scored once by the model, serves every decision, and a
decision costs no call of the model at all.
"""
