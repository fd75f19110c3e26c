"""A host: the containers of its engines, and the images that live on there."""
