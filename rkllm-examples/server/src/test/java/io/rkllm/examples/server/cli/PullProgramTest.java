package io.rkllm.examples.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rkllm.examples.server.hub.HubStub;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code rkllm pull} as a process that can be killed. */
@Timeout(120)
final class PullProgramTest {
  private static final int HALF = 500_000;

  @TempDir Path folder;

  @Test
  void pull_afterAKill_isResumed() throws Exception {
    byte[] content = new byte[2 * HALF];
    new Random(3).nextBytes(content);
    byte[] begin = "RKLLM-SIMULATOR-MODEL 1\n".getBytes(StandardCharsets.UTF_8);
    System.arraycopy(begin, 0, content, 0, begin.length);
    CountDownLatch end = new CountDownLatch(1);
    try (HubStub stub = new HubStub().with("user/repo", "model.rkllm", content)) {
      stub.plan(
          "GET",
          (request, out) -> {
            HubStub.beginBody(request, out, content.length);
            out.write(content, 0, HALF);
            out.flush();
            end.await();
          });
      Path part = folder.resolve(".model.part").resolve(".model.rkllm.part");
      try (ProgramProcess program = pull(stub)) {
        await().until(() -> Files.exists(part) && Files.size(part) == HALF);
        program.kill();
      }
      end.countDown();
      assertThat(folder.resolve("model")).doesNotExist();

      try (ProgramProcess program = pull(stub)) {
        assertThat(program.exit()).as("%s", program.errors()).isZero();
        assertThat(program.output()).isEqualTo("model\n");
        assertThat(program.errors()).contains("model.rkllm: 100% of 1.0 MB");
      }

      assertThat(folder.resolve("model").resolve("model.rkllm")).hasBinaryContent(content);
      assertThat(stub.requests("GET").getLast().from()).isEqualTo(HALF);
      assertThat(stub.requests("HEAD").getLast().headers())
          .containsEntry("authorization", "Bearer secret");
    }
  }

  @Test
  void pull_whileAnotherProcessPullsTheModel_isRefused_andTheOtherCompletes() throws Exception {
    byte[] content = new byte[2 * HALF];
    new Random(4).nextBytes(content);
    byte[] begin = "RKLLM-SIMULATOR-MODEL 1\n".getBytes(StandardCharsets.UTF_8);
    System.arraycopy(begin, 0, content, 0, begin.length);
    CountDownLatch goOn = new CountDownLatch(1);
    try (HubStub stub = new HubStub().with("user/repo", "model.rkllm", content)) {
      stub.plan(
          "GET",
          (request, out) -> {
            HubStub.beginBody(request, out, content.length);
            out.write(content, 0, HALF);
            out.flush();
            goOn.await();
            out.write(content, HALF, HALF);
            out.flush();
          });
      Path part = folder.resolve(".model.part").resolve(".model.rkllm.part");
      try (ProgramProcess first = pull(stub)) {
        await().until(() -> Files.exists(part) && Files.size(part) == HALF);

        for (int attempt = 0; attempt < 2; attempt++) {
          try (ProgramProcess second = pull(stub)) {
            assertThat(second.exit()).as("%s", second.errors()).isEqualTo(1);
            assertThat(second.errors()).contains("model is already being pulled");
          }
        }
        goOn.countDown();

        assertThat(first.exit()).as("%s", first.errors()).isZero();
      }
      assertThat(folder.resolve("model").resolve("model.rkllm")).hasBinaryContent(content);
      assertThat(folder.resolve(".model.lock")).doesNotExist();
      assertThat(stub.requests("GET")).filteredOn(r -> r.path().endsWith(".rkllm")).hasSize(1);
    }
  }

  @Test
  void pull_missingFile_failsWithAMessage() throws Exception {
    try (HubStub stub = new HubStub();
        ProgramProcess program = pull(stub)) {
      assertThat(program.exit()).isEqualTo(1);
      assertThat(program.errors())
          .isEqualTo(
              "there is no file model.rkllm in user/repo at revision main: check the name\n");
      assertThat(program.output()).isEmpty();
    }
  }

  private ProgramProcess pull(HubStub stub) throws Exception {
    return ProgramProcess.start(
        Map.of("HF_ENDPOINT", stub.address().toString(), "HF_TOKEN", "secret"),
        "pull",
        "user/repo/model.rkllm",
        "--models",
        folder.toString());
  }
}
