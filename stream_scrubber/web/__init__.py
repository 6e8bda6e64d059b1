"""What a worker says over HTTP: metrics and health. Loopback unless told otherwise."""
