"""The job queue on Dramatiq: broker, outbox relay."""
