"""What Redis is good at and may lose at any time: rate windows, invalidation."""

from deepspace_adapters.uninvited import without

with without("opentelemetry"):
    import redis  # noqa: F401 - loaded here, so that no module of this room loads both
