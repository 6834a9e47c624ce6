"""Whole peers in one group, driven by the kit: it owns the network between them and their clocks.

Each member is a program behind the test interface, of any implementation. What they do and tell becomes a
trace for each, and the checker of traces judges the run, which knows no implementation either.
"""
