"""Bytes to values and back. The only folder that knows orjson and jiter."""
