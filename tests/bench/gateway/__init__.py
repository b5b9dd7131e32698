"""The gateway, measured beside what stands in its place elsewhere."""
