"""The Dramatiq shell: actors that decode, call one use case and report."""
