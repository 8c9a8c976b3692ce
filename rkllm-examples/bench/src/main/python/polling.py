"""How the documented server waits for tokens: it looks for them every five milliseconds."""
import threading
import time

import rkllm


class Poller:
    """A loaded model whose tokens are appended to a list, and a loop that takes them from it."""

    def __init__(self, library, model):
        self.texts = []
        self.runtime = rkllm.Runtime(library, model, self.on_result)

    def on_result(self, result, userdata, state):
        if state == rkllm.NORMAL:
            self.texts.append(result.contents.text.decode("utf-8"))
        return 0

    def generate(self, prompt, take):
        """Calls take with each text, until the run has ended."""
        run = threading.Thread(target=self.runtime.generate, args=(prompt,))
        run.start()
        finished = False
        while not finished:
            while len(self.texts) > 0:
                take(self.texts.pop(0))
                time.sleep(0.005)
            run.join(timeout=0.005)
            finished = not run.is_alive()
        while len(self.texts) > 0:
            take(self.texts.pop(0))
