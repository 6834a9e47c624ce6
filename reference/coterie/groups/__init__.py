"""Group management: how groups are made known in the main overlay, found there, joined, and kept together.

Implements the Group management chapter. `looking` finds a group by its name, `reaching` says how one is
joined, `advertising` what is published of it, `polling` how its parts meet, `aliases` other names of it;
`machine` joins them. It has no frames: what it wants done are steps, which the peer carries out.
"""
