"""One secret, once, in whichever image its layer lies."""

from __future__ import annotations

import json
from pathlib import Path

from tests.imagemaker import Recipe
from tests.keeping import compose, image_of, read, report
from tests.material import rsa_key

ACCOUNT = json.dumps(
    {
        "type": "service_account",
        "private_key_id": "0123456789abcdef0123456789abcdef01234567",
        "private_key": rsa_key(51),
    }
)


def test_a_second_image_with_the_layer_of_a_service_account(tmp_path: Path) -> None:
    """The first one gives the key the name of the rule that names it."""
    image = image_of(tmp_path / "image", Recipe([[{"path": "srv/account.json", "content": ACCOUNT}]]))
    results = read(image)
    first, second = (compose(image, results) for _ in range(2))
    assert report(first) == report(second)
    assert [finding.rule for finding in first.findings if finding.secret] == ["gcp-service-account-key"]
