"""The peer spoken to over the test interface. Implements the Test interface chapter of `spec/`."""
