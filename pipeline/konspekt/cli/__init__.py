"""The commands. The only place that prints, shows progress or exits."""
