# target LED: not in every kernel.
:INPUT,FORWARD,OUTPUT
-j LED --led-trigger-id "foo";=;OK
-j LED --led-trigger-id "foo" --led-delay 42 --led-always-blink;=;OK
-j LED --led-trigger-id "foo" --led-delay inf;=;OK
-j LED;;FAIL
