package io.rkllm.internal.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.Sampling;
import io.rkllm.internal.forward.ForwardReader;
import io.rkllm.spi.InferenceMode;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RunPlanTest {
  /** The components that a resumed run does not inherit. */
  private static final Set<String> OF_THE_FIRST_RUN = Set.of("maxPromptTokens", "alreadyGenerated");

  @Test
  void resumedAfter_inheritsEverythingElse() throws ReflectiveOperationException {
    RunPlan first =
        RunPlan.forwardPass(InferenceMode.LOGITS, ForwardReader.ofLogits(logits -> logits))
            .timeout(Duration.ofSeconds(3))
            .sampling(Sampling.greedy())
            .maxNewTokens(9, true)
            .maxPromptTokens(5)
            .stopSequences(List.of("stop"))
            .loraAdapter("adapter")
            .promptCacheFile(Path.of("cache"))
            .build();

    RunPlan resumed = first.resumedAfter(2);

    for (RecordComponent component : RunPlan.class.getRecordComponents()) {
      Object inherited = component.getAccessor().invoke(resumed);
      if (!OF_THE_FIRST_RUN.contains(component.getName())) {
        Object value = component.getAccessor().invoke(first);
        assertThat(value).as(component.getName()).isNotNull().isNotEqualTo(false);
        assertThat(inherited).as(component.getName()).isEqualTo(value);
      }
    }
    assertThat(resumed.maxPromptTokens()).isNull();
    assertThat(resumed.alreadyGenerated()).isEqualTo(2);
    assertThat(resumed.resumedAfter(3).alreadyGenerated()).isEqualTo(5);
  }
}
