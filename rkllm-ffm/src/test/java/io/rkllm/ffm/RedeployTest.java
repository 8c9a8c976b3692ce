package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RuntimeOptions;
import java.io.File;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Function pointers that are never freed do not keep a class loader reachable. */
@Tag("not-emulated")
@Timeout(120)
class RedeployTest {
  @TempDir Path folder;

  /** The work of an application between its deployment and its removal. */
  public static final class Application {
    private Application() {}

    /** Arguments: library, model file. */
    public static void main(String[] args) {
      NativeModel model =
          new FfmRuntimeProvider()
              .open(new RuntimeOptions(Path.of(args[0]), null, false))
              .load(ModelConfig.of(Path.of(args[1])));
      assertThat(Runs.answer(model, Runs.prompt("x"))).isEqualTo("x");
      model.destroy();
    }
  }

  @ParameterizedTest
  @EnumSource
  void classLoader_isCollectedOnceItsModelsAreDestroyed(Simulator simulator) throws Exception {
    ModelFile file = ModelFile.in(folder, "when: *", "say: x");
    List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
    for (int i = 0; i < Scale.of(10); i++) {
      loaders.add(deploy(simulator, file));
    }

    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              System.gc();
              return loaders.stream().allMatch(loader -> loader.refersTo(null));
            });
  }

  @Test
  void applicationThatLoadsFirst_isCollectedWhileTheModelOfAnotherIsOpen() throws Exception {
    ModelFile file = EndToEnd.modelIn(folder);

    ForkedJvm.Result result =
        new ForkedJvm(folder, InheritanceProgram.class)
            .run(Simulator.V1_3_1.library().toString(), file.path().toString());

    assertThat(result.out())
        .as(result.describe())
        .contains("ended")
        .doesNotContain("first: java", "first: application", "caller: java");
  }

  private static WeakReference<ClassLoader> deploy(Simulator simulator, ModelFile file)
      throws Exception {
    List<URL> urls = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      urls.add(Path.of(entry).toUri().toURL());
    }
    try (URLClassLoader loader =
        new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
      Class<?> application = loader.loadClass(Application.class.getName());
      assertThat(application).isNotEqualTo(Application.class);
      String[] arguments = {simulator.library().toString(), file.path().toString()};
      application.getMethod("main", String[].class).invoke(null, (Object) arguments);
      return new WeakReference<>(loader);
    }
  }
}
