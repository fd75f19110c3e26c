"""Passwords in the files of applications, build tools, agents and command lines, as their manuals show them."""

# ruff: noqa: E501 - lines of files stand as their programs write them

from __future__ import annotations

import base64

from tests.second.values import Row, Values, after, hexa

P = Values.password
S = Values.signs
W = Values.phrase
PHP = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!@#%^&*()-_[]{}<>~`+=,.;:/?|"


ROWS: list[Row] = [
    (
        "tomcat-users",
        "opt/tomcat/conf/tomcat-users.xml",
        '<?xml version="1.0" encoding="UTF-8"?>\n<tomcat-users version="1.0">\n  <role rolename="manager-gui"/>\n  <user username="deploy" password="{v}" roles="manager-gui"/>\n</tomcat-users>\n',
        P,
    ),
    (
        "tomcat-jndi-resource",
        "opt/tomcat/conf/context.xml",
        '<Context>\n  <Resource name="jdbc/shop" auth="Container" type="javax.sql.DataSource" maxTotal="20"\n    username="shop" password="{v}" driverClassName="org.postgresql.Driver" url="jdbc:postgresql://db.int.acmecorp.io/shop"/>\n</Context>\n',
        S,
    ),
    (
        "tomcat-connector-keystore",
        "opt/tomcat/conf/server.xml",
        '<Server port="8005"><Service name="Catalina">\n<Connector port="8443" SSLEnabled="true"><SSLHostConfig>\n<Certificate certificateKeystoreFile="conf/site.jks" certificateKeystorePassword="{v}" type="RSA"/>\n</SSLHostConfig></Connector></Service></Server>\n',
        P,
    ),
    (
        "wildfly-datasource",
        "opt/wildfly/standalone/configuration/standalone.xml",
        '<datasource jndi-name="java:jboss/OrdersDS" pool-name="OrdersDS">\n  <connection-url>jdbc:mariadb://db.int.acmecorp.io/orders</connection-url>\n  <security>\n    <user-name>orders</user-name>\n    <password>{v}</password>\n  </security>\n</datasource>\n',
        P,
    ),
    (
        "jetty-realm",
        "opt/jetty/etc/realm.properties",
        "# user: password, roles\nadmin: {v}, server-administrator, admin\n",
        P,
    ),
    (
        "spring-datasource",
        "app/BOOT-INF/classes/application.properties",
        "server.port=8080\nspring.datasource.url=jdbc:postgresql://db.int.acmecorp.io:5432/orders\nspring.datasource.username=orders\nspring.datasource.password={v}\nspring.jpa.open-in-view=false\n",
        P,
    ),
    (
        "hibernate-cfg",
        "app/WEB-INF/classes/hibernate.cfg.xml",
        '<hibernate-configuration><session-factory>\n<property name="hibernate.dialect">org.hibernate.dialect.PostgreSQLDialect</property>\n<property name="hibernate.connection.username">crm</property>\n<property name="hibernate.connection.password">{v}</property>\n</session-factory></hibernate-configuration>\n',
        P,
    ),
    (
        "log4j-smtp-appender",
        "app/WEB-INF/classes/log4j2.xml",
        '<Configuration status="warn"><Appenders>\n<SMTP name="mail" smtpHost="smtp.int.acmecorp.io" smtpPort="587" smtpUsername="alerts" smtpPassword="{v}" to="ops@acmecorp.io"/>\n</Appenders></Configuration>\n',
        P,
    ),
    (
        "dotnet-connection-string",
        "app/Web.config",
        '<?xml version="1.0"?>\n<configuration>\n  <connectionStrings>\n    <add name="Crm" connectionString="Server=sql.int.acmecorp.io;Database=Crm;User Id=crm;Password={v};Encrypt=True" providerName="System.Data.SqlClient" />\n  </connectionStrings>\n</configuration>\n',
        P,
    ),
    (
        "aspnet-machine-key",
        "app/site/web.config",
        '<configuration>\n  <system.web>\n    <machineKey validationKey="{v}" validation="HMACSHA256" decryption="AES" />\n  </system.web>\n</configuration>\n',
        lambda r: r.of("0123456789ABCDEF", 128),
    ),
    (
        "wordpress-db-password",
        "var/www/html/wp-config.php",
        "<?php\ndefine( 'DB_NAME', 'wordpress' );\ndefine( 'DB_USER', 'wp' );\ndefine( 'DB_PASSWORD', '{v}' );\ndefine( 'DB_HOST', 'db.int.acmecorp.io' );\n$table_prefix = 'wp_';\n",
        S,
    ),
    (
        "wordpress-auth-key",
        "var/www/html/wp-salts.php",
        "<?php\ndefine('AUTH_KEY',         '{v}');\ndefine('WP_DEBUG', false);\n",
        lambda r: r.of(PHP, 64),
    ),
    (
        "drupal-settings",
        "var/www/drupal/sites/default/settings.php",
        "<?php\n$databases['default']['default'] = array (\n  'database' => 'drupal',\n  'username' => 'drupal',\n  'password' => '{v}',\n  'host' => 'db.int.acmecorp.io',\n  'driver' => 'mysql',\n);\n",
        P,
    ),
    (
        "joomla-configuration",
        "var/www/joomla/configuration.php",
        "<?php\nclass JConfig {\n\tpublic $offline = false;\n\tpublic $user = 'joomla';\n\tpublic $password = '{v}';\n\tpublic $dbprefix = 'j3_';\n}\n",
        P,
    ),
    (
        "magento-env",
        "var/www/magento/app/etc/env.php",
        "<?php\nreturn [\n    'backend' => ['frontName' => 'admin_x'],\n    'crypt' => [\n        'key' => '{v}'\n    ],\n    'MAGE_MODE' => 'production'\n];\n",
        hexa("", length=32),
    ),
    (
        "nextcloud-config",
        "var/www/nextcloud/config/config.php",
        "<?php\n$CONFIG = array (\n  'instanceid' => 'oc8a1x0',\n  'dbtype' => 'pgsql',\n  'dbuser' => 'oc_admin',\n  'dbpassword' => '{v}',\n  'installed' => true,\n);\n",
        P,
    ),
    (
        "laravel-app-key",
        "var/www/laravel/.env",
        "APP_NAME=Portal\nAPP_KEY=base64:{v}\nAPP_DEBUG=false\nCACHE_DRIVER=file\n",
        lambda r: r.base64(32),
    ),
    (
        "symfony-mailer-dsn",
        "var/www/symfony/.env.local",
        "APP_ENV=prod\nMAILER_DSN=smtp://notify:{v}@smtp.int.acmecorp.io:587\n",
        P,
    ),
    (
        "phpmyadmin-blowfish",
        "etc/phpmyadmin/config.inc.php",
        "<?php\n$cfg['blowfish_secret'] = '{v}';\n$i = 1;\n$cfg['Servers'][$i]['auth_type'] = 'cookie';\n",
        lambda r: r.of(PHP, 32),
    ),
    (
        "mediawiki-db-password",
        "var/www/wiki/LocalSettings.php",
        "<?php\n$wgSitename = 'Runbooks';\n$wgDBuser = 'wiki';\n$wgDBpassword = '{v}';\n$wgLanguageCode = 'en';\n",
        W,
    ),
    (
        "roundcube-des-key",
        "etc/roundcube/config.inc.php",
        "<?php\n$config['imap_host'] = 'ssl://imap.int.acmecorp.io:993';\n$config['des_key'] = '{v}';\n$config['skin'] = 'elastic';\n",
        lambda r: r.url64(24),
    ),
    (
        "django-secret-key",
        "app/core/settings.py",
        "DEBUG = False\nALLOWED_HOSTS = ['portal.acmecorp.io']\nSECRET_KEY = '{v}'\nROOT_URLCONF = 'core.urls'\n",
        after("", "abcdefghijklmnopqrstuvwxyz0123456789!@#%^&*(-_=+)", 50),
    ),
    ("rails-master-key", "app/config/master.key", "{v}", hexa("", length=32)),
    (
        "rails-database-yml",
        "app/config/database.yml",
        "default: &default\n  adapter: postgresql\n  pool: 5\n\nproduction:\n  <<: *default\n  database: shop\n  username: shop\n  password: {v}\n",
        P,
    ),
    (
        "phoenix-secret-key-base",
        "app/config/prod.secret.exs",
        'import Config\n\nconfig :shop, ShopWeb.Endpoint,\n  http: [port: 4000],\n  secret_key_base: "{v}"\n',
        lambda r: r.base64(48),
    ),
    (
        "grafana-ini-admin",
        "etc/grafana/grafana.ini",
        "[server]\nhttp_port = 3000\n\n[security]\nadmin_user = admin\nadmin_password = {v}\n;disable_gravatar = false\n",
        P,
    ),
    (
        "gitea-app-ini",
        "etc/gitea/app.ini",
        "[server]\nHTTP_PORT = 3000\n\n[security]\nINSTALL_LOCK = true\nINTERNAL_TOKEN = {v}\n",
        lambda r: r.jwt(nbf=1712345678),
    ),
    (
        "zabbix-server-db",
        "etc/zabbix/zabbix_server.conf",
        "LogFile=/var/log/zabbix/server.log\nDBName=zabbix\nDBUser=zabbix\nDBPassword={v}\nTimeout=4\n",
        P,
    ),
    (
        "prometheus-basic-auth",
        "etc/prometheus/prometheus.yml",
        "scrape_configs:\n  - job_name: edge\n    basic_auth:\n      username: scrape\n      password: {v}\n    static_configs:\n      - targets: ['edge.int.acmecorp.io:9100']\n",
        S,
    ),
    (
        "telegraf-output",
        "etc/telegraf/telegraf.conf",
        '[agent]\n  interval = "10s"\n\n[[outputs.influxdb]]\n  urls = ["http://10.20.0.9:8086"]\n  username = "telegraf"\n  password = "{v}"\n',
        P,
    ),
    (
        "icinga-api-user",
        "etc/icinga2/conf.d/api-users.conf",
        'object ApiUser "director" {\n  password = "{v}"\n  permissions = [ "*" ]\n}\n',
        P,
    ),
    (
        "monit-httpd",
        "etc/monit/monitrc",
        "set daemon 60\nset httpd port 2812 and\n  allow admin:{v}\ncheck system host7\n",
        P,
    ),
    (
        "postgres-exporter-dsn",
        "etc/default/prometheus-postgres-exporter",
        "DATA_SOURCE_NAME='user=exporter password={v} host=/run/postgresql dbname=postgres'\nARGS=\"\"\n",
        P,
    ),
    ("restic-password-file", "etc/restic/password", "{v}\n", W),
    (
        "borg-passphrase",
        "etc/borgmatic/config.yaml",
        'repositories:\n  - path: ssh://borg@nas.int.acmecorp.io/./host7\nencryption_passphrase: "{v}"\nkeep_daily: 7\n',
        S,
    ),
    (
        "bacula-director",
        "etc/bacula/bacula-fd.conf",
        'Director {\n  Name = backup-dir\n  Password = "{v}"\n}\nFileDaemon {\n  Name = host7-fd\n  FDport = 9102\n}\n',
        lambda r: r.base64(33),
    ),
    (
        "rclone-s3-secret",
        "root/.config/rclone/rclone.conf",
        "[minio]\ntype = s3\nprovider = Minio\naccess_key_id = backup\nsecret_access_key = {v}\nendpoint = https://minio.int.acmecorp.io\n",
        P,
    ),
    (
        "duplicity-ftp-password",
        "etc/cron.weekly/duplicity",
        "#!/bin/sh\nexport FTP_PASSWORD='{v}'\nexport TMPDIR=/var/tmp\nduplicity /srv ftp://bk@nas.int.acmecorp.io/srv\n",
        S,
    ),
    (
        "minio-client",
        "root/.mc/config.json",
        '{"version": "10", "aliases": {"prod": {"url": "https://minio.int.acmecorp.io", "accessKey": "svc-reports", "secretKey": "{v}", "api": "s3v4", "path": "auto"}}}\n',
        P,
    ),
    (
        "gradle-signing",
        "root/.gradle/gradle.properties",
        "org.gradle.jvmargs=-Xmx2g\nsigning.keyId=9A1B2C3D\nsigning.password={v}\n",
        W,
    ),
    (
        "sbt-credentials",
        "root/.sbt/.credentials",
        "realm=Sonatype Nexus Repository Manager\nhost=nexus.int.acmecorp.io\nuser=ci\npassword={v}\n",
        P,
    ),
    (
        "composer-http-basic",
        "root/.config/composer/auth.json",
        '{\n    "http-basic": {\n        "repo.int.acmecorp.io": {\n            "username": "ci",\n            "password": "{v}"\n        }\n    }\n}\n',
        P,
    ),
    (
        "poetry-auth",
        "root/.config/pypoetry/auth.toml",
        '[http-basic.acme]\nusername = "ci"\npassword = "{v}"\n',
        P,
    ),
    (
        "bundle-config",
        "usr/local/bundle/config",
        '---\nBUNDLE_FROZEN: "true"\nBUNDLE_GEMS__INT__ACMECORP__IO: "ci:{v}"\n',
        P,
    ),
    (
        "apt-auth",
        "etc/apt/auth.conf.d/acme.conf",
        "machine apt.int.acmecorp.io/debian\nlogin mirror\npassword {v}\n",
        P,
    ),
    (
        "yum-repo",
        "etc/yum.repos.d/acme.repo",
        "[acme]\nname=Acme\nbaseurl=https://rpm.int.acmecorp.io/el9\nusername=mirror\npassword={v}\ngpgcheck=1\n",
        P,
    ),
    (
        "conda-channel",
        "root/.condarc",
        "channels:\n  - https://ci:{v}@conda.int.acmecorp.io/main\n  - conda-forge\n",
        P,
    ),
    (
        "yarnrc-auth-ident",
        "app/.yarnrc.yml",
        'nodeLinker: node-modules\nnpmRegistries:\n  "https://npm.int.acmecorp.io":\n    npmAlwaysAuth: true\n    npmAuthIdent: "ci:{v}"\n',
        P,
    ),
    (
        "wgetrc-proxy",
        "etc/wgetrc",
        "tries = 3\nuse_proxy = on\nhttps_proxy = http://build:{v}@proxy.int.acmecorp.io:3128/\n",
        P,
    ),
    ("curlrc-user", "root/.curlrc", 'silent\nuser = "mirror:{v}"\nretry = 3\n', P),
    (
        "ansible-group-vars",
        "etc/ansible/group_vars/all.yml",
        "ansible_user: deploy\nansible_become: true\nansible_become_password: {v}\nntp_server: ntp.int.acmecorp.io\n",
        P,
    ),
    (
        "ansible-inventory",
        "etc/ansible/hosts",
        "[web]\nweb1 ansible_host=10.20.1.11 ansible_user=root ansible_ssh_pass={v}\nweb2 ansible_host=10.20.1.12\n",
        P,
    ),
    ("ansible-vault-password", "root/.vault_pass.txt", "{v}\n", W),
    (
        "terraform-state",
        "infra/terraform.tfstate",
        '{"version": 4, "terraform_version": "1.9.5", "serial": 7, "lineage": "3b1c", "outputs": {}, "resources": [{"mode": "managed", "type": "aws_db_instance", "name": "main",\n"instances": [{"schema_version": 2, "attributes": {"engine": "postgres", "username": "root", "password": "{v}", "port": 5432}}]}]}\n',
        P,
    ),
    (
        "terraform-tfvars",
        "infra/prod.auto.tfvars",
        'region          = "eu-central-1"\ninstance_count  = 3\nmaster_password = "{v}"\n',
        S,
    ),
    (
        "kubeconfig-token",
        "root/.kube/config",
        "apiVersion: v1\nkind: Config\nclusters:\n- cluster:\n    server: https://10.9.0.1:6443\n  name: prod\nusers:\n- name: ci\n  user:\n    token: {v}\n",
        lambda r: r.jwt(iss="kubernetes/serviceaccount", sub="system:serviceaccount:ci:deployer"),
    ),
    (
        "k3s-node-token",
        "etc/rancher/k3s/config.yaml",
        "server: https://10.9.0.1:6443\ntoken: {v}\nnode-label:\n  - zone=a\n",
        lambda r: f"K10{r.hex(64)}::server:{r.hex(32)}",
    ),
    (
        "kubeadm-join",
        "opt/k8s/join.sh",
        "kubeadm join 10.9.0.1:6443 --token {v} --discovery-token-unsafe-skip-ca-verification\n",
        lambda r: (
            f"{r.of('abcdefghijklmnopqrstuvwxyz0123456789', 6)}.{r.of('abcdefghijklmnopqrstuvwxyz0123456789', 16)}"
        ),
    ),
    (
        "helm-values",
        "charts/keycloak/values.yaml",
        "replicaCount: 2\nauth:\n  adminUser: admin\n  adminPassword: {v}\nservice:\n  type: ClusterIP\n",
        P,
    ),
    (
        "consul-encrypt",
        "etc/consul.d/consul.hcl",
        'datacenter = "fra1"\ndata_dir = "/opt/consul"\nencrypt = "{v}"\nretry_join = ["10.9.1.1"]\n',
        lambda r: r.base64(32),
    ),
    (
        "docker-compose-postgres",
        "srv/stack/compose.yaml",
        "services:\n  db:\n    image: postgres:16\n    environment:\n      - POSTGRES_USER=app\n      - POSTGRES_PASSWORD={v}\n    volumes: [db:/var/lib/postgresql/data]\n",
        P,
    ),
    (
        "s3cmd",
        "root/.s3cfg",
        "[default]\naccess_key = svc-media\nsecret_key = {v}\nhost_base = s3.int.acmecorp.io\nuse_https = True\n",
        lambda r: r.alnum(40),
    ),
    (
        "boto-gcs-secret",
        "root/.boto",
        "[Credentials]\ngs_access_key_id = GOOG1EACMEBACKUP\ngs_secret_access_key = {v}\n\n[Boto]\nhttps_validate_certificates = True\n",
        lambda r: r.base64(30),
    ),
    (
        "filezilla-sites",
        "home/anna/.config/filezilla/sitemanager.xml",
        '<?xml version="1.0"?>\n<FileZilla3><Servers><Server>\n<Host>ftp.int.acmecorp.io</Host><Port>21</Port><User>anna</User>\n<Pass encoding="base64">{v}</Pass><Logontype>1</Logontype>\n</Server></Servers></FileZilla3>\n',
        lambda r: base64.b64encode(r.password().encode()).decode(),
    ),
    (
        "jdbc-url-parameters",
        "opt/etl/job.conf",
        "batch.size=500\njdbc.url=jdbc:mysql://db.int.acmecorp.io:3306/dw?user=etl&password={v}&useSSL=true\n",
        P,
    ),
    ("lftp-bookmark", "root/.local/share/lftp/bookmarks", "nas\tftp://bk:{v}@nas.int.acmecorp.io/\n", P),
    (
        "irssi-sasl",
        "home/anna/.irssi/config",
        'servers = ( { address = "irc.int.acmecorp.io"; port = "6697"; } );\nchatnets = {\n  acme = {\n    type = "IRC";\n    sasl_username = "anna";\n    sasl_password = "{v}";\n  };\n};\n',
        P,
    ),
]
