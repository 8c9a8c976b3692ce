package io.rkllm.internal.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doNothing;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mockConstruction;

import io.rkllm.Generation;
import io.rkllm.InferenceException;
import io.rkllm.RkllmModel;
import io.rkllm.event.ModelListener;
import io.rkllm.input.EmbeddingPrompt;
import io.rkllm.input.NativeFloats;
import io.rkllm.internal.thread.OnDemandThread;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mockito.MockedConstruction;

/** Reporting the events of a run must not keep it from ending. */
@Timeout(30)
class RunEventsTest {

  @Test
  void sumThrows_asWhenTheHeapIsFull_everyRunStillEnds() throws Exception {
    ScriptedRuntime runtime =
        ScriptedRuntime.of(
            request ->
                ScriptedRuntime.promptOf(request).equals("fails")
                    ? Script.of("x").returning(-1)
                    : Script.of("ok"));
    NativeFloats floats = NativeFloats.allocate(8);
    try (MockedConstruction<StatsSum> sums =
        mockConstruction(
            StatsSum.class,
            (sum, context) -> {
              doThrow(new OutOfMemoryError("planted")).when(sum).add(any());
              doThrow(new OutOfMemoryError("planted")).when(sum).addFailure();
            })) {
      try (RkllmModel model =
          RkllmModel.builder(Path.of("x")).runtime(runtime).embeddingWidth(8).load()) {
        Generation good = model.generate(EmbeddingPrompt.of(floats, 8));
        assertThat(good.result().get(10, TimeUnit.SECONDS).text()).isEqualTo("ok");
        assertThatThrownBy(() -> model.generate("fails").text())
            .isInstanceOf(InferenceException.class);
        Generation cancelled = model.generate("x");
        cancelled.cancel();
        assertThat(cancelled.result().get(10, TimeUnit.SECONDS)).isNotNull();
      }
      assertThat(sums.constructed()).hasSize(1);
    }
    floats.close();
    assertThat(runtime.openModels()).isZero();
  }

  @Test
  void listenersThreadCannotBeMade_everyRunStillEnds() throws Exception {
    ScriptedRuntime runtime = ScriptedRuntime.answering(Script::of);
    try (MockedConstruction<ListenerThread> threads =
        mockConstruction(
            ListenerThread.class,
            (thread, context) ->
                doNothing()
                    .doThrow(new OutOfMemoryError("planted"))
                    .when(thread)
                    .dispatch(any()))) {
      try (RkllmModel model = RkllmModel.builder(Path.of("x")).runtime(runtime).load()) {
        for (int i = 0; i < 3; i++) {
          assertThat(model.generate("x").result().get(10, TimeUnit.SECONDS).text()).isEqualTo("x");
        }
      }
      assertThat(threads.constructed()).hasSize(1);
    }
    assertThat(runtime.openModels()).isZero();
  }

  @Test
  void threadCannotBeMadeOnce_theNextEventDeliversBoth() {
    List<String> heard = new ArrayList<>();
    try (MockedConstruction<OnDemandThread> _ =
        mockConstruction(
            OnDemandThread.class,
            (thread, context) ->
                doThrow(new OutOfMemoryError("planted"))
                    .doAnswer(
                        call -> {
                          call.<Runnable>getArgument(0).run();
                          return null;
                        })
                    .when(thread)
                    .execute(any()))) {
      ListenerThread thread = new ListenerThread(List.of(new ModelListener() {}), "x");
      assertThatThrownBy(() -> thread.dispatch(listener -> heard.add("first")))
          .hasMessage("planted");
      thread.dispatch(listener -> heard.add("second"));
    }
    assertThat(heard).containsExactly("first", "second");
  }
}
