"""A course: its settings, its recordings, and what people write beside them."""
