"""The upstream: NewAPI, an OpenAI-compatible aggregator of models, over HTTP."""
