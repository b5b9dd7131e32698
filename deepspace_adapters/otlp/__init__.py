"""Traces told to an OpenTelemetry collector; the only place that knows OpenTelemetry."""
