"""What applications are configured by, framework by framework.

docs.spring.io (externalized configuration); guides.rubyonrails.org/security.html;
docs.djangoproject.com/en/stable/ref/settings;
developer.wordpress.org/advanced-administration/wordpress/wp-config; php.net/manual/en/mysqli.configuration.php;
github.com/roundcube/roundcubemail/wiki/Configuration; docs.phpmyadmin.net/en/latest/config.html
"""

from __future__ import annotations

from imagelint.secrets.structured.clusters import tree
from imagelint.secrets.structured.forms import IS, REST, Form, forms, line, pairs, whole
from imagelint.secrets.structured.value import GENERAL, Reader

MASTER_KEY = "rails-master-key"
_PHP = r"(?:'((?:[^'\\\r\n]|\\.){3,256})'|\"((?:[^\"\\$\r\n]|\\.){3,256})\")"
_WORDPRESS = forms(
    Form(
        r"\bdefine\([ \t]*[\"'](?:DB_PASSWORD|FTP_PASS"
        r"|(?:SECURE_AUTH|AUTH|LOGGED_IN|NONCE)_(?:KEY|SALT)|WP_CACHE_KEY_SALT)"
        rf"[\"'][ \t]*,[ \t]*{_PHP}"
    )
)
_JOOMLA = forms(
    Form(rf"^[ \t]*(?:public|var)[ \t]+\$(?:password|secret|smtppass|ftp_pass|proxy_pass)[ \t]*=[ \t]*{_PHP}")
)
_ARRAY = forms(
    Form(rf"[\"'](?:password|dbpassword|passwordsalt|secret|hash_salt|key)[\"'][\]]?[ \t]*=>?[ \t]*{_PHP}"),
)
_OPTIONS = forms(
    Form(rf"\[[\"'](?:des_key|blowfish_secret|password|controlpass|smtp_pass)[\"']\][ \t]*=[ \t]*{_PHP}"),
)
_PHP_INI = forms(line(rf"[\w.]{{1,64}}(?:password|default_pw|pass){IS}", value=REST))
_SPRING = pairs(r".*(?:password|passwd|secret|secret-?key|api-?key|token|encrypt\.key)")
_SPRING_TREE = tree({r".*(?:password|passwd|passphrase)|.*secret|encrypt/key": GENERAL})
_RAILS = tree(
    {r".*(?:password|secret_key_base)|(?:production|development|staging|test)/.*/?(?:key|secret|token)": GENERAL}
)
_FERNET = forms(
    Form(r"^[ \t]*fernet_key[ \t]*=[ \t]*([\w-]{43}=)", name="fernet_key", formed=True), pairs("secret_key")
)
_VALUES = tree({r".*(?:password|passwd|secretkey)": GENERAL})

READERS: dict[str, Reader] = {
    "wp-config.php": _WORDPRESS,
    "configuration.php": _JOOMLA,
    "app/etc/env.php default/settings.php config/config.php parameters.php": _ARRAY,
    "config.inc.php": _OPTIONS,
    "php.ini .user.ini php/*/conf.d/*": _PHP_INI,
    "application.properties application-prod.properties bootstrap.properties credentials.properties "
    "sonar.properties client.properties server.properties": _SPRING,
    "application.yml application.yaml application-prod.yml application-prod.yaml "
    "application-production.yml application-production.yaml bootstrap.yml bootstrap.yaml": _SPRING_TREE,
    "config/secrets.yml config/database.yml config/storage.yml": _RAILS,
    "config/master.key config/credentials/*.key": whole(MASTER_KEY, r"[0-9a-f]{32}", formed=True),
    "airflow.cfg": _FERNET,
    "values.yaml values.yml values-prod.yaml values-production.yaml": _VALUES,
    "*.sls": forms(tree({r".*(?:password|passwd|secret)": GENERAL})),
    "*.tfvars": pairs(r".*(?:password|passwd|secret|secret_key|api_key|token)"),
}
