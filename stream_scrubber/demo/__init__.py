"""The demo: believable events, an in-memory Kafka, and what leaks before and after. Nothing here is needed to run."""
