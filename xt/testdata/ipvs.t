# match ipvs: not in every kernel; the saved forms are those of iptables 1.8.9.
:INPUT,FORWARD,OUTPUT
-m ipvs --ipvs;=;OK
-m ipvs ! --ipvs;=;OK
-m ipvs --vproto tcp;-m ipvs --vproto 6;OK
-m ipvs ! --vport http --vdir REPLY;-m ipvs ! --vport 80 --vdir REPLY;OK
-m ipvs --vmethod MASQ --vportctl 21;=;OK
-m ipvs --vmethod NONE;;FAIL
-m ipvs;;FAIL
