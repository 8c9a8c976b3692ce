"""latency.py LIBRARY MODEL PROMPT: when each token was there, in ns of the monotonic clock."""
import sys
import time

import polling

library, model, prompt = sys.argv[1:]
times = []
poller = polling.Poller(library, model)
poller.generate("10 tokens every 20 ms", lambda text: None)
poller.generate(prompt, lambda text: times.append(time.monotonic_ns()))
for nanoseconds in times:
    print("@ %d" % nanoseconds)
sys.stdout.flush()
