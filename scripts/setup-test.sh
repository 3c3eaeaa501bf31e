#!/usr/bin/env bash
# Installs what the tests need and is missing: Debian's redis-server, postgresql
# and chromium, a C compiler for the race detector, and npm's playwright-core and
# judges of the API's description.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
command -v redis-server >/dev/null || missing+=(redis-server)
command -v chromium     >/dev/null || missing+=(chromium)
command -v gcc          >/dev/null || missing+=(gcc libc6-dev)
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || command -v postgres >/dev/null || missing+=(postgresql)

if ((${#missing[@]})); then
	echo "installing ${missing[*]}"
	sudo=
	((EUID == 0)) || sudo=sudo
	$sudo apt-get update -qq
	# the packages would start services of their own; the tests start theirs
	DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

if [[ ! -d test/browser/node_modules/playwright-core || ! -d test/browser/node_modules/axe-core ]]; then
	echo "installing playwright-core and axe-core"
	npm ci --prefix test/browser --no-audit --no-fund --silent
fi

if [[ ! -x test/openapi/node_modules/.bin/spectral || ! -x test/openapi/node_modules/.bin/tsc ]]; then
	echo "installing spectral, openapi-schema-validator, openapi-typescript and typescript"
	npm ci --prefix test/openapi --no-audit --no-fund --silent
fi
