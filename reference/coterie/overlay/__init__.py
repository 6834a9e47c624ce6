"""The overlay: how peers find each other, and keep values for each other.

Implements the Overlay chapter, for overlays with the membership none. `contacts` is the routing table,
`requests` what waits for an answer, `lookup` and `lookups` the way to those closest to a target, `held` what
is kept for others, `publishing` and `fetching` what is kept by others; `machine` joins them.
"""
