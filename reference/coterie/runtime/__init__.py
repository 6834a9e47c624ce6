"""The peer on a real network: an event loop, one UDP socket, the system's clocks and randomness, files.

No decision of the protocol is made here. `node` is the shell around a peer, `meeting` what `coterie peer`
does with it, `relay` a network that loses, doubles and reorders, `journal` a transcript from which a run can
be repeated.
"""
