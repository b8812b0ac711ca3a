"""Who writes: customers, their identities on the channels, and proofs that two are one."""
