#!/bin/bash
# Makes testdata/must-gather.tar.gz, laid out like OpenShift's must-gather: an archive of the network's logs, in which an
# archive holds the databases of two nodes, one clustered and one standalone; and testdata/must-gather-zones.tar.gz, with the
# databases of the four nodes of a recorded network of interconnect zones. testdata/regenerate runs it.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
logs=$work/must-gather.local.1/quay-io-must-gather-sha256-1/network_logs
mkdir -p "$logs" "$work/ovnk_database_store"
for kind in nb sb; do
  gzip -dc "office/$kind.db.gz" >"$work/office.db"
  ovsdb-tool create-cluster "$work/ovnk_database_store/ovnkube-node-7xk2p_${kind}db" "$work/office.db" unix:/var/run/ovn/raft.sock
done
gzip -dc ../internal/demo/demo.db.gz >"$work/ovnk_database_store/ovnkube-node-m4qzs_sbdb"
echo 'OVN and its databases, as of the day of the gathering.' >"$logs/README"
pack() { tar --sort=name --mtime=2026-01-01 --owner=0 --group=0 --numeric-owner -C "$1" -c "$2" | gzip -9n; }
pack "$work" ovnk_database_store >"$logs/ovnk_database_store.tar.gz"
pack "$work" must-gather.local.1 >must-gather.tar.gz

rm -r "$work"/*
logs=$work/must-gather.local.2/quay-io-must-gather-sha256-1/network_logs
mkdir -p "$logs" "$work/ovnk_database_store"
pod=(8c5tn d2xqv kk7fz w9jhm)
for zone in 1 2 3 4; do
  gzip -dc "wire/23.03/zones-l3/z$zone-sb.db.gz" >"$work/ovnk_database_store/ovnkube-node-${pod[zone - 1]}_sbdb"
done
pack "$work" ovnk_database_store >"$logs/ovnk_database_store.tar.gz"
pack "$work" must-gather.local.2 >must-gather-zones.tar.gz
