"""The clients that people use, straight at the upstream and through the gateway: what they see must be the same."""
