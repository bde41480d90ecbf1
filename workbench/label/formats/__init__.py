"""Label formats, one file each: how it is read, how it is written, what it cannot hold.

A new one is a file of its own, and a line each in `spec` (what it can hold), ``faces.toml`` (how it is recognised) and
`registry` (who reads and writes it). One that is only known by its face is an entry of ``faces.toml``.
"""
