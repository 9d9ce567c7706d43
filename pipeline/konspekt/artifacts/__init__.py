"""The files under output/: their forms, and the store that writes them whole and says when they are
stale.
"""
