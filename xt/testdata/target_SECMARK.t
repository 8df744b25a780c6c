# target SECMARK: needs a security module in the kernel.
*security
:INPUT,FORWARD,OUTPUT
-j SECMARK --selctx system_u:object_r:httpd_packet_t:s0;=;OK
-j SECMARK;;FAIL
*filter
-j SECMARK --selctx system_u:object_r:httpd_packet_t:s0;;FAIL
