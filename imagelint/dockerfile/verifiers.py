"""Commands that check what a file is: by a checksum that somebody wrote down, or by a signature."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imagelint.lazy import Lazy

if TYPE_CHECKING:
    from imagelint.dockerfile.subject_command import CommandSubject
    from imagelint.dockerfile.subject_instruction import InstructionSubject

_SUMS = Lazy(r"(?:sha(?:1|224|256|384|512|3)?|md5|b2|b3|ck)sum|shasum|sha3-\d+|sha(?:256|512)|xxh\w*sum|rhash|hashdeep")
_CHECKS = frozenset(("-c", "--check"))
_COMPARED = Lazy(r"[`(]\s*(?:sha\w+|md5\w*|b[23]sum|openssl)\b")
_OWN_NAME = Lazy(r"verif|check_?sum|validate_|sha(?:1|256|384|512)|check_?(?:sig|md5|hash)", re.I)
"""Names of functions and scripts that say what they do."""
_HASHING = Lazy(r"hashlib|hash_file|sha(?:256|384|512)|createHash|Digest::SHA")
_ALWAYS = frozenset(("gpgv", "gpgv2", "minisign", "signify", "slsa-verifier", "debsig-verify", "rpmkeys"))
_BY_WORD = {
    "gpg": ("--verify", "--verify-files", "--decrypt", "-d"),
    "openssl": ("-verify", "-prverify", "verify", "-signature"),
    "cosign": ("verify", "verify-blob", "verify-blob-attestation"),
    "gh": ("attestation",),
    "sq": ("verify",),
    "rpm": ("-K", "--checksig"),
    "jarsigner": ("-verify",),
    "dpkg-sig": ("--verify", "-c"),
    "notation": ("verify",),
    "git": ("verify-tag", "verify-commit"),
    "keybase": ("verify",),
}
_SCRIPTS = frozenset(("python", "python2", "python3", "php", "perl", "ruby", "node"))


def verifies(command: CommandSubject) -> bool:
    """It checks some file. The program that prints a checksum does when something compares what it prints."""
    program = command.program
    if program in _ALWAYS:
        return True
    if _SUMS.fullmatch(program):
        return not _CHECKS.isdisjoint(command.flags) or bool(command.pipes_to) or command.instruction.compares_sums
    words = _BY_WORD.get("gpg" if program == "gpg2" else program)
    if words:
        return any(word in words for word in command.args) or (
            program == "openssl" and command.instruction.compares_sums
        )
    if program in _SCRIPTS:
        return bool(_HASHING.search(command.text))
    return bool(_OWN_NAME.search(program))


def compares_sums(run: InstructionSubject) -> bool:
    """`$(sha256sum file)` stands in it, as in `[ "$(sha256sum file)" = ... ]`."""
    bodies = (heredoc.body for heredoc in run.instruction.heredocs)
    return any(_COMPARED.search(text) for text in (run.text, *bodies))
