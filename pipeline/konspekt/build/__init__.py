"""The stages as jobs, in order: what is up to date is left alone, the site comes last."""
