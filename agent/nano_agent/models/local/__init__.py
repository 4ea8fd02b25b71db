"""A model of this machine: weights from a package or a file, served by llama.cpp in a process of the run's own."""
