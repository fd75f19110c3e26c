"""Values that vendors and standards print in their documentation: everybody knows them, so they are no secrets.

Kept as SHA-256, because no file of this repository may hold a string that a scanner reports. They are the example
keys of AWS (access key id and secret), the keys of the Azure storage emulator, the tokens of jwt.io and PyJWT,
Stripe's test keys, and the tokens of RFC 5849 and RFC 6749.
"""

from __future__ import annotations

from hashlib import sha256

_KNOWN = frozenset(
    """
    1a5d44a2dca19669d72edf4c4f1c27c4c1ca4b4408fbb17f6ce4ad452d78ddb3
    c6ea27c534f993d31f0aef882e3d200e7b87470c379ae79c8f9b19d3bd363dc9
    78314b11be2e581549ac1c4f616563fad3fdf0c3b71678f6e2299182080e0598
    0011cc25eb4320717494d2703e8cba85743e71b500283c21c8b88147992f9059
    aa6547439583c3a275d4542a0df6c1ad6a863971be9f2a2220f027cc02aef615
    7f75367e7881255134e1375e723d1dea8ad5f6a4fdb79d938df1f1754a830606
    da816f9f2c16e6c5390e7636cadc40c43551bf0bbcf8f36c65539e6633a9c5e8
    c794fa6d20c64efb9adf980ae93af472a1679775862d421ffe55d4a57fad5b3e
    2cafc0970149a84f3b9e62eaf169f36f59907a3b3e31f7b82e68c69cd27f7326
    f2d6ca16515033e5dce14eba840b979d27b5cbae24bb3e5bf484339667f86397
    2d1f7723aabc5c7a51fcdc2463c99b5f3fdbc57cf3134db4ac12913c35976e6f
    78a08441f4314f0a2833cfe58c62e555a162264206982cda39f6804f5048f570
    bf145d9380bbe05bdc1a72525796b224f8a8c93ae0e9e102eafbc255ac1af9e8
    6c96130f130ab0d6d158397e24d2bcc1c9a5e73ae081f6e983f1c7b545d24a4c
    00cf4c781dc37003f7c7dd7d4c9a6ef1e0f4c62d9a291aa8bc398774e3fefd32
    9d03b692e941d5ace207a9f8048834439f6de98e5c6c1590c22c4f4577c88a42
    2ff8b0fb93aca981c78f1e94355c298c23435461f1072ef4674848e620371787
    a35b81a7d7927b70ec99270dd2362b88580a28574af812f2c02f56469579186f
    649e1f5c769e718ba10d1a702a36499a731441d960b06da91c4c97786bf84595
    53f5da0aaa93d64cd5772c554cbf940f0539e689dddbeb8f923eec3f72c02ea9
    """.split()
)


def is_known_example(value: str) -> bool:
    """Whether this very value is printed in a vendor's documentation or in a standard."""
    return sha256(value.encode("utf-8", "surrogatepass")).hexdigest() in _KNOWN
