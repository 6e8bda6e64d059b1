"""What an attacker does with clean records, as pure functions over traces, each with its baseline and
trials."""
