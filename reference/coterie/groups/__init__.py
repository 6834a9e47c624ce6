"""Group management: how groups are made known in the main overlay, found there, joined, and kept together.

Implements the Group management chapter. `looking` finds a group by its name, `reaching` says how one is
joined, `advertising` what is published of it, `polling` how its parts meet, `aliases` other names of it,
`returning` what comes back after a restart, `strangers` how often an address is greeted that others name,
`hosting` and `petitions` how one peer creates a group for another; `machine` joins them, over
the `roll` of all groups. It sends no frames itself: what it wants done are steps, which the peer carries out.
"""
