"""callback.py LIBRARY MODEL PROMPT RUNS: nanoseconds a token by the runtime's own clock."""
import sys

import rkllm

texts = []
nanoseconds = 0.0


def on_result(result, userdata, state):
    global nanoseconds
    if state == rkllm.NORMAL:
        texts.append(result.contents.text.decode("utf-8"))
    elif state == rkllm.FINISH:
        perf = result.contents.perf
        nanoseconds = perf.generate_time_ms * 1e6 / perf.generate_tokens
    return 0


library, model, prompt, runs = sys.argv[1:]
runtime = rkllm.Runtime(library, model, on_result)
for _ in range(int(runs)):
    texts.clear()
    runtime.generate(prompt)
    print("@ %f" % nanoseconds, flush=True)
