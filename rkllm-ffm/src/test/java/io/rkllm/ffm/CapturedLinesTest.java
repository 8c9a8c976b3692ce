package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CapturedLinesTest {
  private final List<String> seen = new ArrayList<>();
  private final CapturedLines lines = new CapturedLines(seen::add);

  private void accept(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    lines.accept(bytes, bytes.length);
  }

  @Test
  void everySplitOfTheBytes_givesTheSameLines() {
    byte[] bytes = "I rkllm: 你好 🦀\r\n\nW rkllm: two\nlast".getBytes(StandardCharsets.UTF_8);
    for (int first = 0; first <= bytes.length; first++) {
      for (int second = first; second <= bytes.length; second++) {
        seen.clear();
        for (int[] part : new int[][] {{0, first}, {first, second}, {second, bytes.length}}) {
          byte[] piece = java.util.Arrays.copyOfRange(bytes, part[0], part[1]);
          lines.accept(piece, piece.length);
        }
        lines.finish();
        assertThat(seen).containsExactly("I rkllm: 你好 🦀", "W rkllm: two", "last");
      }
    }
  }

  @Test
  void bytesBeyondTheLength_areNotLookedAt() {
    lines.accept("one\ntwo\n".getBytes(StandardCharsets.UTF_8), 4);
    lines.finish();
    assertThat(seen).containsExactly("one");
  }

  @Test
  void complaints_areThoseOfTheRuntimeAndOfTheNpu() {
    List<String> told =
        List.of(
            "W rkllm: Warning: Your rknpu driver version is too low",
            "E rkllm: failed to malloc npu memory, size: 1",
            "E RKNN: [03:25:20.911] failed to open rknpu module",
            "prompt gather than max context (prompt: 1299 tokens, max context: 1020)");
    assertThat(told).allMatch(CapturedLines::isComplaint);
    assertThat(List.of("I rkllm: loading", "E rkllmx: no", "warning: E rkllm:"))
        .noneMatch(CapturedLines::isComplaint);
  }

  @Test
  void endlessLine_isCut() {
    byte[] piece = "x".repeat(4096).getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < 100; i++) {
      lines.accept(piece, piece.length);
    }
    assertThat(seen.size()).isBetween(10, 30);
  }

  @Test
  void complaints_areRememberedFromAMarkOn() {
    accept("E rkllm: old\nI rkllm: fine\n");
    long mark = lines.count();
    accept("W rkllm: low\nI rkllm: fine\nE rkllm: bad\nprompt gather than max context (x)\n");

    assertThat(lines.complaintsSince(mark))
        .containsExactly("W rkllm: low", "E rkllm: bad", "prompt gather than max context (x)");
    assertThat(lines.complaintsSince(0)).hasSize(4);
    assertThat(lines.complaintsSince(lines.count())).isEmpty();
  }

  @Test
  void manyComplaints_keepABound() {
    for (int i = 0; i < 10_000; i++) {
      accept("E rkllm: " + i + "\n");
    }
    assertThat(lines.complaintsSince(0)).hasSize(64).endsWith("E rkllm: 9999");
  }

  @Test
  void fence_passesWhenAllBeforeItWasTaken_andIsNotALine() throws Exception {
    long fence = lines.newFence();
    assertThat(lines.awaitFence(fence, Duration.ZERO)).isFalse();

    accept("unfinished");
    byte[] bytes = CapturedLines.fenceBytes(fence);
    lines.accept(bytes, bytes.length);

    assertThat(lines.awaitFence(fence, Duration.ZERO)).isTrue();
    assertThat(lines.awaitFence(lines.newFence(), Duration.ofMillis(1))).isFalse();
    assertThat(seen).containsExactly("unfinished");
  }

  @Test
  void fenceLookAlike_isHarmless() {
    accept("\u0001rkllm fence no number\n");
    assertThat(seen).isEmpty();
  }

  /** Two threads may write their fences in another order than they numbered them. */
  @Test
  void fence_passedBeforeAnEarlierOne_staysPassed() throws Exception {
    long first = lines.newFence();
    long second = lines.newFence();
    for (long fence : new long[] {second, first}) {
      byte[] bytes = CapturedLines.fenceBytes(fence);
      lines.accept(bytes, bytes.length);
    }
    assertThat(lines.awaitFence(second, Duration.ZERO)).isTrue();
  }
}
