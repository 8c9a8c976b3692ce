package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.rkllm.NativeLibraryException;
import io.rkllm.runtime.RuntimeInfo;
import io.rkllm.spi.RuntimeOptions;
import io.rkllm.spi.RuntimeProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Libraries that cannot be used cause an exception with an explanation, and no crash. Tests that do
 * not depend on the processor are not emulated, because starting a JVM takes long there.
 */
class BadLibrariesTest {
  private static final int REFUSED = 3;

  @TempDir Path folder;

  /** Opens the libraries given as arguments, one after the other; searches if there are none. */
  static final class Opener {
    public static void main(String[] libraries) throws IOException {
      RuntimeProvider provider = ServiceLoader.load(RuntimeProvider.class).findFirst().get();
      try {
        if (libraries.length == 0) {
          print(provider.open(RuntimeOptions.defaults()).info());
        }
        for (String library : libraries) {
          print(provider.open(new RuntimeOptions(Path.of(library), null, false)).info());
        }
      } catch (NativeLibraryException e) {
        System.out.println(e.getMessage());
        String last = libraries.length == 0 ? "librkllmrt" : libraries[libraries.length - 1];
        if (Files.readString(Path.of("/proc/self/maps")).contains(last)) {
          System.out.println("but it is still open");
        }
        System.exit(REFUSED);
      }
    }

    private static void print(RuntimeInfo info) {
      System.out.println("opened release " + info.release() + ", ABI " + info.abi());
    }
  }

  private ForkedJvm opener() {
    return new ForkedJvm(folder, Opener.class);
  }

  private void assertRefused(Path library, String finding, String remedy) throws Exception {
    ForkedJvm.Result result = opener().run(library.toString());

    assertThat(result.exitCode()).as(result.describe()).isEqualTo(REFUSED);
    assertThat(result.out())
        .contains(library.toString())
        .contains(finding)
        .contains("To fix this: ")
        .contains(remedy)
        .doesNotContain("still open");
    assertThat(folder.resolve("crash.log")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1.1 | it is runtime release 1.1 | install the librkllmrt.so of runtime release 1.2.1",
        "1.2.0 | it is runtime release 1.2.0 | install the librkllmrt.so of runtime release 1.2.1",
        "missing-symbols | it lacks rkllm_run, rkllm_abort | install the librkllmrt.so",
        "unresolved-symbol | undefined symbol: rknn_not_there | vendor's own librkllmrt.so",
        "missing-dependency | librknn_not_there.so: cannot open | install librknn_not_there.so",
        "signs-disagree | its indicators contradict each other | rkllm.library.abi",
      })
  @Tag("not-emulated")
  void stub_isRejectedWithMessage(String stub, String finding, String remedy) throws Exception {
    assertRefused(Simulator.stub(stub), finding, remedy);
  }

  @ParameterizedTest
  @EnumSource
  void otherArchitecture_isRejectedWithMessage(Simulator simulator) throws Exception {
    byte[] bytes = Files.readAllBytes(simulator.library());
    Machine other = Machine.ofThisJvm() == Machine.AARCH64 ? Machine.X86_64 : Machine.AARCH64;
    bytes[18] = (byte) other.number();

    assertRefused(write(bytes), "it is built for " + other.label(), "install the librkllmrt.so");
  }

  @ParameterizedTest
  @EnumSource
  @Tag("not-emulated")
  void truncatedLibrary_isRejectedWithMessage(Simulator simulator) throws Exception {
    byte[] bytes = Files.readAllBytes(simulator.library());
    Path library = write(Arrays.copyOf(bytes, bytes.length / 3));

    assertRefused(library, "it is damaged or incomplete", "copy the file again");
  }

  /** Section headers at the end are not needed, but everything that is loaded must be present. */
  @ParameterizedTest
  @EnumSource
  @Tag("not-emulated")
  void shortestLibraryThatIsAccepted_isOpenedAndCrashesNothing(Simulator simulator)
      throws Exception {
    byte[] bytes = Files.readAllBytes(simulator.library());
    int refused = bytes.length / 3;
    int accepted = bytes.length;
    while (accepted - refused > 1) {
      int length = (accepted + refused) / 2;
      try {
        ElfFile.read(write(Arrays.copyOf(bytes, length)));
        accepted = length;
      } catch (NativeLibraryException e) {
        refused = length;
      }
    }
    assertRefused(write(Arrays.copyOf(bytes, refused)), "a segment ends at byte", "copy the file");

    ForkedJvm.Result result = opener().run(write(Arrays.copyOf(bytes, accepted)).toString());
    assertThat(result.exitCode()).as(result.describe()).isZero();
  }

  @Test
  @Tag("not-emulated")
  void textFile_isRejectedWithMessage() throws Exception {
    Path library = Files.writeString(folder.resolve("librkllmrt.so"), "version https://git-lfs\n");
    assertRefused(library, "it is not a shared library", "install the librkllmrt.so");
  }

  @Test
  @Tag("not-emulated")
  void noLibraryAtAll_listsWhatWasTried() throws Exception {
    assumeFalse(Files.exists(Path.of("/usr/lib/librkllmrt.so")), "this machine has one");
    ForkedJvm.Result result = opener().variable("LD_LIBRARY_PATH", "/some/where").run();

    assertThat(result.exitCode()).as(result.describe()).isEqualTo(REFUSED);
    assertThat(result.out())
        .contains("no librkllmrt.so was found; tried:")
        .contains("  /usr/lib/librkllmrt.so")
        .contains("  /some/where/librkllmrt.so")
        .contains("To fix this: install the vendor's library in /usr/lib, or set its path");
  }

  @ParameterizedTest
  @EnumSource
  @Tag("not-emulated")
  void propertyAndVariable_nameTheLibrary(Simulator simulator) throws Exception {
    String opened = "opened release " + simulator.release + ", ABI " + simulator.abi;

    String folderOfLibrary = simulator.library().getParent().toString();
    assertThat(opener().variable("RKLLM_LIBRARY_PATH", folderOfLibrary).run().out())
        .contains(opened);
    assertThat(opener().option("-Drkllm.library.path=" + simulator.library()).run().out())
        .contains(opened);
  }

  @ParameterizedTest
  @CsvSource({"future,1.9.0", "1.3.9,1.3.9", "no-version,unknown"})
  @Tag("not-emulated")
  void unknownRelease_isOpenedWithAWarning(String stub, String release) throws Exception {
    ForkedJvm.Result result = opener().run(Simulator.stub(stub).toString());

    assertThat(result.exitCode()).as(result.describe()).isZero();
    assertThat(result.out()).contains("opened release " + release + ", ABI 1.3.1");
    assertThat(result.err())
        .contains("WARN")
        .contains("does not know this release")
        .contains("assumed to have ABI 1.3.1");
  }

  @Test
  @Tag("not-emulated")
  void override_decidesWhereIndicatorsDisagree() throws Exception {
    String library = Simulator.stub("signs-disagree").toString();
    ForkedJvm.Result result = opener().option("-Drkllm.library.abi=1.2").run(library);

    assertThat(result.exitCode()).as(result.describe()).isZero();
    assertThat(result.out()).contains("opened release 1.3.0, ABI 1.2");
    assertThat(result.err()).contains("ABI 1.2 was set by option");
  }

  @Test
  @Tag("not-emulated")
  void secondVendorLibrary_isRefused_simulatorsMayJoin() throws Exception {
    ForkedJvm.Result result =
        opener()
            .run(
                Simulator.V1_2.library().toString(),
                Simulator.stub("future").toString(),
                Simulator.V1_3.library().toString(),
                Simulator.stub("no-version").toString());

    assertThat(result.exitCode()).as(result.describe()).isEqualTo(REFUSED);
    assertThat(result.out())
        .contains("opened release 1.2.3", "opened release 1.9.0", "opened release 1.3.0")
        .contains(Simulator.stub("no-version") + " cannot be used: this process already has ")
        .contains(Simulator.stub("future").toString())
        .doesNotContain("still open");
  }

  @Test
  @Tag("not-emulated")
  void nativeAccessDenied_namesTheOption() throws Exception {
    ForkedJvm.Result result =
        opener()
            .option("--illegal-native-access=deny")
            .option("--enable-native-access=java.base")
            .run(Simulator.V1_3.library().toString());

    assertThat(result.exitCode()).as(result.describe()).isEqualTo(REFUSED);
    assertThat(result.out()).contains("start it with --enable-native-access=ALL-UNNAMED");
  }

  private Path write(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("librkllmrt.so"), bytes);
  }
}
