#!/usr/bin/env bash
# A cluster on this computer: Redis and N silos, each with the pages, on loopback. Ctrl+C ends all of it.
#
#   deploy/cluster.sh [SILOS] [FOLDER]      3 silos, folder ./data/cluster
#
# Needs the .NET 10 SDK, Node 20, redis-server 7 and package sources that have Orleans and StackExchange.Redis. Everything that is kept lies
# in FOLDER: Redis' append-only file, the master key, each host's own folder.
set -euo pipefail

silos=${1:-3}
folder=$(realpath -m "${2:-data/cluster}")
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
redis_port=${REDIS_PORT:-6390}
first_port=${FIRST_PORT:-8080}

if ! [[ $silos =~ ^[1-9]$ ]]; then
    echo "SILOS must be 1–9; it is '$silos'." >&2
    exit 1
fi

if ! command -v redis-server >/dev/null; then
    echo "redis-server is missing: apt-get install redis-server" >&2
    exit 1
fi

pids=()
finish() {
    trap - EXIT INT TERM
    # Silos hand over what they hold; Redis goes last.
    ((${#pids[@]} > 1)) && kill -TERM "${pids[@]:1}" 2>/dev/null && wait "${pids[@]:1}" 2>/dev/null
    ((${#pids[@]} > 0)) && kill -TERM "${pids[0]}" 2>/dev/null && wait "${pids[0]}" 2>/dev/null
    exit 0
}
trap finish EXIT INT TERM

mkdir -p "$folder/redis"
# BUILD_ARGS are arguments, so they are split.
# shellcheck disable=SC2086
dotnet build "$root/silo/Experience.Silo" -v q -nologo ${BUILD_ARGS:-}

# What is acknowledged is on disk: an fsync for each flush, also while the file is rewritten, and nothing is ever evicted.
# In a session of its own: Ctrl+C reaches the silos first, which still need it.
setsid redis-server --bind 127.0.0.1 --port "$redis_port" --dir "$folder/redis" --appendonly yes --appendfsync always \
    --no-appendfsync-on-rewrite no --maxmemory-policy noeviction --save '' --logfile "$folder/redis/redis.log" &
pids+=($!)
for _ in $(seq 100); do
    redis-cli -p "$redis_port" ping >/dev/null 2>&1 && break
    sleep 0.1
done

for ((i = 0; i < silos; i++)); do
    dotnet "$root/silo/Experience.Silo/bin/Debug/net10.0/Experience.Silo.dll" \
        --data "$folder/host-$i" --urls "http://127.0.0.1:$((first_port + i))" \
        --Cluster:Redis="127.0.0.1:$redis_port" --Cluster:Name=local --Cluster:MasterKeyFile="$folder/master.key" \
        --Cluster:SiloPort=$((11111 + i)) --Cluster:GatewayPort=$((30000 + i)) &
    pids+=($!)

    # The first one makes the store; the others find it.
    for _ in $(seq 300); do
        curl -fs -o /dev/null "http://127.0.0.1:$((first_port + i))/health/ready" && break
        kill -0 "${pids[-1]}" 2>/dev/null || exit 1
        sleep 0.2
    done
done

echo "$silos silos on Redis at 127.0.0.1:$redis_port. Open http://127.0.0.1:$first_port, or any of the next $((silos - 1)) ports. Ctrl+C ends all."
wait -n "${pids[@]}" || true
echo "A process ended; the others are stopped. Logs: above, and $folder/redis/redis.log" >&2
