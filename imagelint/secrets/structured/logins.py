"""Logins of a machine: directories, mounts, remote desktops, files that are nothing but a password.

man pages of mount.cifs(8), davfs2.conf(5), nslcd.conf(5), monitrc, snmpd.conf(5); pykickstart.readthedocs.io;
debian.org/releases/stable/amd64/apb; remmina.org; filezilla-project.org; expect(1)
"""

from __future__ import annotations

from imagelint.secrets.structured import hashes
from imagelint.secrets.structured.clusters import UUID
from imagelint.secrets.structured.forms import IS, QUOTED, REST, WORD, Form, forms, inside, line, pairs, whole
from imagelint.secrets.structured.value import GENERAL, HASH, OBSCURED, Reader

_PASSWORD = whole()
_JMX = Form(r"^(?!#)[\w-]{1,64}[ \t]+([^\s#]{1,200})[ \t\r]*$")
_ROLES = Form(r"^[ \t]*[\w-]{1,64}[ \t]*[=:][ \t]*(?!(?:MD5|OBF|CRYPT|\{)[:}]?)([^\s,={}]{1,200})[ \t]*,")
_DAV = Form(
    rf"^(?!#)(?:\"[^\"\r\n]{{1,256}}\"|[^\s#]{{1,256}})[ \t]+(?:\"[^\"\r\n]{{1,128}}\"|\S{{1,128}})[ \t]+"
    rf"(?:{QUOTED}|{WORD})"
)
_MOUNT = inside(r"[, \t]password2?=([^\s,]{1,200})")
_INVENTORY = Form(
    r"\bansible_(?:ssh_|become_|sudo_|su_)?pass(?:word)?=(?:\"([^\"\r\n]{1,200})\"|'([^'\r\n]{1,200})'|([^\s\"'#]{1,200}))"
)
_EXPECT = Form(
    r"assw(?:or)?d[^\r\n]{0,60}?(?:\{[ \t]*)?(?:\r?\n[ \t]*(?:\{[ \t]*)?)?\b(?:exp_)?send[ \t]+(?:--[ \t]+)?"
    r"\"([^\"$\[\\\r\n]{1,200})\\[rn]"
)
"""What is typed where a program asks for a password."""
_KICKSTART = forms(
    line(
        r"rootpw[ \t]+(?:--(?:plaintext|allow-ssh)[ \t]+){0,2}(?!--)", value=r"((?!\$\w{1,4}\$)[^\s\"'-][^\s]{0,200})"
    ),
    Form(r"^[ \t]*(?:user|sshpw)\b[^\r\n]{0,300}?--password=(?!\$\w{1,4}\$)\"?([^\s\"]{1,200})"),
    inside(r"--(?:grub|bootloader-)?password=(?!\$\w{1,4}\$)\"?([^\s\"]{1,200})"),
    hashes.ANYWHERE,
)
_PRESEED = forms(
    Form(r"^[ \t]*\S{1,40}[ \t]+\S{1,100}/(?:root-|user-)?password(?:-again)?[ \t]+password[ \t]+([^\s]{1,200})"),
    hashes.ANYWHERE,
)
_LDIF = forms(
    Form(r"^userPassword:[ \t]+(?!\{)([^\r\n]{1,200}?)[ \t\r]*$"),
    Form(r"^userPassword::[ \t]+([\w+/]{8,400}={0,2})", formed=True),
)
_LDAP = forms(line(r"(?:bindpw|rootbindpw|rootpw|sasl_secret|bindpass)[ \t]+(?!\{)"))
_MONIT = forms(
    line(r"allow[ \t]+[\w.-]{1,64}:", value=r"([^\s\"']{1,200})"),
    Form(rf"^[^#\r\n]{{0,300}}?\bpassword[ \t]+(?:{QUOTED}|([^\s\"']{{1,200}}))"),
)
_SNMP = forms(
    Form(
        r"^[ \t]*createUser[ \t]+(?:-e[ \t]+\S{1,64}[ \t]+)?"
        r"\S{1,64}[ \t]+(?:MD5|SHA[-\w]{0,4})[ \t]+\"?([^\s\"]{1,200})"
    ),
    Form(r"^[ \t]*createUser\b[^\r\n]{1,200}?[ \t](?:DES|AES[-\w]{0,4})[ \t]+\"?([^\s\"]{1,200})"),
    Form(r"^[ \t]*r[ow]community6?[ \t]+(?!public\b|private\b)([^\s\"']{1,100})", name="community"),
)
_HEX_AFTER = r"password 51:b:([0-9A-Fa-f]{80,4000})"
_RCLONE = forms(
    pairs(r"pass(?:word)?2?|.*_pass(?:word)?", OBSCURED, formed=True),
    Form(r"\"(?:access|refresh)_token\"[ \t]*:[ \t]*\"([^\"\r\n]{10,3000})\"", name="token"),
)

READERS: dict[str, Reader] = {
    "ldap.secret pam_ldap.secret libnss-ldap.secret .vault_pass .vault_pass.txt .vault-pass "
    "vault_pass.txt .vault_password restic/password .restic-password borg/passphrase .passphrase .bw_pass "
    "openvpn/passwd": _PASSWORD,
    "sonatype/admin.password nexus-data/admin.password": whole(form=UUID, formed=True),
    "initialadminpassword": whole(form=r"[0-9a-f]{32}", formed=True),
    "jmxremote.password": forms(_JMX),
    "karaf/etc/users.properties jetty-realm.properties realm.properties": forms(_ROLES),
    "davfs2/secrets": forms(_DAV),
    "*.exp *.expect": forms(_EXPECT),
    "etc/fstab": forms(_MOUNT),
    ".smbcredentials samba/credentials .smb .cifs *.cred *.credentials *.smbcredentials": pairs("password|pass"),
    "hosts inventory inventory.ini ansible/* inventories/*": forms(_INVENTORY),
    "anaconda-ks.cfg original-ks.cfg ks.cfg *.ks": _KICKSTART,
    "preseed.cfg": _PRESEED,
    "*.ldif": _LDIF,
    "nslcd.conf ldap.conf libnss-ldap.conf pam_ldap.conf slapd.conf": _LDAP,
    "sssd.conf": pairs("ldap_default_authtok"),
    "monitrc .monitrc monit/conf.d/*": _MONIT,
    "upsd.users": pairs("password"),
    "snmpd.conf snmp/snmpd.conf": _SNMP,
    "*.rdp": forms(Form(_HEX_AFTER, OBSCURED, formed=True)),
    "*.remmina": pairs("password|ssh_password|ssh_tunnel_password|gateway_password", OBSCURED, formed=True),
    "rclone.conf": _RCLONE,
    "aria2.conf": pairs("rpc-secret|.*passwd"),
    "transmission/settings.json": pairs("rpc-password"),
    "hexchat/servlist.conf": forms(line(r"P=")),
    ".irssi/config": forms(inside(r"\bpassword[ \t]*=[ \t]*\"([^\"\r\n]{1,200})\"")),
    ".weechat/sec.conf": pairs(".*password"),
    "qbittorrent.conf": forms(Form(r"WebUI\\Password_PBKDF2=\"?(@ByteArray\([\w+/=:]{20,200}\))", HASH, formed=True)),
    "pure-ftpd/*": pairs("password"),
    "vsftpd/*": pairs("password"),
    "kibana.yml": pairs(".*password|.*encryptionKey"),
    "ddclient.conf": pairs("password"),
    "deluge/auth": forms(Form(r"^(?!#)[^:\s]{1,64}:([^:\s]{1,128}):\d", GENERAL)),
    "zabbix_server.conf": pairs("dbpassword"),
    "smb.conf": pairs(".*passwd"),
    ".s3cfg": pairs("gpg_passphrase|secret_key"),
    "etc/environment": forms(line(rf"(?:export[ \t]+)?\w{{0,64}}(?:PASSWORD|PASSWD|SECRET){IS}", value=REST)),
}
