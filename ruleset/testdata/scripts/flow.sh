#!/bin/sh
# loops, conditions, subshells, here-documents, pipes
IPT=iptables
i=0
while true; do
	i=$((i + 1))
	[ $i -eq 2 ] && continue
	[ $i -gt 4 ] && break
	$IPT -A INPUT -p tcp --dport $i -j ACCEPT
done
for a in 1 2; do
	for b in 1 2 3; do
		if [ $b -eq 2 ]; then continue 2; fi
		$IPT -A INPUT -p udp --sport $a --dport $b -j ACCEPT
	done
done
x=outer
(x=inner; $IPT -A INPUT -m comment --comment "$x" -j LOG)
$IPT -A INPUT -m comment --comment "$x" -j LOG
{ x=block; }
$IPT -A INPUT -m comment --comment "$x" -j LOG
while read -r addr name; do
	case $addr in
	\#* | "") continue ;;
	esac
	$IPT -A FORWARD -s "$addr" -m comment --comment "$name" -j DROP
done <<EOF
# no
10.0.0.1 first of all

10.0.0.2 $x
EOF
cat <<'EOF' | while read l; do $IPT -A FORWARD -m comment --comment "$l"; done
$x is literal
EOF
for p in $(printf '%s\n' 80 443); do $IPT -A OUTPUT -p tcp --dport "$p" -j ACCEPT; done
test -z "" && $IPT -A OUTPUT -m comment --comment z
test -n "" || $IPT -A OUTPUT -m comment --comment n
if [ "$x" != block ] || [ 1 -ge 2 ]; then $IPT -A OUTPUT -m comment --comment wrong; elif [ "$x" = block ]; then $IPT -A OUTPUT -m comment --comment right; fi
case abc in a?c) $IPT -A OUTPUT -m comment --comment one ;; *) $IPT -A OUTPUT -m comment --comment two ;; esac
case "$x" in [a-c]*) $IPT -A OUTPUT -m comment --comment range ;; esac
f() { return 3; }
f || $IPT -A OUTPUT -m comment --comment "status $?"
f && $IPT -A OUTPUT -m comment --comment no
! f && $IPT -A OUTPUT -m comment --comment not
until [ $i -le 2 ]; do i=$((i - 1)); done
$IPT -A OUTPUT -m comment --comment "i is $i"
$IPT -A OUTPUT -m comment --comment 'single $x' -m comment --comment "tab	and  blanks" -m comment --comment back\ slash
$IPT -A OUTPUT -m comment --comment "`echo back quotes`" \
	-j ACCEPT
for n in 10.0.0.{1..3} {a,b}; do :; done
Y=1 $IPT -A OUTPUT -m comment --comment "y ${Y:-unset}"
eval "$IPT -A OUTPUT -m comment --comment 'from eval'"
exit 0
$IPT -A OUTPUT -m comment --comment never
