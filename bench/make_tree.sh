#!/usr/bin/env bash
# make_tree.sh FOLDER   A clean root filesystem as images have them: Debian, node_modules and site-packages of well-known packages.
#
# Nobody planted a secret in it, so what a scanner reports there is a false alarm until somebody has looked at it. Needs
# root, debootstrap, npm and pip; the mirrors are those that this machine uses. Nothing of it is ever committed.
set -euo pipefail

folder=${1:?usage: make_tree.sh FOLDER}
mirror=$(awk '/^(URIs:|deb )/ {print $2; exit}' /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2>/dev/null)
read -ra debian <<<"${DEBIAN:-python3,git,curl,openssh-server,nginx-light,mariadb-server,postgresql,redis-server,php-cli,ruby,perl,gnupg,openssl,default-jre-headless}"
read -ra node <<<"${NODE:-express react react-dom next typescript webpack eslint jest aws-sdk @aws-sdk/client-s3 firebase stripe mongoose sequelize passport axios lodash socket.io puppeteer-core @angular/core vue @nestjs/core prisma}"
read -ra python <<<"${PYTHON:-django flask fastapi sqlalchemy boto3 azure-identity azure-storage-blob google-cloud-storage kubernetes ansible-core numpy pandas scipy matplotlib scikit-learn requests cryptography paramiko celery redis psycopg2-binary pymysql ipython openai stripe twilio slack-sdk sentry-sdk pytest}"

[ ! -e "$folder" ] || { echo "$folder is there already" >&2; exit 2; }
debootstrap --variant=minbase --include="${debian[*]}" bookworm "$folder" "$mirror" >"$folder.log" 2>&1 ||
  { tail -5 "$folder.log" >&2; exit 1; }
rm -rf "$folder"/var/cache/apt/archives/*.deb
mkdir -p "$folder/srv/app" "$folder/usr/local/lib/python3.11/dist-packages"
npm install --prefix "$folder/srv/app" --silent --no-audit --no-fund --ignore-scripts --no-save "${node[@]}"
python3 -m pip install --quiet --no-compile --only-binary :all: --target "$folder/usr/local/lib/python3.11/dist-packages" "${python[@]}"
du -sh --apparent-size "$folder" "$folder/srv/app" "$folder/usr/local/lib/python3.11"
