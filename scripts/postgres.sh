#!/usr/bin/env bash
# Starts a throwaway PostgreSQL on a free port of 127.0.0.1 and prints its URL. It
# is stopped and removed when standard input ends, so with whatever started it.
# Lines of standard input are commands, answered with a line: "kill" ends the
# server as a crash would, "start" starts it again.
set -euo pipefail

cluster() {
	set -euo pipefail
	bin=$1 pid=
	# not the folder of the tests: it may be closed to the user that runs the server
	dir=$(mktemp -d /tmp/appos-postgres-XXXXXX)
	cd "$dir"
	crash() {
		[[ -n $pid ]] || return 0
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
		pid=
	}
	stop() {
		[[ -z $pid ]] || { kill -INT "$pid" 2>/dev/null && wait "$pid" 2>/dev/null; } || true
		rm -rf "$dir"
	}
	trap stop EXIT
	trap 'exit 1' INT TERM HUP
	common=(-D data -U postgres -A trust -E UTF8 --no-sync)
	# an order of texts that is not the one of bytes shows where a column lacks COLLATE "C"
	"$bin/initdb" "${common[@]}" --locale=C.UTF-8 --locale-provider=icu --icu-locale=en-US >log 2>&1 ||
		{ rm -rf data && "$bin/initdb" "${common[@]}" --locale=C >log 2>&1; } || { cat log >&2; exit 1; }
	# a commit is written before it is acknowledged, for tests of crashes, but not
	# synced: the machine does not crash
	start() {
		"$bin/postgres" -D "$dir/data" -c listen_addresses=127.0.0.1 -c port="$port" -c unix_socket_directories= \
			-c fsync=off -c full_page_writes=off -c max_connections=300 -c shared_buffers=64MB -c autovacuum=off -c log_min_messages=fatal \
			>>"$dir/log" 2>&1 </dev/null &
		pid=$!
		while kill -0 "$pid" 2>/dev/null; do
			"$bin/pg_isready" -q -h 127.0.0.1 -p "$port" && return 0
			sleep 0.05
		done
		pid=
		return 1
	}
	for _ in 1 2 3 4 5; do
		port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
		start && break
	done
	[[ -n $pid ]] || { cat log >&2; exit 1; }
	echo "postgres://postgres@127.0.0.1:$port/postgres?sslmode=disable"
	while read -r command; do
		case $command in
		kill) crash && echo killed ;;
		start) # children of the one that was killed may still be leaving
			until start; do sleep 0.05; done
			echo started
			;;
		esac
	done
}

bin=$(dirname "$(ls -d /usr/lib/postgresql/*/bin/postgres 2>/dev/null | sort -V | tail -n1)")
[[ -x $bin/initdb ]] || bin=$(dirname "$(command -v initdb || true)")
if [[ ! -x $bin/initdb ]]; then
	echo "PostgreSQL's initdb is not installed; scripts/setup-test.sh installs it" >&2
	exit 1
fi
if ((EUID != 0)); then
	cluster "$bin"
	exit
fi
# PostgreSQL refuses to run as root
user=postgres
id "$user" >/dev/null 2>&1 || user=nobody
exec setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups bash -c "$(declare -f cluster); cluster $bin"
