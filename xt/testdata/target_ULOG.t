# target ULOG: gone from current kernels.
%4
:INPUT,FORWARD,OUTPUT
-j ULOG;=;OK
-j ULOG --ulog-nlgroup 1;-j ULOG;OK
-j ULOG --ulog-nlgroup 32 --ulog-prefix "in: ";-j ULOG --ulog-prefix "in: " --ulog-nlgroup 32;OK
-j ULOG --ulog-prefix abc --ulog-cprange 2 --ulog-qthreshold 2;=;OK
-j ULOG --ulog-nlgroup 33;;FAIL
