"""The parts of the worker; a package, so that their names are free for the app's own modules."""
