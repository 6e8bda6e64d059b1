"""A source, a sink and an order of acknowledgement around a pipeline; no runner knows another."""
