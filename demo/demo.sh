#!/bin/bash
# Backs up a live PostgreSQL and a live SQLite database, destroys both, restores them and proves what came back.
# `make demo` runs it as root in a mount namespace of its own; nothing that it makes is left behind.
set -u -o pipefail
repository=$(cd "$(dirname "$0")/.." && pwd) || exit 1
remanso=${REMANSO:-$repository/.build/release/remanso}
cd / || exit 1
PATH=$PATH:/usr/sbin:/sbin

declare -A text
language=${LC_ALL:-${LC_MESSAGES:-${LANG:-C}}}
case $language in
es | es[_.@-]*)
    text=(
        [root]='Ejecútese como root en un espacio de montajes propio: sudo make demo'
        [build]='Falta %s: ejecute make'
        [volumes]='Dos volúmenes propios: ext4 sin función de instantáneas, y btrfs'
        [databases]='PostgreSQL %s en el primero, SQLite en el segundo'
        [writing]='Ambas bases de datos reciben escrituras sin pausa; se anota cada commit confirmado'
        [check]='remanso check: ¿está todo dispuesto?'
        [backup]='remanso backup: scripts, congelación, instantáneas y almacén'
        [show]='remanso show latest: lo que ve un administrador'
        [verify]='remanso verify: cada byte del almacén, leído y comprobado'
        [disaster]='Catástrofe: PostgreSQL muere por SIGKILL y se borra todo el contenido de ambos volúmenes'
        [restore]='remanso restore latest --to /'
        [start]='PostgreSQL arranca con los archivos restaurados'
        [prove]='remanso drill latest: ambas bases arrancan desde el propio punto de recuperación, en un espacio aparte'
        [result]='RESULTADO'
        [pause]='Pausa de la aplicación'
        [freeze]='Congelación'
        [stall]='Commit más lento durante la pausa'
        [run]='Commit más lento en toda la copia de seguridad'
        [usual]='%s (PostgreSQL), %s (SQLite); lo habitual: %s, %s'
        [level]='Nivel'
        [application]='coherente con la aplicación'
        [filesystem]='coherente con el sistema de archivos'
        [crash]='coherente con una caída'
        [none]='ninguno'
        [providers]='Instantáneas'
        [commits]='Commits de %s'
        [before]='%s confirmados antes de la congelación: están todos; %s iniciados después de la descongelación: ninguno está'
        [proofs]='Integridad'
        [proven]='remanso drill (arranque, pg_amcheck, integrity_check, saldos) y remanso verify, sin errores'
        [time]='Duración'
        [passed]='demostración superada'
        [failed]='La demostración ha fallado:'
        [few]='%s: pocos commits para una prueba (%s antes, %s después)'
        [missing]='%s: faltan %s commits confirmados antes de la congelación, el primero es el %s'
        [early]='%s: hay %s commits iniciados después de la descongelación, el primero es el %s'
        [gaps]='%s: los commits restaurados no son consecutivos'
        [instants]='%s nombra un commit de %s que falta: las copias no son del mismo instante'
        [levelproblem]='El nivel es %s, no application'
        [writers]='Un escritor se detuvo: %s'
        [step]='Falló: %s'
        [interrupted]='Interrumpida por una señal'
        [left]='No se pudo eliminar %s'
    ) ;;
*)
    text=(
        [root]='This must run as root in a mount namespace of its own: sudo make demo'
        [build]='%s is missing: run make'
        [volumes]='Two volumes of its own: ext4 without any snapshot facility, and btrfs'
        [databases]='PostgreSQL %s on the first, SQLite on the second'
        [writing]='Both databases are written to without pause; every acknowledged commit is recorded outside'
        [check]='remanso check: is everything in place?'
        [backup]='remanso backup: scripts, freeze, snapshots, vault'
        [show]='remanso show latest: what an administrator sees'
        [verify]='remanso verify: every byte in the vault, read back and checked'
        [disaster]='Disaster: PostgreSQL is killed with SIGKILL, and everything on both volumes is deleted'
        [restore]='remanso restore latest --to /'
        [start]='PostgreSQL starts on the restored files'
        [prove]='remanso drill latest: both databases start from the recovery point itself, in a room of their own'
        [result]='RESULT'
        [pause]='Pause of the application'
        [freeze]='Freeze'
        [stall]='Slowest commit during the pause'
        [run]='Slowest commit during the whole backup'
        [usual]='%s (PostgreSQL), %s (SQLite); usual: %s, %s'
        [level]='Level'
        [application]='application-consistent'
        [filesystem]='file-system-consistent'
        [crash]='crash-consistent'
        [none]='none'
        [providers]='Snapshots'
        [commits]='Commits of %s'
        [before]='%s acknowledged before the freeze: all there; %s begun after the thaw: none there'
        [proofs]='Integrity'
        [proven]='remanso drill (start, pg_amcheck, integrity_check, balances) and remanso verify found no error'
        [time]='Time taken'
        [passed]='demonstration passed'
        [failed]='The demonstration has failed:'
        [few]='%s: too few commits to prove anything (%s before, %s after)'
        [missing]='%s: %s commits acknowledged before the freeze are missing, the first is %s'
        [early]='%s: %s commits begun after the thaw are there, the first is %s'
        [gaps]='%s: the restored commits are not consecutive'
        [instants]='%s names a commit of %s that is missing: the copies do not show one instant'
        [levelproblem]='The level is %s, not application'
        [writers]='A writer stopped: %s'
        [step]='Failed: %s'
        [interrupted]='Interrupted by a signal'
        [left]='%s could not be removed'
    ) ;;
esac

# shellcheck disable=SC2059
say() { printf -- "${text[$1]}" "${@:2}"; }
bold='' plain=''
if [ -t 1 ]; then bold=$'\033[1m' plain=$'\033[0m'; fi
head_line() { printf '\n%s== %s%s\n' "$bold" "$(say "$@")" "$plain"; }
row() {
    local LC_ALL=C.UTF-8 # a width counts characters, not bytes
    printf '  %s%*s%s\n' "$1" $((48 - ${#1})) '' "$2"
}
milliseconds() { LC_ALL=C awk -v value="$1" 'BEGIN { printf "%.1f ms", value }'; }

problems=()
problem() { problems+=("$(say "$@")"); }
fail() {
    problem "$@"
    exit 1
}
attempt() { # attempt SECONDS COMMAND…: the demonstration ends when it fails
    timeout --foreground --kill-after=15 "$1" "${@:2}" || fail step "${*:2}"
}

# ---- What was made, and how it is removed --------------------------------------------------------------------------

base='' made_state='' postmaster='' writers=''
volumes=()

end_process() { # end_process PID SIGNAL…: each signal gets ten seconds
    local pid=$1 signal
    shift
    for signal in "$@"; do
        kill -s "$signal" "$pid" || break
        for _ in $(seq 100); do
            # A process that has ended but was not waited for is still there for kill.
            case $(ps -o stat= -p "$pid") in '' | Z*) break 2 ;; esac
            sleep 0.1
        done
    done
    wait "$pid"
} 2> /dev/null

# shellcheck disable=SC2317
finish() {
    local status=$? mount
    trap '' INT TERM HUP
    trap - EXIT
    cd /
    # First of all: should Remanso ever leave one of these frozen, everything below would wait for ever.
    for mount in "${volumes[@]}"; do
        mountpoint -q "$mount" && timeout 10 fsfreeze -u "$mount" 2> /dev/null
    done
    [ -z "$writers" ] || end_process "$writers" TERM KILL
    [ -z "$postmaster" ] || end_process "$postmaster" INT QUIT KILL
    for ((index = ${#volumes[@]} - 1; index >= 0; index--)); do
        for _ in $(seq 50); do
            mountpoint -q "${volumes[index]}" || break
            umount "${volumes[index]}" 2> /dev/null || sleep 0.1
        done
    done
    if [ -n "$made_state" ]; then
        umount /run/remanso 2> /dev/null
        [ "$made_state" = folder ] && rmdir /run/remanso 2> /dev/null
    fi
    if [ -n "$base" ]; then
        rm -rf --one-file-system "$base"
        [ ! -e "$base" ] || problem left "$base"
    fi
    if [ ${#problems[@]} -gt 0 ]; then
        printf '\n%s\n' "$(say failed)" >&2
        printf '  %s\n' "${problems[@]}" >&2
        exit 1
    fi
    [ "$status" -ne 0 ] || printf '\n%s\n' "$(say passed)"
    exit "$status"
}
trap finish EXIT
trap 'fail interrupted' INT TERM HUP

# shellcheck source=scripts/namespace.sh
. "$repository/scripts/namespace.sh"
if [ "$(id -u)" != 0 ] || ! has_own_namespace; then fail root; fi
for program in "$remanso" "$(dirname "$remanso")/remanso-freezer"; do
    [ -x "$program" ] || [ -x "$(dirname "$program")/../libexec/remanso/$(basename "$program")" ] || fail build "$program"
done

# ---- Two volumes ---------------------------------------------------------------------------------------------------

head_line volumes
# Scripts that root runs must lie where nobody else can write: not below /tmp.
base=$(mktemp -d /var/lib/remanso-demo.XXXXXX) || fail step mktemp
chmod 711 "$base"
make_volume() { # make_volume NAME SIZE FOLDER MKFS…
    local name=$1 image=$3/$1.img mount=$base/$1
    attempt 10 truncate -s "$2" "$image"
    attempt 60 "${@:4}" "$image" > /dev/null
    mkdir "$mount" || fail step mkdir
    volumes+=("$mount")
    # With -o loop the kernel gives the device back at the unmount, even if this script is killed.
    attempt 30 mount -o loop "$image" "$mount"
    df -hT "$mount" | awk 'NR == 2 { printf "  %-48s%-6s %s\n", $7, $2, $3 }'
}
# Nothing below the ext4 volume can clone its image: it stands for a plain disk.
images=$base
if touch "$base/probe" && cp --reflink=always "$base/probe" "$base/probe.clone" 2> /dev/null; then
    make_volume images 1G "$base" mkfs.ext4 -q
    images=$base/images
fi
make_volume postgresql 512M "$images" mkfs.ext4 -q
make_volume sqlite 256M "$base" mkfs.btrfs -q
data=$base/postgresql/data database=$base/sqlite/orders.db
pg_volume=$base/postgresql sqlite_volume=$base/sqlite

# The lock and the journal of Remanso are this demonstration's own.
if [ -d /run/remanso ]; then made_state=mount; else mkdir -m 700 /run/remanso && made_state=folder; fi
attempt 10 mount -t tmpfs -o mode=700 remanso-demo /run/remanso

# ---- Two databases -------------------------------------------------------------------------------------------------

binaries=$(find /usr/lib/postgresql -maxdepth 2 -name bin | sort -V | tail -n 1)
head_line databases "$("$binaries/postgres" --version | awk '{ print $3 }')"
PATH=$binaries:$PATH
port=5499 sockets=$base/run log=$base/log records=$base/records settings=$base/azure
install -d -o postgres -g postgres -m 700 "$sockets" "$data"
install -d -m 700 "$records" "$settings"
install -o postgres -g postgres -m 600 /dev/null "$log"
as_postgres=(setpriv --reuid postgres --regid postgres --init-groups)
attempt 60 "${as_postgres[@]}" initdb --pgdata "$data" \
    --data-checksums --auth=peer --encoding=UTF8 --locale=C > "$records/initdb"

start_postgres() {
    # As a child of this script that the kernel stops if the script is killed.
    "${as_postgres[@]}" --pdeathsig INT postgres -D "$data" -k "$sockets" -p "$port" -c listen_addresses= \
        -c max_wal_size=64MB -c shared_buffers=64MB >> "$log" 2>&1 &
    postmaster=$!
    for _ in $(seq 300); do
        "${as_postgres[@]}" pg_isready -q -h "$sockets" -p "$port" && return
        kill -0 "$postmaster" 2> /dev/null || break
        sleep 0.1
    done
    tail -n 5 "$log" >&2
    fail step postgres
}
query() { timeout 60 "${as_postgres[@]}" psql -X -At -h "$sockets" -p "$port" -c "$1" postgres; }
start_postgres

# The scripts of examples/, in the format of Azure Backup's framework, with this server's parameters.
for phase in pre post; do
    install -m 700 "$repository/examples/postgresql/$phase.sh" "$settings/" || fail step install
done
python3 - "$repository/examples/postgresql/VMSnapshotScriptPluginConfig.json" "$settings" "$sockets" $port << 'END' ||
import json, sys
source, folder, *parameters = sys.argv[1:]
config = json.load(open(source))
for phase in ("pre", "post"):
    config[phase + "ScriptLocation"] = f"{folder}/{phase}.sh"
    config[phase + "ScriptParams"] = parameters + ["postgres", "postgres"]
json.dump(config, open(folder + "/VMSnapshotScriptPluginConfig.json", "w"), indent=4)
END
    fail step VMSnapshotScriptPluginConfig.json
# Beside the scripts, Remanso's own adapters; the probe is what a drill must find.
cat > "$settings/remanso.yaml" << END
freeze:
  deadline: 5s
applications:
  - type: postgresql
    host: $sockets
    port: $port
    drill: {probe: {query: SELECT sum(balance) FROM accounts, expect: "0"}}
  - type: sqlite
    files: [$database]
END
head -c 32 /dev/urandom | base64 > "$settings/vault.key"
chmod 600 "$settings"/VMSnapshotScriptPluginConfig.json "$settings"/remanso.yaml "$settings"/vault.key

head_line writing
setpriv --pdeathsig TERM python3 "$repository/demo/writers.py" "$records" "$sockets" "$port" "$database" \
    2> "$records/errors" &
writers=$!
check_writers() { kill -0 "$writers" 2> /dev/null || fail writers "$(tail -n 1 "$records/errors")"; }
sleep 4
check_writers
row PostgreSQL "$(wc -l < "$records/postgresql") commits"
row SQLite "$(wc -l < "$records/sqlite") commits"

# ---- Backup --------------------------------------------------------------------------------------------------------

vault=(--config "$settings/remanso.yaml" --vault "$base/vault" --vault-password-file "$settings/vault.key")
run=("${vault[@]}" --volume "$pg_volume" --volume "$sqlite_volume"
    --script-config "$settings/VMSnapshotScriptPluginConfig.json")

head_line check
attempt 60 "$remanso" check "${run[@]}"
head_line backup
attempt 300 "$remanso" backup --json "${run[@]}" > "$records/report.json"
sleep 1
check_writers
end_process "$writers" TERM KILL
status=$?
writers=''
[ $status = 0 ] || fail writers "$(tail -n 1 "$records/errors")"
head_line show
attempt 60 "$remanso" show latest "${vault[@]}"
head_line verify
attempt 120 "$remanso" verify latest "${vault[@]}"

# ---- Disaster and restore ------------------------------------------------------------------------------------------

head_line disaster
mapfile -t children < <(ps -o pid= --ppid "$postmaster")
{ kill -KILL "$postmaster" "${children[@]}" && end_process "$postmaster" KILL; } 2> /dev/null
postmaster=''
for volume in "$pg_volume" "$sqlite_volume"; do
    mountpoint -q "$volume" || fail step mountpoint
    attempt 60 find "$volume" -xdev -mindepth 1 -delete
    row "$volume" "$(find "$volume" -mindepth 1 | wc -l)"
done
head_line restore
attempt 300 "$remanso" restore latest --to / "${vault[@]}"

# ---- Proof ---------------------------------------------------------------------------------------------------------

head_line start
lines=$(wc -l < "$log")
start_postgres
tail -n "+$((lines + 1))" "$log" | grep -E 'interrupted|redo|ready' | sed 's/^/  /'
query 'SELECT n, seen FROM commits' > "$records/rows" || problem step psql
end_process "$postmaster" INT QUIT KILL
postmaster=''
head_line prove
attempt 300 "$remanso" drill latest "${vault[@]}"
attempt 60 "$remanso" list "${vault[@]}"

declare -A figure
while IFS='=' read -r key value; do
    if [ "$key" = problem ]; then
        read -r key value <<< "$value"
        [ "$key" = level ] && key=levelproblem
        # shellcheck disable=SC2086
        problem $key $value
    else
        figure[$key]=$value
    fi
done < <(python3 "$repository/demo/judge.py" "$records/report.json" "$records" "$records/rows" "$database" ||
    echo "problem=step judge.py")

head_line result
slowest() { # slowest ROW FIGURE
    row "$(say "$1")" "$(say usual "$(milliseconds "${figure[postgresql_$2]-}")" "$(milliseconds "${figure[sqlite_$2]-}")" \
        "$(milliseconds "${figure[postgresql_typical]-}")" "$(milliseconds "${figure[sqlite_typical]-}")")"
}
row "$(say pause)" "$(milliseconds "${figure[pause]-}")"
row "$(say freeze)" "$(milliseconds "${figure[freeze]-}")"
slowest stall stall
slowest run run
row "$(say level)" "$(say "${figure[level]-none}")"
row "$(say providers)" "${figure[providers]-}"
if [ ${#problems[@]} = 0 ]; then
    row "$(say commits PostgreSQL)" "$(say before "${figure[postgresql_before]}" "${figure[postgresql_after]}")"
    row "$(say commits SQLite)" "$(say before "${figure[sqlite_before]}" "${figure[sqlite_after]}")"
    row "$(say proofs)" "$(say proven)"
fi
row "$(say time)" "$SECONDS s"
[ ${#problems[@]} = 0 ]
