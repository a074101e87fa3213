#!/bin/bash
# Pre-script for Oracle Database: puts the whole database into backup mode (ALTER DATABASE BEGIN BACKUP).
#
# NOT RUN HERE. Written from Oracle's documentation (Backup and Recovery User's Guide, "Making User-Managed Backups"; SQL
# Language Reference, ALTER DATABASE and ALTER SYSTEM), on a machine without Oracle. Try it on a copy of your database,
# and try the restore, before you rely on it.
#
#   pre.sh ORACLE_SID ORACLE_HOME [SYSTEM_USER]
#
# Why backup mode although the snapshot is of one instant: it freezes the checkpoint in the headers of the data files, so
# that the files can be recovered whatever the snapshot caught in the middle of a write. It stops nobody, but until END
# BACKUP the redo log grows faster and SHUTDOWN IMMEDIATE is refused (ORA-01149): the post-script must run. Remanso runs
# it whenever this script was started; after a power cut, run it by hand before or after the database is opened.
#
# From 12c on, Enterprise Edition can do without it ("Storage Snapshot Optimization"): see examples/README.md.

set -u -o pipefail

sid=${1:-}
home=${2:-}
system_user=${3:-oracle}
# Seconds for one call of sqlplus; timeoutInSeconds of the configuration covers all of them together.
limit=120

log() { printf '%s pre-script: %s\n' "$(date -u +%FT%TZ)" "$*"; }
fail() {
    log "error: $*" >&2
    exit 1
}

# Runs SQL as the owner of the software, who connects as SYSDBA through the operating system: no password anywhere.
# -L: one attempt to log on; -S: no banner. The statement comes on standard input, so no process list shows it.
sql() {
    printf '%s\n' 'WHENEVER OSERROR EXIT FAILURE ROLLBACK' 'WHENEVER SQLERROR EXIT FAILURE ROLLBACK' \
        'SET HEADING OFF FEEDBACK OFF PAGESIZE 0 LINESIZE 32767 TRIMSPOOL ON TAB OFF' "$1" 'EXIT SUCCESS' |
        timeout --kill-after=5 "$limit" runuser -u "$system_user" -- \
            env ORACLE_SID="$sid" ORACLE_HOME="$home" LD_LIBRARY_PATH="$home/lib" NLS_LANG=AMERICAN_AMERICA.AL32UTF8 \
            "$home/bin/sqlplus" -S -L '/ as sysdba'
}

# Without blanks and line ends around it.
value() { sql "$1" | tr -d '[:space:]'; }

[ "$(id -u)" = 0 ] || fail "must run as root"
[ -n "$sid" ] && [ -n "$home" ] || fail "preScriptParams must name ORACLE_SID and ORACLE_HOME"
[ -x "$home/bin/sqlplus" ] || fail "there is no $home/bin/sqlplus"
for program in runuser timeout; do
    command -v "$program" >/dev/null || fail "$program is not in $PATH"
done

state=$(value 'SELECT status FROM v$instance;') || fail "instance $sid does not answer: $state"
# 508, FailedWorkloadDatabaseNotOpen, in the numbers of Azure's framework for databases.
[ "$state" = OPEN ] || fail "instance $sid is $state, not OPEN (508)"

mode=$(value 'SELECT log_mode FROM v$database;') || fail "v\$database cannot be read: $mode"
# 511, DatabaseInNoArchiveLog: backup mode does not exist there, and a snapshot could not be rolled forward.
[ "$mode" = ARCHIVELOG ] || fail "database $sid runs in $mode: switch archiving on first (511)"

role=$(value 'SELECT database_role FROM v$database;') || fail "v\$database cannot be read: $role"
[ "$role" = PRIMARY ] || fail "database $sid is $role; backup mode is for a primary, so back that one up"

active=$(value "SELECT count(*) FROM v\$backup WHERE status = 'ACTIVE';") || fail "v\$backup cannot be read: $active"
# Somebody else's backup mode is not ours to end, and the post-script could not tell the two apart.
[ "$active" = 0 ] || fail "$active data files are in backup mode already: another backup, or run post.sh for one that died"

# What is in the redo log until now can be recovered even without the logs on the volumes of the recovery point.
answer=$(sql 'ALTER SYSTEM ARCHIVE LOG CURRENT;') || fail "the redo log cannot be archived: $answer"
log "redo log archived"
# Lets the post-script tell this backup mode from another one, also when this script is killed in the middle.
echo begun >"/run/remanso-oracle-${sid//[!A-Za-z0-9_]/_}" || fail "/run cannot be written"
answer=$(sql 'ALTER DATABASE BEGIN BACKUP;') || fail "BEGIN BACKUP: $answer"
log "database $sid is in backup mode"
