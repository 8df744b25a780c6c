# target CLUSTERIP: gone from current kernels.
%4
*filter
:INPUT
-j CLUSTERIP --new --hashmode sourceip --clustermac 01:02:03:04:05:06 --total-nodes 2 --local-node 1;=;OK
-j CLUSTERIP;=;OK
-j CLUSTERIP --total-nodes 2;;FAIL
