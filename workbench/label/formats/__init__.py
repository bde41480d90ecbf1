"""Label formats, one file each: how it is read, how it is written, what it cannot hold."""
