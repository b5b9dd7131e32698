"""Stored objects: on the local disk, or in a bucket of anything that speaks S3."""
