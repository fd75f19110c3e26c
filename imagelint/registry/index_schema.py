"""The tables of an index.

A reference leads to a root (the digest that its tag has in the registry), a root to one image or to several (one for
each platform). What is found again in a hundred images, since they share its layer, is written once (`facts`), with a
row for each image (`found`).
"""

from __future__ import annotations

SCHEMA = (
    """CREATE TABLE refs (
        reference TEXT PRIMARY KEY, repository TEXT NOT NULL, root TEXT NOT NULL, images INTEGER NOT NULL,
        seen TEXT NOT NULL, gone TEXT NOT NULL DEFAULT '') WITHOUT ROWID""",
    "CREATE INDEX refs_root ON refs (repository, root)",
    """CREATE TABLE images (
        id INTEGER PRIMARY KEY, repository TEXT NOT NULL, digest TEXT NOT NULL, platform TEXT NOT NULL,
        base TEXT NOT NULL, base_layers INTEGER NOT NULL, public INTEGER, scanned TEXT NOT NULL, rules TEXT NOT NULL,
        version TEXT NOT NULL, UNIQUE (repository, digest, platform))""",
    """CREATE TABLE leads (
        repository TEXT NOT NULL, root TEXT NOT NULL, image INTEGER NOT NULL REFERENCES images ON DELETE CASCADE,
        PRIMARY KEY (repository, root, image)) WITHOUT ROWID""",
    "CREATE INDEX leads_image ON leads (image)",
    """CREATE TABLE labels (
        image INTEGER NOT NULL REFERENCES images ON DELETE CASCADE, name TEXT NOT NULL, value TEXT NOT NULL,
        PRIMARY KEY (image, name)) WITHOUT ROWID""",
    """CREATE TABLE layers (
        id INTEGER PRIMARY KEY, digest TEXT NOT NULL, diff_id TEXT NOT NULL, UNIQUE (digest, diff_id))""",
    """CREATE TABLE image_layers (
        image INTEGER NOT NULL REFERENCES images ON DELETE CASCADE, number INTEGER NOT NULL,
        layer INTEGER NOT NULL REFERENCES layers, size INTEGER NOT NULL, origin TEXT NOT NULL,
        created_by TEXT NOT NULL, PRIMARY KEY (image, number)) WITHOUT ROWID""",
    "CREATE INDEX image_layers_layer ON image_layers (layer)",
    """CREATE TABLE facts (
        id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, fingerprint TEXT NOT NULL, rule TEXT NOT NULL,
        severity TEXT NOT NULL, message TEXT NOT NULL, path TEXT NOT NULL, line INTEGER NOT NULL,
        surface TEXT NOT NULL, type TEXT NOT NULL, masked TEXT NOT NULL, confidence TEXT NOT NULL)""",
    "CREATE INDEX facts_fingerprint ON facts (fingerprint)",
    "CREATE INDEX facts_rule ON facts (rule)",
    """CREATE TABLE found (
        id INTEGER PRIMARY KEY, image INTEGER NOT NULL REFERENCES images ON DELETE CASCADE,
        fact INTEGER NOT NULL REFERENCES facts, number INTEGER NOT NULL, layer INTEGER REFERENCES layers,
        origin TEXT NOT NULL, status TEXT NOT NULL, suppressed TEXT NOT NULL)""",
    "CREATE INDEX found_image ON found (image)",
    "CREATE INDEX found_fact ON found (fact)",
    "CREATE INDEX found_layer ON found (layer)",
    """CREATE TABLE holes (
        id INTEGER PRIMARY KEY, image INTEGER REFERENCES images ON DELETE CASCADE,
        reference TEXT REFERENCES refs ON DELETE CASCADE, kind TEXT NOT NULL, place TEXT NOT NULL,
        reason TEXT NOT NULL)""",
    "CREATE INDEX holes_image ON holes (image)",
    "CREATE INDEX holes_reference ON holes (reference)",
)
"""`found.number` and `image_layers.number` are a layer's index in its image, -1 for the configuration; `holes.kind` is
`incomplete` or `limited`, of an image or of a reference of which no image was read."""
