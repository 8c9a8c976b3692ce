"""start.py LIBRARY MODEL PROMPT: a line when the first token came, then the peak of its memory."""
import sys

import rkllm


def on_result(result, userdata, state):
    if state == rkllm.NORMAL:
        print("@ %d" % len(result.contents.text.decode("utf-8")), flush=True)
        with open("/proc/self/status") as status:
            print("@ %s" % next(line.split()[1] for line in status if line.startswith("VmHWM:")))
    return 0


library, model, prompt = sys.argv[1:]
rkllm.Runtime(library, model, on_result).generate(prompt)
sys.stdout.flush()
