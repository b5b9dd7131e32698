"""What Redis is good at and may lose at any time: rate windows, invalidation."""
