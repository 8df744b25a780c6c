#!/bin/bash
# functions, locals, defaults, arithmetic, strings
: "${LAN:=192.168.1.0/24}"
readonly WAN=eth0
DEFAULT_POLICY=${POLICY:-DROP}
declare -A ZONE=([lan]=eth1 [dmz]=eth2)
declare -a OPEN=(22/tcp 53/udp 80/tcp)
COUNT=0
rule() {
	local table=filter
	if [ "$1" = -t ]; then
		table=$2
		shift 2
	fi
	COUNT=$((COUNT + 1))
	iptables -t "$table" "$@"
}
for c in INPUT FORWARD; do rule -P "$c" "$DEFAULT_POLICY"; done
for o in "${OPEN[@]}"; do
	port=${o%/*} proto=${o#*/}
	rule -A INPUT -i "$WAN" -p $proto --dport $port -m comment --comment "open ${proto^^} $port" -j ACCEPT
done
for z in lan dmz; do
	rule -A FORWARD -i "${ZONE[$z]}" -o $WAN -j ACCEPT
done
rule -t nat -A POSTROUTING -s $LAN -o $WAN -j MASQUERADE
rule -A INPUT -m comment --comment "rules: $COUNT, open: ${#OPEN[@]}, first: ${OPEN[0]}" -j DROP
nested() { local x=$1; if ((x > 0)); then rule -A OUTPUT -p tcp --dport $((x * 100)) -j LOG --log-prefix "n$x "; nested $((x - 1)); fi; }
nested 3
LIST="a b
c"
set -- $LIST
rule -A OUTPUT -m comment --comment "$# $1 $3 $*"
IFS=,
set -- $(echo 1,2,3)
rule -A OUTPUT -m comment --comment "$#:$2"
unset IFS
s=abcabc
rule -A OUTPUT -m comment --comment "${s/b/X} ${s//b/X} ${s:1:3} ${#s} ${s##*b} ${s%%b*} ${nope:-d} ${nope-e} ${s:+f}"
