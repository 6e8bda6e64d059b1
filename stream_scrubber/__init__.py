"""Between raw Kafka topics and clean ones: scrubs events by policy, and measures what still leaks."""
