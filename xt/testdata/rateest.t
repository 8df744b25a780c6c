# match rateest: the estimators must exist for the kernel to take the rule.
:INPUT,FORWARD,OUTPUT
-m rateest --rateest RE1 --rateest-lt --rateest-bps 1mbit;-m rateest --rateest RE1 --rateest-lt --rateest-bps 1000Kbit;OK
-m rateest --rateest1 RE1 --rateest-lt --rateest-bps1 1mbit;-m rateest --rateest RE1 --rateest-lt --rateest-bps 0bit;OK
-m rateest --rateest RE1 ! --rateest-gt --rateest-pps 5;=;OK
-m rateest --rateest RE1 --rateest-eq --rateest-pps 5 --rateest-bps 8bit;-m rateest --rateest RE1 --rateest-eq --rateest-bps 8bit --rateest-eq --rateest-pps 5;OK
-m rateest --rateest1 RE1 --rateest-lt --rateest2 RE2 --rateest-bps1 --rateest-bps2;-m rateest --rateest1 RE1 --rateest-lt --rateest-bps --rateest2 RE2;OK
-m rateest --rateest1 RE1 --rateest-lt --rateest2 RE2 --rateest-pps1 --rateest-pps2;-m rateest --rateest1 RE1 --rateest-lt --rateest-pps --rateest2 RE2;OK
-m rateest --rateest-delta --rateest1 RE1 --rateest-bps1 1mbit --rateest-lt --rateest2 RE2 --rateest-bps2 2mbit;-m rateest --rateest-delta --rateest1 RE1 --rateest-bps1 1000Kbit --rateest-lt --rateest-bps2 2000Kbit --rateest2 RE2;OK
-m rateest --rateest RE1 --rateest-lt --rateest-bps 1gbit;-m rateest --rateest RE1 --rateest-lt --rateest-bps 1000Mbit;OK
-m rateest --rateest RE1 --rateest-lt --rateest-bps 1500bit;-m rateest --rateest RE1 --rateest-lt --rateest-bps 1496bit;OK
-m rateest --rateest RE1 --rateest-lt --rateest-bps 1kbps;-m rateest --rateest RE1 --rateest-lt --rateest-bps 8000bit;OK
-m rateest --rateest-delta --rateest RE1 --rateest-lt --rateest-bps 1mbit;-m rateest --rateest-delta --rateest RE1 --rateest-bps1 0bit --rateest-lt --rateest-bps2 1000Kbit;OK
-m rateest --rateest RE1 --rateest-lt;;FAIL
-m rateest ! --rateest RE1 --rateest-bps 1mbit --rateest-lt;;FAIL
-m rateest;;FAIL
