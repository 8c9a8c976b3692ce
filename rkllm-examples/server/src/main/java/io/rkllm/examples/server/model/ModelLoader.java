package io.rkllm.examples.server.model;

import io.rkllm.LoraAdapter;
import io.rkllm.RkllmModel;
import io.rkllm.examples.server.store.Modelfile;
import io.rkllm.examples.server.store.StoredModel;
import io.rkllm.tools.format.ModelFamily;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Loads models with the settings of their Modelfiles. Thread-safe. */
public class ModelLoader {
  private static final Logger LOG = LoggerFactory.getLogger(ModelLoader.class);
  private static final int SHORTEST_CONTEXT = 32; // also the unit of lengths
  private static final Duration FOREVER = Duration.ofDays(10_000);

  private final LoadOptions options;

  /** Creates a loader with options for all models. */
  public ModelLoader(LoadOptions options) {
    this.options = options;
  }

  /**
   * Checks before a model is created, without the runtime, that conversations can be rendered for
   * it.
   *
   * @throws IllegalArgumentException if they cannot
   */
  public static void check(StoredModel stored) {
    ConversationFormat.check(stored);
  }

  /** Returns the options for all models. */
  public LoadOptions options() {
    return options;
  }

  /**
   * Loads a model. Blocks until it is ready.
   *
   * @throws io.rkllm.RkllmException if the runtime or the model cannot be loaded
   * @throws IllegalArgumentException if the Modelfile has a setting that cannot be applied
   */
  public ServedModel load(StoredModel stored) {
    ConversationFormat format = ConversationFormat.of(stored);
    try {
      return load(stored, format);
    } catch (Throwable thrown) {
      format.renderer().close();
      throw thrown;
    }
  }

  private ServedModel load(StoredModel stored, ConversationFormat format) {
    Modelfile modelfile = stored.modelfile();
    RkllmModel.Builder builder =
        RkllmModel.builder(stored.file())
            .contextLength(contextLength(stored))
            .sampling(modelfile.sampling())
            .queueCapacity(options.queueCapacity())
            .captureNativeOutput()
            .closeTimeout(FOREVER) // the pool stops waiting by itself
            .shutdownGrace(Duration.ZERO); // the server applies its own timeout to answers
    if (modelfile.maxNewTokens() != null) {
      builder.maxNewTokens(modelfile.maxNewTokens());
    }
    Optional.ofNullable(modelfile.imageTags())
        .or(() -> stored.family().flatMap(ModelFamily::imageTags))
        .ifPresent(builder::imageTags);
    if (options.library() != null) {
      builder.library(options.library());
    }
    if (options.isolated()) {
      builder.isolated();
    }
    format.chatFormat().ifPresent(builder::chatFormat);
    RkllmModel model = builder.load();
    try {
      Path cache = promptCache(stored);
      if (cache != null) {
        model.loadPromptCache(cache);
      }
      ServedModel served = new ServedModel(stored, model, format.renderer(), loras(stored, model));
      LOG.info(
          "{}: loaded from {}, conversations by {}",
          stored.name(),
          stored.file(),
          format.renderer().description());
      return served;
    } catch (Throwable thrown) {
      model.close();
      throw thrown;
    }
  }

  /**
   * Returns the context length of a model. A default length is limited to the length that the model
   * was converted for.
   */
  private int contextLength(StoredModel stored) {
    Integer own = stored.modelfile().contextLength();
    if (own != null) {
      return own;
    }
    int limit = stored.facts().map(facts -> facts.maxContext().orElse(0)).orElse(0);
    return limit >= SHORTEST_CONTEXT
        ? Math.min(options.contextLength(), limit / SHORTEST_CONTEXT * SHORTEST_CONTEXT)
        : options.contextLength();
  }

  private @Nullable Path promptCache(StoredModel stored) {
    String own = stored.modelfile().promptCache();
    return own != null ? stored.folder().resolve(own) : options.promptCache();
  }

  private Map<String, LoraAdapter> loras(StoredModel stored, RkllmModel model) {
    List<Path> files = new ArrayList<>();
    stored.modelfile().loras().forEach(file -> files.add(stored.folder().resolve(file)));
    files.addAll(options.loras());
    Map<String, LoraAdapter> loras = new LinkedHashMap<>();
    for (Path file : files) {
      String name = String.valueOf(file.getFileName()).replaceFirst("\\.[^.]*$", "");
      loras.put(name, model.loadLora(name, file, 1.0));
    }
    return loras;
  }
}
