#!/bin/bash
# inventory.sh [ROWS [DISTRIBUTORS [PRODUCTS [ROUNDS]]]]: the inventory benchmark.
#   PSQL    how to reach the database, which has the extension (default: psql -X)
#   DUCKDB  a folder where npm installed @duckdb/node-api; left out where empty
#   NO_RANGE_JOIN  not empty: leave out the range join, which takes a minute for a million movements
# Every query runs once in each round, so that noise meets all alike; the ratios are medians over the rounds to
# the floor named first in its block, measured in the same rounds. Only ratios count; CPU (of the backend) beside
# wall time, because a machine is shared. The plans are forced, so that each block has one access path.
set -eo pipefail
here=$(dirname "$(realpath "$0")")
rows=${1:-1000000} distributors=${2:-20} products=${3:-100} rounds=${4:-5}
psql=${PSQL:-psql -X}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

$psql -q -v ON_ERROR_STOP=1 -v rows="$rows" -v distributors="$distributors" -v products="$products" \
    -f "$here/inventory.sql" >&2

window='OVER (PARTITION BY distributor_id, warehouse_id, product_id ORDER BY occurred_on, id)'
movement='kind, quantity, unit_cost, occurred_on'
ledger="distributor_id, warehouse_id, product_id, $movement"
sum="SELECT count(s) FROM (SELECT sum(quantity) $window AS s FROM bench_movement) AS q"
fifo="SELECT count(s) FROM (SELECT inventory_position($movement) $window AS s FROM bench_movement) AS q"
key='distributor_id, warehouse_id, product_id'

# block | name | query; the first of a block is its floor
cat > "$work/queries" <<QUERIES
index|running sum() OVER, covering index|$sum
index|inventory_position|$fifo
index|inventory_position, five columns|SELECT sum((s).on_hand), sum((s).value), sum((s).moved_cost), max((s).oldest_on), sum((s).deficit) FROM (SELECT inventory_position($movement) $window AS s FROM bench_movement OFFSET 0) AS q
index|inventory_layers by key|SELECT count(l) FROM (SELECT inventory_layers($movement ORDER BY occurred_on, id) AS l FROM (SELECT * FROM bench_movement ORDER BY $key, occurred_on, id) AS m GROUP BY $key) AS q
sort|running sum() OVER, sorting|$sum
sort|inventory_position, sorting|$fifo
sort|inventory_ledger, ledger order|SELECT count(s) FROM (SELECT inventory_ledger($ledger) OVER () AS s FROM bench_movement) AS q
sort|inventory_balances, ledger order|SELECT cardinality(inventory_balances($ledger)) FROM bench_movement
sort|today: last count + sum, final quantity|SELECT count(on_hand) FROM (SELECT $key, coalesce(max(c.quantity), 0) + sum(CASE WHEN kind = 'issue' THEN -m.quantity WHEN kind = 'count' THEN 0 ELSE m.quantity END) FILTER (WHERE c.id IS NULL OR m.id > c.id) AS on_hand FROM bench_movement AS m LEFT JOIN (SELECT DISTINCT ON ($key) $key, id, quantity FROM bench_movement WHERE kind = 'count' ORDER BY $key, id DESC) AS c USING ($key) GROUP BY $key) AS q
sort|today: FIFO by PL/pgSQL loop|SELECT sum(s) FROM bench_fifo_loop() AS s
QUERIES
# Easier than FIFO is: receipts and issues only, no count, no return, no deficit.
range="WITH arrival AS (SELECT $key, unit_cost, sum(quantity) $window AS upto, sum(quantity) $window - quantity AS since FROM bench_movement WHERE kind = 'receipt'), departure AS (SELECT id, $key, sum(quantity) $window AS upto, sum(quantity) $window - quantity AS since FROM bench_movement WHERE kind = 'issue') SELECT count(cost) FROM (SELECT d.id, sum((least(d.upto, a.upto) - greatest(d.since, a.since)) * a.unit_cost) AS cost FROM departure AS d JOIN arrival AS a USING ($key) WHERE a.since < d.upto AND a.upto > d.since GROUP BY d.id) AS q"
[ -n "$NO_RANGE_JOIN" ] || echo "sort|today: FIFO by range join (receipts and issues only)|$range" >> "$work/queries"

cpu="\\! awk '{print \"CPU \" (\$14 + \$15) * 10}' /proc/\$BACKEND/stat"
settings() {
    case $1 in
    index) echo "SET enable_seqscan = off; SET enable_sort = off; SET enable_bitmapscan = off;" ;;
    sort) echo "SET enable_seqscan = on; SET enable_sort = on; SET enable_indexscan = off; SET enable_indexonlyscan = off;" ;;
    esac
}
{
    echo "SET search_path = public, distmgmt; SET work_mem = '256MB'; SET jit = off; SET max_parallel_workers_per_gather = 0;"
    echo 'SELECT pg_backend_pid() AS pid \gset'
    echo '\setenv BACKEND :pid'
    echo '\timing on'
    for ((r = 0; r <= rounds; r++)); do
        while IFS='|' read -r block name query; do
            echo "RESET ALL; SET search_path = public, distmgmt; SET work_mem = '256MB'; SET jit = off; SET max_parallel_workers_per_gather = 0;"
            settings "$block"
            printf '\\echo @%s|%s|%s\n%s\n%s;\n%s\n' "$r" "$block" "$name" "$cpu" "$query" "$cpu"
        done < "$work/queries"
    done
} | $psql -q -v ON_ERROR_STOP=1 > "$work/out"
awk '/^@/ {at = substr($0, 2); cpu = -1; time = ""}
    /^Time:/ && at {time = $2}
    /^CPU/ && at {if (cpu < 0) cpu = $2; else {print at "|" time "|" $2 - cpu; at = ""}}' "$work/out" > "$work/times"

if [ -n "$DUCKDB" ]; then
    $psql -q -c "COPY (SELECT id, $ledger FROM public.bench_movement ORDER BY id) TO STDOUT (FORMAT csv, HEADER)" > "$work/movement.csv"
    node "$here/inventory_duckdb.cjs" "$DUCKDB" "$work/movement.csv" "$rounds" >> "$work/times"
fi

echo "$rows movements, $((distributors * products)) keys, $rounds rounds; ratio to the first of each block, medians"
awk -F'|' '
    $1 > 0 {
        k = $2 "|" $3
        if (!(k in n)) { order[++keys] = k; if (!($2 in floor)) floor[$2] = k }
        wall[k, ++n[k]] = $4
        cpu[k, n[k]] = $5
    }
    function median(t, k,    i, j, v, a) {
        for (i = 1; i <= n[k]; i++) a[i] = t[k, i]
        for (i = 2; i <= n[k]; i++) { v = a[i]; for (j = i - 1; j > 0 && a[j] > v; j--) a[j + 1] = a[j]; a[j + 1] = v }
        return n[k] % 2 ? a[(n[k] + 1) / 2] : (a[n[k] / 2] + a[n[k] / 2 + 1]) / 2
    }
    END {
        printf "%-64s %8s %6s %8s %6s\n", "", "wall ms", "ratio", "CPU ms", "ratio"
        for (i = 1; i <= keys; i++) {
            split(order[i], p, "|")
            f = floor[p[1] == "duckdb" ? "sort" : p[1]]
            w = median(wall, order[i])
            c = median(cpu, order[i])
            printf "%-7s %-56s %8.0f %6.2f %8.0f %6.2f\n", p[1], p[2], w, w / median(wall, f), c, c / median(cpu, f)
        }
    }' "$work/times"
