"""An independent judge of a run: what went in, what came out, and what must never have come out.

Rules:

- No code is shared with any runner or with the pipeline: a fault of theirs must not be repeated here.
- All but `read` is pure. `read` is the only file that knows Kafka.
- A verdict carries counts, coordinates and names of encodings, never content.
"""
