"""The kit's own key schedule and group Diffie-Hellman, written from the draft in plain integers.

Only AEAD, signatures and hashes come from libraries; elements, scalars, folding and the run are arithmetic.
"""
