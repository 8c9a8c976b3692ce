package io.rkllm.langchain4j;

import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.common.AbstractEmbeddingModelIT;
import dev.langchain4j.model.embedding.listener.EmbeddingModelListener;
import java.util.List;

/** LangChain4j's contract of embedding models. */
class EmbeddingModelContractTest extends AbstractEmbeddingModelIT {
  @Override
  protected List<EmbeddingModel> models() {
    return List.of(
        RkllmEmbeddingModel.builder().model(Simulated.V1_2).build(),
        RkllmEmbeddingModel.builder().model(Simulated.V1_3).build());
  }

  @Override
  protected EmbeddingModel modelWith(EmbeddingModelListener listener) {
    return RkllmEmbeddingModel.builder().model(Simulated.V1_3).listeners(List.of(listener)).build();
  }

  /** One kind of vector. */
  @Override
  protected boolean supportsInputTypeParameter() {
    return false;
  }

  /** The width is the model's. */
  @Override
  protected boolean supportsDimensionsParameter() {
    return false;
  }

  @Override
  protected boolean supportsImageInput() {
    return false;
  }

  /** The runtime does not report how many tokens it read. */
  @Override
  protected boolean assertTokenUsage() {
    return false;
  }
}
