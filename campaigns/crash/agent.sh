#!/bin/sh
# An agent that says in the journal when it started and when it ended. Its sleep is a process of its own.
read -r request || :
# Its daemon was killed before it had handed over the request.
case $request in *\}) ;; *) exit 1 ;; esac
key=${request#*\"idempotencyKey\":\"}
key=${key%%\"*}
instance=${CHIMERA_RUN%% *}
echo "started $key $$ $instance" >>"$JOURNAL"
sleep "${WORK_SECONDS:-0.02}"
echo "ended $key $$ $instance" >>"$JOURNAL"
echo '{"status":"succeeded","output":"done"}'
