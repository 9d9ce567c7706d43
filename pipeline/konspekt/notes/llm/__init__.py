"""Notes by a language model: what is sent, what comes back, and what of it is believed."""
