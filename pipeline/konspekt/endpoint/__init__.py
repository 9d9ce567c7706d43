"""Endpoints: servers that a course names, to which text or sound is sent."""
