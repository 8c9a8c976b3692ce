package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Several copies of the SDK in one JVM, each with its own class loader. */
@Tag("not-emulated")
@Timeout(300)
class CopiesTest {
  @TempDir Path folder;

  private ForkedJvm.Result run(String what, String... files) throws Exception {
    String[] arguments = new String[files.length + 1];
    arguments[0] = what;
    System.arraycopy(files, 0, arguments, 1, files.length);
    ForkedJvm.Result result =
        new ForkedJvm(folder, CopiesProgram.class).within(Duration.ofMinutes(4)).run(arguments);
    assertThat(result.exitCode()).as(result.describe()).isZero();
    return result;
  }

  private ForkedJvm.Result runWithModel(String what) throws Exception {
    ModelFile model = ModelFile.in(folder, "when: *", "say: {param.base_domain_id}");
    return run(what, Simulator.V1_3_1.library().toString(), model.path().toString());
  }

  @Test
  void redeploy_hundredTimes_leavesNothing() throws Exception {
    ForkedJvm.Result result = runWithModel("redeploy");

    assertThat(result.out())
        .as(result.describe())
        .isEqualToIgnoringWhitespace("same stream: true descriptors more: 0 properties: []");
  }

  @Test
  void atOnce_haveDomainsOfTheirOwn_andJavaOutputIsSeen() throws Exception {
    ForkedJvm.Result result = runWithModel("at-once");

    assertThat(result.out().lines())
        .as(result.describe())
        .contains(
            "Java with one",
            "Java with both",
            "domains 0 1",
            "Java with the second",
            "Java with none");
    assertThat(result.err()).contains("another copy of the SDK");
  }

  @Test
  void atOnce_secondVendorLibrary_isRefused() throws Exception {
    String first = Simulator.stub("future").toString();
    ForkedJvm.Result result = run("vendor", first, Simulator.stub("no-version").toString());

    assertThat(result.out().lines().toList())
        .as(result.describe())
        .hasSize(3)
        .first()
        .isEqualTo("opened");
    assertThat(result.out().lines().toList().get(1)).contains("cannot be used", first);
    assertThat(result.out().lines().toList().getLast()).isEqualTo("opened");
  }
}
