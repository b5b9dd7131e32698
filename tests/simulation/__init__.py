"""The ledger's simulator: many clients, several gateways and a sweeper from one seed, under every fault there is.

One run is a plan made from a seed (`plan`, `planning`, `mischief`), carried out in a world (`memory_world`,
`postgres_world`) by actors that send, lose, repeat and reorder (`actors`, `wire`), and judged afterwards (`judge`,
`replay`): history is replayed against a single-threaded model (`model`) that shares no code with the book, and every
answer that anybody got is held against the final books.

On memory the event loop itself is simulated (`stepped_loop`): the same seed is the same run, step by step. On
PostgreSQL the seed fixes what is sent and what goes wrong; the interleaving is the machine's, and what is judged must
hold for every one. Redis isn't simulated: nothing of the ledger depends on it, in no adapter and for no decision.
"""
