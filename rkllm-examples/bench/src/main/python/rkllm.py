"""The runtime as Python programs use it: ctypes structures, a callback made by CFUNCTYPE."""
import ctypes

NORMAL, WAITING, FINISH, ERROR = range(4)


class ExtendParam(ctypes.Structure):
    _fields_ = [
        ("base_domain_id", ctypes.c_int32),
        ("embed_flash", ctypes.c_int8),
        ("enabled_cpus_num", ctypes.c_int8),
        ("enabled_cpus_mask", ctypes.c_uint32),
        ("n_batch", ctypes.c_uint8),
        ("use_cross_attn", ctypes.c_int8),
        ("reserved", ctypes.c_uint8 * 104),
    ]


class Param(ctypes.Structure):
    _fields_ = [
        ("model_path", ctypes.c_char_p),
        ("max_context_len", ctypes.c_int32),
        ("max_new_tokens", ctypes.c_int32),
        ("top_k", ctypes.c_int32),
        ("n_keep", ctypes.c_int32),
        ("top_p", ctypes.c_float),
        ("temperature", ctypes.c_float),
        ("repeat_penalty", ctypes.c_float),
        ("frequency_penalty", ctypes.c_float),
        ("presence_penalty", ctypes.c_float),
        ("mirostat", ctypes.c_int32),
        ("mirostat_tau", ctypes.c_float),
        ("mirostat_eta", ctypes.c_float),
        ("skip_special_token", ctypes.c_bool),
        ("ignore_eos_token", ctypes.c_bool),
        ("is_async", ctypes.c_bool),
        ("extend_param", ExtendParam),
    ]


class LastHiddenLayer(ctypes.Structure):
    _fields_ = [
        ("hidden_states", ctypes.POINTER(ctypes.c_float)),
        ("embd_size", ctypes.c_int),
        ("num_tokens", ctypes.c_int),
    ]


class Logits(ctypes.Structure):
    _fields_ = [
        ("logits", ctypes.POINTER(ctypes.c_float)),
        ("vocab_size", ctypes.c_int),
        ("num_tokens", ctypes.c_int),
    ]


class Perf(ctypes.Structure):
    _fields_ = [
        ("prefill_time_ms", ctypes.c_float),
        ("prefill_tokens", ctypes.c_int),
        ("generate_time_ms", ctypes.c_float),
        ("generate_tokens", ctypes.c_int),
        ("memory_usage_mb", ctypes.c_float),
    ]


class Result(ctypes.Structure):
    _fields_ = [
        ("text", ctypes.c_char_p),
        ("token_id", ctypes.c_int32),
        ("last_hidden_layer", LastHiddenLayer),
        ("logits", Logits),
        ("perf", Perf),
    ]


class InputContent(ctypes.Union):
    _fields_ = [("prompt_input", ctypes.c_char_p), ("reserved", ctypes.c_uint8 * 192)]


class Input(ctypes.Structure):
    _fields_ = [
        ("role", ctypes.c_char_p),
        ("enable_thinking", ctypes.c_bool),
        ("input_type", ctypes.c_int),
        ("content", InputContent),
    ]


class InferParam(ctypes.Structure):
    _fields_ = [
        ("mode", ctypes.c_int),
        ("lora_params", ctypes.c_void_p),
        ("prompt_cache_params", ctypes.c_void_p),
        ("sampling_params", ctypes.c_void_p),
        ("keep_history", ctypes.c_int),
        ("max_new_tokens", ctypes.c_int),
    ]


ResultCallback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(Result), ctypes.c_void_p, ctypes.c_int
)


class Callbacks(ctypes.Structure):
    _fields_ = [
        ("result_callback", ResultCallback),
        ("others", ctypes.c_void_p * 5),
    ]


class Runtime:
    """A loaded model."""

    def __init__(self, library, model, on_result):
        self.library = ctypes.CDLL(library)
        self.library.rkllm_createDefaultParam.restype = Param
        param = self.library.rkllm_createDefaultParam()
        param.model_path = model.encode()
        param.max_context_len = 16384
        self.callbacks = Callbacks(result_callback=ResultCallback(on_result))
        self.handle = ctypes.c_void_p()
        code = self.library.rkllm_init(
            ctypes.byref(self.handle), ctypes.byref(param), ctypes.byref(self.callbacks)
        )
        if code != 0:
            raise RuntimeError("rkllm_init returned %d" % code)

    def generate(self, prompt):
        """Blocks until the run has ended."""
        run_input = Input(role=b"user", input_type=0)
        run_input.content.prompt_input = prompt.encode()
        param = InferParam()
        code = self.library.rkllm_run(
            self.handle, ctypes.byref(run_input), ctypes.byref(param), None
        )
        if code != 0:
            raise RuntimeError("rkllm_run returned %d" % code)
