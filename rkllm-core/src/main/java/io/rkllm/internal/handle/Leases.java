package io.rkllm.internal.handle;

import io.rkllm.input.CrossAttention;
import io.rkllm.input.EmbeddingPrompt;
import io.rkllm.input.Input;
import io.rkllm.input.MultimodalPrompt;
import io.rkllm.input.NativeFloats;
import io.rkllm.input.RawPrompt;
import io.rkllm.input.TextPrompt;
import io.rkllm.input.TokenPrompt;
import java.util.ArrayList;
import java.util.List;

/** Keeps memory open that native code reads in place. Thread-safe. */
public final class Leases implements AutoCloseable {
  private final List<NativeFloats.Lease> leases;

  private Leases(List<NativeFloats> memory) {
    leases = new ArrayList<>(memory.size());
    try {
      for (NativeFloats floats : memory) {
        leases.add(floats.keepOpen());
      }
    } catch (IllegalStateException closed) {
      close();
      throw closed;
    }
  }

  /**
   * Keeps the memory of inputs open.
   *
   * @throws IllegalStateException if some of it is closed
   */
  public static Leases of(List<? extends Input> inputs) {
    List<NativeFloats> memory = new ArrayList<>();
    for (Input input : inputs) {
      switch (input) {
        case TextPrompt _, RawPrompt _, TokenPrompt _ -> {}
        case EmbeddingPrompt prompt -> memory.add(prompt.values());
        case MultimodalPrompt prompt ->
            prompt.media().forEach(media -> memory.add(media.embeddings()));
      }
    }
    return new Leases(memory);
  }

  /** Keeps the memory of cross-attention data open; as {@link #of(List)}. */
  public static Leases of(CrossAttention crossAttention) {
    return new Leases(List.of(crossAttention.keys(), crossAttention.values()));
  }

  @Override
  public void close() {
    leases.forEach(NativeFloats.Lease::close);
  }
}
