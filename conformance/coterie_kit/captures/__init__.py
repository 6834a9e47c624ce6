"""Captures: pcap and pcapng files, the datagrams in them, and the sidecar that makes a capture replayable.

Everything that is read here may be hostile: each file, block, list and number has a bound, and what is beyond
it is a `BadCaptureError`.
"""
