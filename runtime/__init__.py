"""Starts what the product needs to run: its environment, its servers, its processes.

It knows no app. What it promises is that every failure is one sentence a newcomer can act on.
"""
