"""What still identifies people, measured on the same records before and after scrubbing.

Nothing here takes a record apart or does I/O: the worker hands over one `observe.Observation` per record,
tells the time and gives the secrets. Everything in it that leaves the process is a figure with its attack,
window, number of trials and baseline; hashes and sketches stay in the raw trust zone.
"""
