"""The check: what is wrong with label files, and what one mistake explains it all."""
