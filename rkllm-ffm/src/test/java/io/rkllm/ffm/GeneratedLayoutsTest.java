package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Compares the layouts of the generated bindings with the vendor's header. Those of 1.3.0 are
 * accessed through the classes of 1.3.1, which have an additional member.
 */
class GeneratedLayoutsTest {
  /** The structs that are larger in 1.3.1; {@link Abi#inputSize} has the size of the outer one. */
  private static final Set<String> GROWN = Set.of("RKLLMMultiModalInput", "RKLLMInput");

  /** The size of the member {@code audio}. */
  private static final int AUDIO = 48;

  private static Class<?> generated(Simulator simulator, String name) throws Exception {
    String line = simulator.is13() ? "v1_3" : "v1_2";
    return Class.forName("io.rkllm.ffm.gen." + line + "." + name);
  }

  private static Object call(Class<?> type, String method) throws Exception {
    Method found = type.getMethod(method);
    found.setAccessible(true);
    return found.invoke(null);
  }

  @ParameterizedTest
  @EnumSource
  void structs_equalGoldenFile(Simulator simulator) throws Exception {
    Map<String, Object> structs = Golden.object(Golden.read(simulator.layouts()).get("structs"));

    assertThat(structs).hasSizeGreaterThan(12);
    for (String name : structs.keySet()) {
      Map<String, Object> expected = Golden.object(structs.get(name));
      Class<?> type = generated(simulator, name);
      GroupLayout layout = (GroupLayout) call(type, "layout");

      assertThat(layout.byteAlignment()).as(name).isEqualTo((int) expected.get("align"));
      if (simulator == Simulator.V1_3 && GROWN.contains(name)) {
        assertThat(layout.byteSize()).as(name).isEqualTo((int) expected.get("size") + AUDIO);
        assertThat(offsets(fields(type, expected))).as(name).isEqualTo(offsets(golden(expected)));
      } else {
        assertThat(layout.byteSize()).as(name).isEqualTo((int) expected.get("size"));
        assertThat(fields(type, expected)).as(name).isEqualTo(golden(expected));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void inputSize_equalsGoldenFile(Simulator simulator) {
    Map<String, Object> structs = Golden.object(Golden.read(simulator.layouts()).get("structs"));

    assertThat(simulator.layout().inputSize())
        .isEqualTo((int) Golden.object(structs.get("RKLLMInput")).get("size"));
  }

  /**
   * Returns the offsets without the sizes, because the union in RKLLMInput is as large as its
   * largest member.
   */
  private static Map<String, String> offsets(Map<String, String> fields) {
    Map<String, String> offsets = new TreeMap<>(fields);
    offsets.replaceAll((_, layout) -> layout.substring(0, layout.indexOf(':')));
    return offsets;
  }

  /** Returns offset and size of each field of the golden file, according to the generated class. */
  private static Map<String, String> fields(Class<?> type, Map<String, Object> expected)
      throws Exception {
    Map<String, String> fields = new TreeMap<>();
    for (String field : Golden.object(expected.get("fields")).keySet()) {
      long offset = 0;
      Class<?> owner = type;
      MemoryLayout layout = null;
      for (String part : field.split("\\.", -1)) {
        if (layout != null) {
          owner = nested(owner, field.substring(0, field.indexOf('.')));
        }
        offset += (long) call(owner, part + "$offset");
        layout = (MemoryLayout) call(owner, part + "$layout");
      }
      fields.put(field, offset + ":" + layout.byteSize());
    }
    return fields;
  }

  private static Class<?> nested(Class<?> owner, String name) {
    for (Class<?> candidate : owner.getDeclaredClasses()) {
      if (candidate.getSimpleName().equals(name)) {
        return candidate;
      }
    }
    throw new AssertionError(owner + " has no " + name);
  }

  private static Map<String, String> golden(Map<String, Object> struct) {
    Map<String, String> fields = new TreeMap<>();
    Golden.object(struct.get("fields"))
        .forEach(
            (name, value) -> {
              Map<String, Object> field = Golden.object(value);
              fields.put(name, field.get("offset") + ":" + field.get("size"));
            });
    return fields;
  }

  @ParameterizedTest
  @EnumSource
  void enums_equalGoldenFile(Simulator simulator) throws Exception {
    Map<String, Object> enums = Golden.object(Golden.read(simulator.layouts()).get("enums"));
    Class<?> header = generated(simulator, "rkllm_h");

    assertThat(enums).hasSize(3);
    for (Object constants : enums.values()) {
      for (Map.Entry<String, Object> constant : Golden.object(constants).entrySet()) {
        assertThat(call(header, constant.getKey()))
            .as(constant.getKey())
            .isEqualTo(constant.getValue());
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void functions_equalGoldenFile(Simulator simulator) {
    Map<String, Object> functions =
        Golden.object(Golden.read(simulator.layouts()).get("functions"));

    assertThat(NativeLibrary.FUNCTIONS)
        .containsExactlyInAnyOrderElementsOf(
            functions.values().stream().map(Object::toString).toList());
  }

  /** These structs are accessed through the classes of one ABI. */
  @ParameterizedTest
  @EnumSource
  void commonStructs_areTheSameInAllAbis(Simulator simulator) throws Exception {
    for (String name :
        List.of(
            "RKLLMResult",
            "RKLLMPerfStat",
            "RKLLMResultLogits",
            "RKLLMResultLastHiddenLayer",
            "RKLLMExtendParam",
            "RKLLMLoraAdapter",
            "RKLLMLoraParam",
            "RKLLMPromptCacheParam",
            "RKLLMCrossAttnParam",
            "RKLLMTokenInput",
            "RKLLMEmbedInput")) {
      assertThat(call(generated(simulator, name), "layout"))
          .isEqualTo(call(generated(Simulator.V1_2, name), "layout"));
    }
  }

  /** {@link CommonParams} and {@link CommonInputs} write these fields in the same way. */
  @ParameterizedTest
  @EnumSource
  void commonHeads_areTheSameInAllAbis(Simulator simulator) throws Exception {
    Map<String, List<String>> heads =
        Map.of(
            "RKLLMParam",
            List.of(
                "model_path",
                "max_context_len",
                "max_new_tokens",
                "top_k",
                "n_keep",
                "top_p",
                "temperature",
                "repeat_penalty",
                "frequency_penalty",
                "presence_penalty",
                "mirostat",
                "mirostat_tau",
                "mirostat_eta",
                "skip_special_token"),
            "RKLLMInput",
            List.of(
                "role",
                "enable_thinking",
                "input_type",
                "prompt_input",
                "embed_input",
                "token_input",
                "multimodal_input"));
    for (Map.Entry<String, List<String>> head : heads.entrySet()) {
      for (String field : head.getValue()) {
        for (String what : List.of("$offset", "$layout")) {
          if (!field.equals("multimodal_input") || what.equals("$offset")) {
            assertThat(call(generated(simulator, head.getKey()), field + what))
                .as(head.getKey() + "." + field)
                .isEqualTo(call(generated(Simulator.V1_2, head.getKey()), field + what));
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void commonConstants_areTheSameInAllAbis(Simulator simulator) throws Exception {
    for (Method method : generated(Simulator.V1_2, "rkllm_h").getMethods()) {
      if (method.getName().startsWith("RKLLM_")) {
        assertThat(call(generated(simulator, "rkllm_h"), method.getName()))
            .as(method.getName())
            .isEqualTo(call(generated(Simulator.V1_2, "rkllm_h"), method.getName()));
      }
    }
  }

  /** {@link NativeLibrary} makes these calls in all ABIs through the classes of one. */
  @ParameterizedTest
  @EnumSource
  void functionsWithoutStructs_haveOneDescriptorInAllAbis(Simulator simulator) throws Exception {
    for (String function : NativeLibrary.FUNCTIONS) {
      if (!function.equals("rkllm_createDefaultParam")) {
        assertThat(call(generated(simulator, function + "_fn"), "descriptor"))
            .as(function)
            .isEqualTo(call(generated(Simulator.V1_2, function + "_fn"), "descriptor"));
      }
    }
  }
}
