#!/bin/bash
# Pre-script for PostgreSQL: writes everything that the server holds in memory to its files (CHECKPOINT).
#
#   pre.sh [SOCKET_FOLDER [PORT [DATABASE_USER [SYSTEM_USER]]]]
#
# Why no lock and no stopped writer: the snapshot shows all frozen volumes at one instant, and PostgreSQL starts from
# such an image as after a power cut, with every committed transaction. The checkpoint makes that start short. Nothing
# is held that somebody would have to release, so this script may be killed at any moment.
#
# The database user must be a superuser or, from PostgreSQL 15 on, a member of pg_checkpoint.

set -u -o pipefail

socket=${1:-/var/run/postgresql}
port=${2:-5432}
database_user=${3:-postgres}
system_user=${4:-postgres}

log() { printf '%s pre-script: %s\n' "$(date -u +%FT%TZ)" "$*"; }
warn() { log "warning: $*" >&2; }
fail() {
    log "error: $*" >&2
    exit 1
}

# -X: no psqlrc; -w: never ask for a password; -Atq: bare values.
query() {
    runuser -u "$system_user" -- env PGCONNECT_TIMEOUT=10 PGAPPNAME=remanso \
        psql -X -w -Atq -v ON_ERROR_STOP=1 -h "$socket" -p "$port" -U "$database_user" -d postgres -c "$1"
}

# Warns when the path lies on a volume that this recovery point does not hold. Only Remanso names its volumes.
check_volume() {
    local mount
    [ -n "${REMANSO_VOLUMES:-}" ] || return 0
    mount=$(findmnt -n -o TARGET -T "$1") || return 0
    case ":$REMANSO_VOLUMES:" in
        *":$mount:"*) ;;
        *) warn "$1 is on $mount, which is not a volume of this recovery point ($REMANSO_VOLUMES)" ;;
    esac
}

[ "$(id -u)" = 0 ] || fail "must run as root"
for program in runuser psql findmnt; do
    command -v "$program" >/dev/null || fail "$program is not in $PATH"
done

version=$(query 'SHOW server_version') || fail "no server answers at $socket, port $port, as $database_user"
data=$(query 'SHOW data_directory') || fail "$database_user may not read data_directory"
log "PostgreSQL $version, data in $data, attempt ${REMANSO_ATTEMPT:-1}"

check_volume "$data"
check_volume "$(readlink -f "$data/pg_wal")"
tablespaces=$(query "SELECT pg_tablespace_location(oid) FROM pg_tablespace WHERE pg_tablespace_location(oid) <> ''") ||
    fail "the tablespaces cannot be listed"
while IFS= read -r folder; do
    [ -z "$folder" ] || check_volume "$folder"
done <<<"$tablespaces"

started=$SECONDS
query 'CHECKPOINT' || fail "CHECKPOINT failed"
log "checkpoint done in $((SECONDS - started)) s"
