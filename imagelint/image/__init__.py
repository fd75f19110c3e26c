"""Images: their sources, their layers in one pass, each path's life, and the subjects made of them."""
