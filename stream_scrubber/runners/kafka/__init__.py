"""Raw topics into clean ones, exactly once, on confluent-kafka.

`service` is the service file, `errors` the error policy, `worker` the loop, `placement` where a group starts and
whether it lost something, `housekeeping` the end of epoch keys, `slots` which instance this is, `observe` the
shadow mode.
"""
