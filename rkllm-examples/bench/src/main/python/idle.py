"""idle.py LIBRARY MODEL SECONDS [PROMPT]: ns of processor time, while streaming or while idle."""
import sys
import time

import polling

poller = polling.Poller(sys.argv[1], sys.argv[2])
poller.generate("10 tokens", lambda text: None)
time.sleep(1)
before = time.process_time_ns()
if len(sys.argv) > 4:
    poller.generate(sys.argv[4], lambda text: None)
else:
    time.sleep(int(sys.argv[3]))
print("@ %d" % (time.process_time_ns() - before), flush=True)
