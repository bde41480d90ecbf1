"""This machine: is it ready, how libraries are kept quiet, how other processes help, what ships."""
