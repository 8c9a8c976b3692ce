package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.Generation;
import io.rkllm.GenerationOptions;
import io.rkllm.GenerationResult;
import io.rkllm.InferenceException;
import io.rkllm.InferenceSession;
import io.rkllm.LoraAdapter;
import io.rkllm.PausedGeneration;
import io.rkllm.PromptCache;
import io.rkllm.RkllmException;
import io.rkllm.RkllmModel;
import io.rkllm.Sampling;
import io.rkllm.SessionOptions;
import io.rkllm.SessionOptions.CancelledTurns;
import io.rkllm.Token;
import io.rkllm.TokenIterator;
import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.forward.EmbedOptions;
import io.rkllm.forward.ForwardOptions;
import io.rkllm.forward.Positions;
import io.rkllm.input.ChatTemplate;
import io.rkllm.input.CrossAttention;
import io.rkllm.input.EmbeddingPrompt;
import io.rkllm.input.FunctionTools;
import io.rkllm.input.Input;
import io.rkllm.input.MediaTags;
import io.rkllm.input.MultimodalPrompt;
import io.rkllm.input.RawPrompt;
import io.rkllm.input.Role;
import io.rkllm.input.TextPrompt;
import io.rkllm.input.TokenPrompt;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/**
 * One model, the random calls that are made on it and on what it returns, and what must hold of
 * them. Not thread-safe.
 */
final class RandomCalls implements AutoCloseable {
  private static final int WIDTH = 64; // of the simulator's embeddings
  private static final int CALLS = 60;

  /** Makes a call; may throw what is documented. */
  private interface Call {
    void make() throws Exception;
  }

  private final Random random;
  private final Path folder;
  private final int batch;
  private final boolean chatFormat;
  private final RkllmModel model;
  private final List<Generation> generations = new ArrayList<>();
  private final List<InferenceSession> sessions = new ArrayList<>();
  private final List<LoraAdapter> adapters = new ArrayList<>();
  private final List<PromptCache> caches = new ArrayList<>();
  private final List<PausedGeneration> paused = new ArrayList<>();
  private final List<Path> saved = new ArrayList<>();
  private int forwardPasses;
  private boolean closed;

  RandomCalls(Simulator runtime, ModelFile file, Path folder, Random random) {
    this.random = random;
    this.folder = folder;
    this.batch = random.nextInt(5) == 0 ? 2 : 1;
    this.chatFormat = random.nextBoolean();
    RkllmModel.Builder builder =
        EndToEnd.load(runtime, file).batchSize(batch).imageTags(MediaTags.QWEN_VL_IMAGE);
    if (chatFormat) {
      builder.chatFormat(ChatFormat.chatMl());
    }
    if (random.nextInt(4) == 0) {
      builder.nativeAsync();
    }
    if (random.nextInt(4) == 0) {
      builder.crossAttention();
    }
    if (random.nextInt(4) == 0) {
      builder.clearCacheAfterStop();
    }
    builder.queueCapacity(random.nextInt(4) == 0 ? 2 : 64);
    model = builder.load();
  }

  /** Makes the calls, and some more after the model was closed. Returns their number. */
  int perform() {
    int open = 1 + random.nextInt(CALLS);
    for (int i = 0; i < open; i++) {
      call(any());
    }
    close();
    int more = 5;
    for (int i = 0; i < more; i++) {
      call(any());
    }
    generations.forEach(this::checkEnd);
    return open + more;
  }

  /** Makes a call, now and then on an interrupted thread. */
  private void call(Call call) {
    boolean interrupted = random.nextInt(40) == 0;
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    try {
      call.make();
    } catch (IllegalArgumentException | IllegalStateException | RkllmException documented) {
      assertThat(documented.getMessage()).isNotBlank();
      if (closed && documented instanceof IllegalArgumentException) {
        return;
      }
    } catch (Exception undocumented) {
      throw new AssertionError("undocumented exception", undocumented);
    } finally {
      var _ = Thread.interrupted();
    }
  }

  private Call any() {
    return switch (random.nextInt(28)) {
      case 0, 1, 2, 3, 4 -> () -> started(model.generate(input(), options()));
      case 5 -> () -> started(model.generate(conversation(), options()));
      case 6, 7 -> () -> model.generateBatch(inputs(), options()).forEach(this::started);
      case 8 -> () -> sessions.add(model.openSession(sessionOptions()));
      case 9, 10, 11 -> this::useSession;
      case 12, 13, 14, 15 -> this::useGeneration;
      case 16 -> this::pause;
      case 17, 18 -> this::usePaused;
      case 19, 20, 21 -> this::forward;
      case 22 ->
          () -> adapters.add(model.loadLora("lora" + random.nextInt(3), loraFile(), scale()));
      case 23 -> this::usePromptCache;
      case 24 -> this::useKvCache;
      case 25 -> this::attach;
      case 26 -> this::ask;
      default -> () -> started(model.generate(text(), GenerationOptions.defaults()));
    };
  }

  private void started(Generation generation) {
    generations.add(generation);
  }

  private <T> T oneOf(List<T> list) {
    if (list.isEmpty()) {
      throw new IllegalStateException("there is none yet");
    }
    return list.get(random.nextInt(list.size()));
  }

  // ---- Arguments

  private String text() {
    return switch (random.nextInt(12)) {
      case 0 -> "";
      case 1 -> "a\0b";
      case 2 -> "\uD83D";
      case 3 -> "fail at 3";
      case 4 -> "fail without words";
      case 5 -> "你好 " + random.nextInt();
      case 6 -> "broken bytes";
      case 7 -> "x".repeat(random.nextInt(4) * 8000 + 1);
      case 8 -> "tags <image> and <|im_end|>";
      default -> "count to " + random.nextInt(40);
    };
  }

  private Input input() {
    return switch (random.nextInt(12)) {
      case 0 -> TokenPrompt.of(random.ints(random.nextInt(6), -1, 300).toArray());
      case 1 -> TokenPrompt.of(new int[random.nextInt(3) * 3000]);
      case 2 -> EmbeddingPrompt.of(new float[random.nextInt(4) * WIDTH], WIDTH);
      case 3 -> EmbeddingPrompt.of(new float[random.nextInt(4) * 32], 32);
      case 4 -> RawPrompt.of(text());
      case 5 -> TextPrompt.of(text()).withRole(Role.TOOL);
      case 6 -> MultimodalPrompt.of("<image>?", Inputs.images(1 + random.nextInt(2), WIDTH, 0.5f));
      case 7 -> MultimodalPrompt.of("<video>?", Inputs.videos(1, WIDTH, 0.5f));
      default -> TextPrompt.of(text());
    };
  }

  private List<Input> inputs() {
    int count = random.nextInt(4) == 0 ? random.nextInt(4) : batch;
    List<Input> inputs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      inputs.add(random.nextInt(8) == 0 ? input() : TextPrompt.of("count to " + random.nextInt(9)));
    }
    return inputs;
  }

  private Conversation conversation() {
    return Conversation.of(
        List.of(
            new ChatMessage.SystemPrompt("Be brief"),
            new ChatMessage.User("count to 3"),
            new ChatMessage.Assistant(" 1 2 3"),
            new ChatMessage.User(text())));
  }

  private GenerationOptions options() {
    GenerationOptions.Builder options = GenerationOptions.builder();
    switch (random.nextInt(16)) {
      case 0 -> options.maxNewTokens(random.nextInt(12) - 1);
      case 1 -> options.maxPromptTokens(random.nextInt(60));
      case 2 -> options.timeout(Duration.ofMillis(random.nextInt(4) - 1));
      case 3 -> options.sampling(Sampling.builder().topK(random.nextInt(40) - 1).build());
      case 4 -> options.stopSequences(random.nextBoolean() ? " 3" : "");
      case 5 -> options.lora(oneOf(adapters));
      case 6 -> {
        Path cache = folder.resolve("cache" + random.nextInt(3));
        saved.add(cache);
        options.savePromptCache(cache);
      }
      case 7 -> options.savePromptCache(folder.resolve("no/such/folder/cache"));
      default -> {}
    }
    return options.build();
  }

  private SessionOptions sessionOptions() {
    SessionOptions.Builder options = SessionOptions.builder();
    switch (random.nextInt(5)) {
      case 0 -> options.systemPrompt(text());
      case 1 -> options.cancelledTurns(CancelledTurns.ROLL_BACK);
      case 2 -> options.history(List.of(new ChatMessage.User("a"), new ChatMessage.Assistant("b")));
      default -> {}
    }
    return options.build();
  }

  private Path loraFile() {
    return random.nextInt(3) == 0 ? folder.resolve("none.lora") : Lora.in(folder);
  }

  private double scale() {
    return random.nextInt(6) == 0 ? Double.NaN : random.nextDouble();
  }

  // ---- Calls

  private void useSession() {
    InferenceSession session = oneOf(sessions);
    switch (random.nextInt(8)) {
      case 0 -> session.clear();
      case 1 -> session.history().forEach(message -> assertThat(message).isNotNull());
      case 2 -> session.close();
      case 3 -> started(session.generate(conversation(), options()));
      case 4 -> started(session.generate(input(), options()));
      default -> started(session.generate("count to " + random.nextInt(9)));
    }
  }

  private void useGeneration() throws Exception {
    Generation generation = oneOf(generations);
    assertThat(generation.toString()).isNotBlank();
    switch (random.nextInt(8)) {
      case 0 -> generation.cancel();
      case 1 -> generation.close();
      case 2 -> generation.result().cancel(random.nextBoolean());
      case 3, 4 -> readSome(generation, random.nextInt(12));
      case 5 -> {
        if (mayWait(generation)) {
          assertThat(generation.text()).isNotNull();
        }
      }
      default -> {
        if (mayWait(generation)) {
          checkEnd(generation);
        }
      }
    }
  }

  /** A generation that waits behind a paused one would never end. */
  private boolean mayWait(Generation generation) {
    return generation.isDone() || paused.isEmpty();
  }

  private void readSome(Generation generation, int count) {
    if (!mayWait(generation)) {
      return;
    }
    try (TokenIterator tokens = generation.iterator()) {
      for (int i = 0; i < count && tokens.hasNext(); i++) {
        assertThat(tokens.next().text()).isNotNull();
      }
    }
  }

  private void pause() throws Exception {
    if (paused.isEmpty()) {
      Generation generation = model.generate("count slowly to 60");
      started(generation);
      generation.pause().ifPresent(paused::add);
    }
  }

  private void usePaused() {
    PausedGeneration one = oneOf(paused);
    switch (random.nextInt(6)) {
      case 0 -> one.clearKvCache(random.nextInt(9) - 1, random.nextInt(9));
      case 1 -> assertThat(one.kvCacheSize()).isPositive();
      case 2 -> assertThat(one.text()).isNotNull();
      case 3 -> {
        Generation rest = random.nextBoolean() ? one.resume() : one.resume(TokenPrompt.of(5, 6));
        paused.clear();
        started(rest);
      }
      default -> {
        paused.clear();
        one.close();
      }
    }
  }

  private void forward() {
    Positions positions =
        switch (random.nextInt(4)) {
          case 0 -> Positions.last(random.nextInt(6));
          case 1 -> Positions.of(random.nextInt(12) - 1);
          case 2 -> Positions.all();
          default -> Positions.last();
        };
    ForwardOptions options = ForwardOptions.defaults();
    Input input = input();
    forwardPasses++;
    switch (random.nextInt(5)) {
      case 0 -> {
        var logits = model.logits(input, positions, options);
        assertThat(logits.argmax(0)).isBetween(0, logits.vocabularySize() - 1);
      }
      case 1 -> assertThat(model.hiddenStates(input, positions, options).width()).isEqualTo(WIDTH);
      case 2 ->
          assertThat(
                  model.embed(
                      input, EmbedOptions.builder().normalize(random.nextBoolean()).build()))
              .hasSize(WIDTH);
      case 3 -> assertThat(model.<Integer>readLogits(input, logits -> logits.rows())).isPositive();
      default ->
          model.readHiddenStates(
              input,
              states -> {
                throw new IllegalStateException("thrown by the reader");
              });
    }
  }

  private void usePromptCache() {
    switch (random.nextInt(4)) {
      case 0 -> caches.add(model.loadPromptCache(folder.resolve("none")));
      case 1 -> oneOf(caches).close();
      default -> caches.add(model.loadPromptCache(oneOf(saved)));
    }
  }

  private void useKvCache() {
    switch (random.nextInt(3)) {
      case 0 -> {
        int[] sizes = model.kvCache().sizes();
        assertThat(sizes).hasSize(batch);
        assertThat(Arrays.stream(sizes)).allMatch(size -> size >= 0 && size <= 4096);
      }
      case 1 -> model.kvCache().clear();
      default -> model.kvCache().clearKeepingSystemPrompt();
    }
  }

  private void attach() {
    switch (random.nextInt(4)) {
      case 0 -> model.setChatTemplate(new ChatTemplate("", "<u>", "</u>"));
      case 1 -> model.setChatTemplate(ChatTemplate.NONE);
      case 2 ->
          model.setFunctionTools(new FunctionTools("", random.nextBoolean() ? "[]" : "{", "t"));
      default -> {
        CrossAttention.Shape shape = new CrossAttention.Shape(2, 2, 16);
        int tokens = 1 + random.nextInt(3);
        float[] values = new float[2 * 2 * 16 * (tokens + random.nextInt(2))];
        float[] mask = new float[tokens];
        model.setCrossAttention(
            CrossAttention.of(
                shape,
                io.rkllm.input.NativeFloats.copyOf(values),
                io.rkllm.input.NativeFloats.copyOf(values),
                mask,
                new int[tokens]));
      }
    }
  }

  private void ask() {
    assertThat(model.toString()).isNotBlank();
    assertThat(model.stats().failed()).isNotNegative();
    assertThat(model.contextLength()).isPositive();
    assertThat(model.file()).isEmpty();
    assertThat(model.countTokens("a")).isEmpty();
    assertThat(model.countTokens(conversation())).isEmpty();
  }

  // ---- What must hold

  /** A generation ends; its tokens are those of its result. */
  private void checkEnd(Generation generation) {
    try {
      GenerationResult result = generation.result().orTimeout(60, TimeUnit.SECONDS).join();
      assertThat(result.tokenIds()).hasSize(result.stats().generatedTokens());
      StringBuilder text = new StringBuilder();
      long tokens = 0;
      try (TokenIterator iterator = generation.iterator()) {
        while (iterator.hasNext()) {
          Token token = iterator.next();
          text.append(token.text());
          tokens += token.id() == Token.NO_ID ? 0 : 1;
        }
      } catch (InferenceException cutOff) {
        assertThat(cutOff).hasMessageContaining("closed before"); // but the result has the text
      }
      assertThat(text.toString()).isEqualTo(result.text());
      assertThat(tokens).isEqualTo(result.stats().generatedTokens());
    } catch (CompletionException failed) {
      assertThat(failed.getCause()).isInstanceOf(RkllmException.class);
    } catch (java.util.concurrent.CancellationException cancelled) {
      assertThat(generation.isDone()).isTrue();
    }
  }

  /** Closes the model and compares its statistics with its generations. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    if (random.nextBoolean() && paused.isEmpty()) {
      generations.forEach(this::checkEnd); // otherwise they are cut off
    }
    model.close();
    closed = true;
    long results = 0;
    long failures = 0;
    long tokens = 0;
    for (Generation generation : generations) {
      try {
        GenerationResult result = generation.result().orTimeout(60, TimeUnit.SECONDS).join();
        results++;
        tokens += result.stats().generatedTokens();
      } catch (CompletionException failed) {
        failures++;
      }
    }
    String what = Arrays.asList(results, failures, forwardPasses).toString();
    assertThat(model.stats().generations()).as(what).isBetween(results, results + forwardPasses);
    assertThat(model.stats().failed()).as(what).isBetween(failures, failures + forwardPasses);
    assertThat(model.stats().generatedTokens()).as(what).isEqualTo(tokens);
  }
}
