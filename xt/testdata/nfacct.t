# match nfacct: the counter must exist for the kernel to take the rule.
:INPUT,FORWARD,OUTPUT
-m nfacct --nfacct-name web;=;OK
-m nfacct;;FAIL
-m nfacct ! --nfacct-name web;;FAIL
