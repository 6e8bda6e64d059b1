"""Simulated people and the events of theirs that each preset is for, to measure presets on. Nobody in it exists."""
